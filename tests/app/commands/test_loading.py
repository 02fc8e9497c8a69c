from __future__ import annotations

import gc

import pytest

from app.commands.loading import loading


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_looks_for_garbage_while_libraries_load_and_it_does_afterwards():
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_an_import_that_fails_leaves_garbage_collection_on():
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()


def test_where_garbage_collection_was_off_it_stays_off():
    gc.disable()
    with loading():
        pass
    assert not gc.isenabled()
