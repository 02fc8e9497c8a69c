from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from app.views.guideline import FIGURES, Figure, figure_svg, point_html
from pipeline.skeleton import INFANT13

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_is_a_drawing_with_all_points(figure: Figure):
    root = ElementTree.fromstring(figure_svg(figure, "left_knee"))
    marks = [one for one in root.iter(f"{SVG}g") if "mark" in one.get("class", "")]
    assert len(marks) == len(INFANT13)
    assert sum("large" in one.get("class", "") for one in marks) == 1


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_the_infant_s_left_is_on_the_right_from_the_front_and_on_the_left_from_behind(
    figure: Figure,
):
    ways = [
        figure.points[f"left_{joint}"][0] - figure.points[f"right_{joint}"][0]
        for joint in ("shoulder", "elbow", "hip", "knee")
    ]
    if figure.name == "on the back":
        assert min(ways) > 0
    if figure.back:
        assert max(ways) < 0


@pytest.mark.parametrize("name", INFANT13.keypoints)
def test_every_point_says_where_it_lies_and_what_to_do_otherwise(name: str):
    told = point_html(name)
    assert name.replace("_", " ").split()[-1] in told.lower()
    for head in ("Where", "Covered", "On the side", "On the belly"):
        assert f"<dt>{head}</dt><dd>" in told
