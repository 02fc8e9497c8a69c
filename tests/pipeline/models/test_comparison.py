"""The comparison beside a candidate: read strictly, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import ModelLoadError
from pipeline.models.comparison import COMPARISON_FILE, read_comparison
from tests.support.comparing import comparison


def test_what_was_written_is_read_back_and_none_is_no_fault(tmp_path: Path):
    assert read_comparison(tmp_path) is None
    found = comparison(prone=(0.3, 0.5, "worse"))
    (tmp_path / COMPARISON_FILE).write_text(found.model_dump_json())
    assert read_comparison(tmp_path) == found


def test_strata_come_by_name_with_all_pictures_first():
    found = comparison(prone=(0.3, 0.5, "worse"))
    assert found.images is not None
    rows = dict(found.images.by_stratum("PCK@0.2"))
    assert list(rows) == ["all", "posture prone"]
    assert rows["posture prone"].candidate == 0.3


@pytest.mark.parametrize("text", ["{", "[]", '{"candidate": 1}', "\xff"])
def test_a_file_that_is_something_else_is_refused_by_name(tmp_path: Path, text: str):
    (tmp_path / COMPARISON_FILE).write_text(text, encoding="latin-1")
    with pytest.raises(ModelLoadError, match=COMPARISON_FILE):
        read_comparison(tmp_path)


def test_a_verdict_that_is_unknown_is_refused(tmp_path: Path):
    content = json.loads(comparison().model_dump_json())
    content["images"]["overall"]["PCK@0.2"]["verdict"] = "splendid"
    (tmp_path / COMPARISON_FILE).write_text(json.dumps(content))
    with pytest.raises(ModelLoadError, match="verdict"):
        read_comparison(tmp_path)
