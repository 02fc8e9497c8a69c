from __future__ import annotations

from pathlib import Path
from typing import Any

from training.card import write_card

MANIFEST: dict[str, Any] = {
    "name": "tiny",
    "version": "1",
    "skeleton": {"name": "infant13"},
    "input": {"width": 96, "height": 96},
    "crop": {"upright": False},
    "training_data": "drawings",
    "licence": "Apache-2.0",
}


def card(folder: Path, figures: dict[str, Any]) -> str:
    write_card(folder, MANIFEST | {"figures": figures})
    return (folder / "CARD.md").read_text(encoding="utf-8")


def test_plain_figures_stand_in_one_table(tmp_path: Path):
    text = card(tmp_path, {"bytes": 12, "calibration_error": 0.02113})
    assert "| bytes | 12 |\n| calibration_error | 0.0211 |" in text
    assert "Research use only" in text


def test_groups_of_the_same_figures_share_a_table(tmp_path: Path):
    figures = {"photographs": {"supine": {"n": 9, "AP": 33.0}, "prone": {"n": 4, "AP": 9.3}}}
    text = card(tmp_path, figures)
    assert "### Photographs\n\n|  | n | AP |\n|---|---|---|\n| supine | 9 | 33 |" in text


def test_a_table_wider_than_a_page_is_turned(tmp_path: Path):
    joints = {f"joint {number}": 0.5 for number in range(13)}
    text = card(tmp_path, {"renders": {"pck_0.1": joints, "pck_0.2": joints}})
    assert "|  | pck_0.1 | pck_0.2 |\n|---|---|---|\n| joint 0 | 0.5 | 0.5 |" in text


def test_no_figure_is_left_out_however_deep_it_lies(tmp_path: Path):
    figures = {"a": {"b": {"c": {"deep": 0.125}, "flat": 7}, "side": 0.25}, "top": 1}
    text = card(tmp_path, figures)
    assert all(value in text for value in ("0.125", "| 7 |", "0.25", "| top | 1 |"))
