"""Models as people see them: figures side by side, the gate's findings escaped."""

from __future__ import annotations

from pathlib import Path

from app.views.models import comparison_table, findings_html, models_table
from pipeline.models.gate import Finding
from pipeline.models.manifest import read_manifest
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import BUNDLED_MODEL


def test_the_model_in_use_is_marked_and_a_broken_one_says_why(tmp_path: Path):
    (tmp_path / "models" / "broken").mkdir(parents=True)
    table = models_table(ModelRegistry.under(tmp_path).models())
    assert table[""] == ["● in use", "", ""]
    assert "no manifest.json" in table["Model"][1]


def test_strata_stand_side_by_side_with_their_difference():
    manifest = read_manifest(BUNDLED_MODEL)
    figures = {"at night": {"pck_0.1": {"limbs": 0.5}}}
    better = manifest.model_copy(update={"figures": {"at night": {"pck_0.1": {"limbs": 0.62}}}})
    table = comparison_table(better, manifest.model_copy(update={"figures": figures}))
    assert [of[0] for of in table.values()] == ["at night, pck_0.1", "50 %", "62 %", "+12 points"]
    one_sided = comparison_table(better, manifest.model_copy(update={"figures": {}}))
    assert one_sided["Difference"] == ["–"]


def test_findings_are_escaped():
    markup = findings_html([Finding("parity", False, "<b>x</b>")])
    assert "<b>" not in markup
    assert "✕ failed" in markup
