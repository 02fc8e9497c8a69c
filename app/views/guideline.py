"""The guideline drawn: an infant on its back, on its side and on its belly, and every point."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from app.views.guideline_text import PRINCIPLES, RULES
from pipeline.skeleton import INFANT13

Place = tuple[float, float]
_LIMBS = {
    "arm": ("shoulder", "elbow", "wrist"),
    "leg": ("hip", "knee", "ankle"),
}
_WIDTH = {"arm": 15.0, "leg": 19.0}
_SKIN, _RIM, _LINE, _INK = "#dcc6b8", "#8d7465", "#5f4a3e", "#181a1e"
_LEFT, _RIGHT = "#56b4e9", "#e69f00"
_STYLE = (
    ".skin,.rim,.nappy{fill:none;stroke-linecap:round;stroke-linejoin:round}"
    f".skin{{stroke:{_SKIN}}}.skin-fill{{fill:{_SKIN}}}.rim{{stroke:{_RIM}}}"
    f".rim-thin{{stroke:{_RIM};stroke-width:1.5}}.nappy{{stroke:#f4f1ec}}"
    f".face,.hair{{fill:none;stroke:{_LINE};stroke-width:2;stroke-linecap:round}}"
    f".eye{{fill:{_LINE}}}.mark{{fill:#fff;stroke:{_INK};stroke-width:1}}"
    f".left{{fill:{_LEFT}}}.right{{fill:{_RIGHT}}}"
    ".covered{fill:#fff;stroke-width:2.2}"
    f".left.covered{{stroke:{_LEFT}}}.right.covered{{stroke:{_RIGHT}}}"
    f".cross{{fill:none;stroke:{_INK};stroke-width:1.8;stroke-linecap:round}}"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn infant in a field of 200 × 260: where each point lies.

    ``head``: the middle of it. ``hidden``: points that the body covers. ``back``: seen from behind.
    """

    name: str
    points: Mapping[str, Place]
    head: Place
    hidden: frozenset[str] = frozenset()
    back: bool = False


def _both(**places: tuple[Place, Place]) -> dict[str, Place]:
    """Return (infant's left, infant's right) of each joint as named points."""
    return {
        f"{side}_{joint}": pair[number]
        for joint, pair in places.items()
        for number, side in enumerate(("left", "right"))
    }


SUPINE = Figure(
    "on the back",
    {"nose": (101, 48)} | _both(
        shoulder=((131, 88), (69, 88)), elbow=((158, 112), (42, 112)),
        wrist=((150, 76), (50, 76)), hip=((118, 164), (82, 164)),
        knee=((149, 190), (51, 190)), ankle=((128, 228), (72, 228)),
    ),
    (100, 44),
)  # fmt: skip
ON_THE_SIDE = Figure(
    "on the right side",
    {"nose": (62, 50)} | _both(
        shoulder=((104, 92), (112, 100)), elbow=((78, 118), (86, 128)),
        wrist=((56, 96), (58, 116)), hip=((116, 166), (124, 172)),
        knee=((74, 178), (80, 194)), ankle=((98, 222), (106, 232)),
    ),
    (88, 48),
    frozenset({"right_shoulder", "right_hip", "right_knee"}),
)  # fmt: skip
PRONE = Figure(
    "on the belly",
    {"nose": (74, 50)} | _both(
        shoulder=((70, 88), (130, 88)), elbow=((42, 104), (158, 104)),
        wrist=((48, 66), (152, 66)), hip=((82, 164), (118, 164)),
        knee=((58, 196), (142, 196)), ankle=((76, 230), (124, 230)),
    ),
    (98, 46),
    frozenset({"left_knee", "right_knee"}),
    back=True,
)  # fmt: skip
FIGURES = (SUPINE, ON_THE_SIDE, PRONE)


def figure_svg(figure: Figure, chosen: str | None = None) -> str:
    """Return a drawn infant; all points small, the chosen one large with a cross."""
    far = "right" if figure is ON_THE_SIDE else None
    behind = "".join(_limb(figure, limb, far) for limb in _LIMBS) if far else ""
    front = "".join(
        _limb(figure, limb, side) for side in ("left", "right") if side != far for limb in _LIMBS
    )
    marks = "".join(_mark(figure, name) for name in INFANT13.keypoints if name != chosen)
    large = _large(figure, chosen) if chosen else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 260">'
        f"<style>{_STYLE}</style>{behind}{_trunk(figure)}{front}{_head(figure)}{marks}{large}</svg>"
    )


def figure_html(figure: Figure, chosen: str | None = None) -> str:
    """Return a drawn infant as a picture: Streamlit takes drawings out of markup."""
    title = f"{_words(chosen)}, {figure.name}" if chosen else f"All points, {figure.name}"
    data = base64.b64encode(figure_svg(figure, chosen).encode()).decode()
    return f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{data}">'


def _words(name: str) -> str:
    return name.replace("_", " ")


