"""``cotside review``: the model in use of its database, and what was reviewed before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands.review import ReviewOptions, _request
from db import audit
from db.audit import Actor
from db.folders import INDEX_FILE, RUN_FILE, SUMMARY_FILE
from db.infants import InfantAges
from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import ReviewError
from pipeline.models.manifest import read_manifest
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import BUNDLED_MODEL
from tests.support.reviewing import infant_clip
from tests.support.tiny_models import dot_graph, write_model


@pytest.fixture
def promoted(tmp_path: Path) -> Path:
    """A model in use beside the database ``cotside.db``; return its folder in the registry."""
    registry = ModelRegistry.under(tmp_path)
    registry.promote(registry.add(write_model(tmp_path / "candidate", dot_graph())), "Ada")
    return registry.in_use_folder()


def model_for(folder: Path, **options) -> Path | None:
    video = folder / "a.mp4"
    video.write_bytes(b"")
    given = {"videos": [video], "out": folder / "out", "db": str(folder / "cotside.db"), **options}
    return _request(ReviewOptions(**given)).setup.model


def begun(folder: Path, sha256: str) -> None:
    (folder / "out").mkdir()
    (folder / "out" / RUN_FILE).write_text(json.dumps({"run": "1", "model_sha256": sha256}))


def test_the_promoted_model_of_the_database_is_used_unless_another_is_named(
    promoted: Path, tmp_path: Path
):
    assert model_for(tmp_path) == promoted
    assert model_for(tmp_path, model=tmp_path / "mine") == tmp_path / "mine"


def test_a_database_without_a_promoted_model_means_the_bundled_one(tmp_path: Path):
    assert model_for(tmp_path) is None


def test_a_review_goes_on_with_the_model_it_began_with(promoted: Path, tmp_path: Path):
    begun(tmp_path, read_manifest(BUNDLED_MODEL).sha256)
    assert model_for(tmp_path, resume=True) is None
    ModelRegistry.under(tmp_path).rollback()
    (tmp_path / "out" / RUN_FILE).unlink()
    (tmp_path / "out").rmdir()
    begun(tmp_path, read_manifest(promoted).sha256)
    assert model_for(tmp_path, resume=True) == promoted


def test_a_review_whose_model_is_not_known_here_is_refused_with_what_to_do(tmp_path: Path):
    begun(tmp_path, "0" * 64)
    with pytest.raises(ReviewError, match="give its folder with --model"):
        model_for(tmp_path, resume=True)


def test_an_infant_that_is_not_known_is_told_before_anything_is_made(tmp_path: Path):
    open_database(tmp_path / "cotside.db").dispose()
    with pytest.raises(ReviewError, match="no infant 'P-9'"):
        model_for(tmp_path, infant="P-9")


@pytest.mark.slow
def test_the_summary_names_the_model_and_the_index_lists_the_review_before(
    promoted: Path, tmp_path: Path
):
    engine = open_database(tmp_path / "cotside.db")
    store = Store(engine)
    infant_id = store.admit_infant(
        "P-1", InfantAges(), cot_id=None, by=Actor("eva", "administrator")
    )
    clip = infant_clip(tmp_path / "clip.mp4", 15)
    for out in ("first", "second"):
        words = ["review", str(clip), "--out", str(tmp_path / out), "--no-overlay"]
        words += ["--infant", "P-1"]
        done = CliRunner().invoke(
            cli, [*words, "--db", str(tmp_path / "cotside.db"), "--workers", "1"]
        )
        assert done.exit_code == 0, done.output
    manifest = read_manifest(promoted)
    model = f"{manifest.name} {manifest.version}"
    assert f"model: {model}" in done.output
    (summary,) = (tmp_path / "second").rglob(SUMMARY_FILE)
    assert json.loads(summary.read_text())["model"] == model
    index = (tmp_path / "second" / INDEX_FILE).read_text()
    assert f"<p>Model: {model}</p>" in index
    assert "The same video, reviewed before" in index
    assert {recording.infant_id for recording in store.recordings()} == {infant_id}
    assert len(audit.entries(engine, action="infant told")) == 2
    engine.dispose()
    assert "reviewed before" not in (tmp_path / "first" / INDEX_FILE).read_text()