def _limb(figure: Figure, limb: str, side: str | None) -> str:
    places = [figure.points[f"{side}_{joint}"] for joint in _LIMBS[limb]]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    end_x, end_y = places[-1]
    tip = 8.5 if limb == "arm" else 9.5
    return (
        f'<path class="skin rim" d="{path}" stroke-width="{_WIDTH[limb] + 3}"/>'
        f'<circle class="skin-fill rim-thin" cx="{end_x}" cy="{end_y}" r="{tip}"/>'
        f'<path class="skin" d="{path}" stroke-width="{_WIDTH[limb]}"/>'
    )


def _trunk(figure: Figure) -> str:
    points = figure.points
    corners = [points[f"{name}"] for name in ("left_shoulder", "right_shoulder")]
    corners += [points[name] for name in ("right_hip", "left_hip")]
    grown = 30 if figure is ON_THE_SIDE else 20
    path = "M" + "L".join(f"{x} {y}" for x, y in corners) + "z"
    hips = "M" + "L".join(f"{x} {y}" for x, y in corners[2:])
    return (
        f'<path class="skin-fill rim" d="{path}" stroke-width="{2 * grown + 3}"/>'
        f'<path class="skin skin-fill" d="{path}" stroke-width="{2 * grown}"/>'
        f'<path class="nappy" d="{hips}" stroke-width="{2 * grown - 6}"/>'
    )


def _head(figure: Figure) -> str:
    x, y = figure.head
    nose_x, nose_y = figure.points["nose"]
    crown = f'<ellipse class="skin-fill rim-thin" cx="{x}" cy="{y}" rx="29" ry="33"/>'
    if figure.back:
        hair = f'<path class="hair" d="M{x - 10} {y - 18}q18 -10 26 8"/>'
        return crown + hair + f'<path class="face" d="M{nose_x + 4} {nose_y - 5}l-6 6l7 3"/>'
    if figure is ON_THE_SIDE:
        eye = f'<circle class="eye" cx="{nose_x + 12}" cy="{nose_y - 9}" r="2.2"/>'
        ear = f'<path class="face" d="M{x + 8} {y}q9 -2 5 8"/>'
        return crown + eye + ear + f'<path class="face" d="M{nose_x + 4} {nose_y - 6}l-6 7l7 3"/>'
    eyes = "".join(
        f'<path class="face" d="M{x + shift - 5} {y - 4}q5 4 10 0"/>' for shift in (-11, 13)
    )
    mouth = f'<path class="face" d="M{x - 6} {y + 17}q7 4 14 0"/>'
    return crown + eyes + mouth + f'<path class="face" d="M{nose_x} {nose_y - 6}q-4 6 0 7"/>'


def _side(name: str) -> str:
    return next((side for side in ("left", "right") if name.startswith(side)), "middle")


def _shape(name: str, place: Place, size: float) -> str:
    """Return the same shapes as the editor's: round left, square right, a diamond for the nose."""
    x, y = place
    if _side(name) == "left":
        return f'<circle cx="{x}" cy="{y}" r="{size}"/>'
    if _side(name) == "right":
        return f'<rect x="{x - size}" y="{y - size}" width="{2 * size}" height="{2 * size}"/>'
    d = size * 1.3
    return f'<path d="M{x} {y - d}L{x + d} {y}L{x} {y + d}L{x - d} {y}z"/>'


def _mark(figure: Figure, name: str) -> str:
    covered = " covered" if name in figure.hidden else ""
    shape = _shape(name, figure.points[name], 3.2)
    return f'<g class="mark {_side(name)}{covered}">{shape}</g>'


def _large(figure: Figure, name: str) -> str:
    x, y = figure.points[name]
    covered = " covered" if name in figure.hidden else ""
    cross = f'<path class="cross" d="M{x - 15} {y}h9M{x + 6} {y}h9M{x} {y - 15}v9M{x} {y + 6}v9"/>'
    shape = _shape(name, (x, y), 5.6)
    return f'<g class="mark large {_side(name)}{covered}">{shape}</g>{cross}'


def principles_html() -> str:
    """Return what holds for every point, beside the three figures with all of them."""
    items = "".join(f"<li>{escape(line)}</li>" for line in PRINCIPLES)
    figures = "".join(
        f"<figure>{figure_html(figure)}<figcaption>{escape(figure.name)}</figcaption></figure>"
        for figure in FIGURES
    )
    return (
        f'<div class="cotside-guide"><div class="figures">{figures}</div>'
        '<p class="legend"><b class="left">●</b> infant\'s left '
        '<b class="right">■</b> infant\'s right <b>◆</b> nose · hollow: occluded</p>'
        f"<ul>{items}</ul></div>"
    )


def point_html(name: str) -> str:
    """Return the guideline of one point: three figures, where it lies, what to do otherwise."""
    rule = RULES[name.split("_")[-1]]
    figures = "".join(f"<figure>{figure_html(figure, name)}</figure>" for figure in FIGURES)
    lines = {
        "Where": rule.where,
        "Covered": rule.covered,
        "On the side": rule.on_the_side,
        "On the belly": rule.prone,
    }
    told = "".join(f"<dt>{head}</dt><dd>{escape(line)}</dd>" for head, line in lines.items())
    title = f"The infant's {_words(name)}" if "_" in name else "Nose"
    return (
        f'<section class="cotside-guide point" id="{name}"><h3>{escape(title)}</h3>'
        f'<div class="figures">{figures}</div><dl>{told}</dl></section>'
    )
