"""The evaluation as one HTML page: no script, nothing from elsewhere, light and dark.

It begins with what a clinician needs (how far it can be trusted, where it fails, with pictures) and
goes on to what an engineer compares.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.drawing import draw_pose
from pipeline.face import blur_face
from training.data.coco import PictureSet
from training.data.dataset import load_image
from training.errors import DatasetError
from training.evaluation.charts import bar, curve_chart, reliability_chart
from training.evaluation.looking import Found
from training.evaluation.measures import AUC_UP_TO
from training.metrics import share_within

_WORST = 12
_PICTURE_PX = 320
_STYLE = Path(__file__).with_name("page.css")
# Errors beyond this count alike when pictures are ranked: a lost point is lost.
_LOST_TRUNKS = 1.0

EXPLAINED = {
    "PCK@0.05": "visible limb joints within 0.05 trunk lengths of where people placed them",
    "PCK@0.1": "visible limb joints within 0.1 trunk lengths (about a centimetre)",
    "PCK@0.2": "visible limb joints within 0.2 trunk lengths",
    "PCKh@0.5": "visible points within half a head (nose to mid-shoulder)",
    "NME": "mean distance in trunk lengths; lower is better",
    "AUC@0.2": "area under the curve of shares from 0 to 0.2 trunk lengths",
    "OKS-AP": "COCO's average precision, OKS 0.5 to 0.95",
    "OKS-AR": "COCO's average recall, OKS 0.5 to 0.95",
}


def write_page(
    path: Path, result: dict[str, Any], found: Found, pictures: PictureSet, *, faces: bool = False
) -> None:
    """Write the page of a result, measured upright; raise ``DatasetError`` if it cannot be.

    ``faces``: leave faces as they are in the pictures of the worst cases; blurred otherwise.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(page(result, found, pictures, faces=faces), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error


def page(result: dict[str, Any], found: Found, pictures: PictureSet, *, faces: bool = False) -> str:
    """Return the page as text."""
    upright = result["images"]["upright"]
    parts = [
        _head(result, upright),
        _summary(upright),
        _section("Where it was furthest off", _worst(found, pictures, faces=faces)),
        _section("By joint", _joints(upright)),
        _section("By circumstance", _strata(upright)),
        _section("When a part is covered", _occlusion(result)),
        _section("Can its scores be believed?", _calibration(upright, found, pictures)),
        _section("All figures", _figures(result["images"]) + _speed(result)),
    ]
    title = escape(f"{result['model']} {result['version']}: evaluation")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _head(result: dict[str, Any], upright: dict[str, Any]) -> str:
    data = result["data"]
    versions = ", ".join(
        f"{name} {digest[:12] if digest else '(no version)'}"
        for name, digest in data["versions"].items()
    )
    return (
        f'<p class="research">{escape(result["research_use"])}</p>'
        f"<h1>{escape(result['model'])} {escape(result['version'])}</h1>"
        f'<p class="quiet">{upright["pictures"]} pictures of {upright["infants_or_sources"]} '
        f"infants or sources; side: {escape(str(data['side'] or 'all'))}; data: "
        f"{escape(versions)}; model file {escape(result['sha256'][:12])}</p>"
    )


def _summary(upright: dict[str, Any]) -> str:
    near, far = upright["figures"]["PCK@0.1"], upright["figures"]["PCK@0.2"]
    joints = {name: f["value"] for name, f in upright["joints"].items() if f["value"] is not None}
    worst = sorted(joints, key=lambda name: joints[name])[:2]
    said = (
        f"<p><strong>{_percent(near['value'])}</strong> of the limb joints that people could see "
        f"were placed within about a centimetre (0.1 of the trunk's length), and "
        f"<strong>{_percent(far['value'])}</strong> within twice that. With other infants of the "
        f"same kind the first figure would lie between {_percent(near['low'])} and "
        f"{_percent(near['high'])} (95 %)."
    )
    if worst:
        names = " and ".join(_words(name) for name in worst)
        said += f" It is least sure of the {names}."
    return f'<section class="summary">{said}</p></section>'


def _worst(found: Found, pictures: PictureSet, *, faces: bool) -> str:
    seen = pictures.keypoints_nkc[..., 2] == 2
    errors = np.where(seen, np.minimum(found.errors_nk, _LOST_TRUNKS), 0.0)
    mean = errors.sum(1) / np.maximum(seen.sum(1), 1)
    rows = [row for row in np.argsort(-mean)[:_WORST] if seen[row].any()]
    note = "" if faces else " Faces are blurred."
    shown = "".join(_case(found, pictures, int(row), float(mean[row]), faces) for row in rows)
    return (
        "<p>Left: where people placed the points. Right: where the model did, doubtful points "
        f"hollow and unsure ones not at all.{note} Handle pictures of infants as patient data.</p>"
        f'<div class="cases">{shown}</div>'
    )


def _case(found: Found, pictures: PictureSet, row: int, error: float, faces: bool) -> str:
    truth = pictures.keypoints_nkc[row]
    image = load_image(pictures.paths[row])
    placed = np.where(truth[:, 2:] > 0, truth[:, :2], np.float32(np.nan))
    sure = (truth[:, 2] > 0).astype(np.float32)
    if not faces:
        blur_face(image, placed, sure)
    sides = [(placed, sure), (found.points_nkc[row], found.scores_nk[row])]
    drawn = [_cut(draw_pose(image.copy(), *pose), pictures.boxes_n4[row]) for pose in sides]
    encoded = _encoded(np.hstack(drawn))
    name = escape(pictures.paths[row].name)
    return (
        f'<figure><img alt="{name}: truth and answer" src="data:image/jpeg;base64,{encoded}">'
        f"<figcaption>{name}<br>{error:.2f} trunks off on average</figcaption></figure>"
    )


def _cut(image: NDArray[np.uint8], box_4: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the square round a box, outside the picture black, at the page's size."""
    side = 1.2 * float(max(box_4[2:]))
    scale = _PICTURE_PX / side
    centre = box_4[:2] + box_4[2:] / 2
    shift = _PICTURE_PX / 2 - scale * centre
    affine = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    size = (_PICTURE_PX, _PICTURE_PX)
    return np.asarray(cv2.warpAffine(image, affine, size, flags=cv2.INTER_AREA), np.uint8)


def _encoded(image: NDArray[np.uint8]) -> str:
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return base64.b64encode(coded.tobytes()).decode()


def _joints(upright: dict[str, Any]) -> str:
    rows = (
        [_words(name), _with_bar(figure), _percent_interval(figure)]
        for name, figure in upright["joints"].items()
    )
    return _table(["joint", "within 0.1 trunk", "95 %"], rows)


def _strata(upright: dict[str, Any]) -> str:
    if not upright["strata"]:
        return "<p>The pictures say nothing of their circumstances that would divide them.</p>"
    rows = (
        [
            _words(key),
            _words(value),
            str(part["pictures"]),
            _with_bar(part["figures"]["PCK@0.1"]),
            _percent_interval(part["figures"]["PCK@0.1"]),
            _percent(part["figures"]["OKS-AP"]["value"]),
        ]
        for key, values in upright["strata"].items()
        for value, part in values.items()
    )
    return _table(["", "", "pictures", "within 0.1 trunk", "95 %", "OKS-AP"], rows)


def _occlusion(result: dict[str, Any]) -> str:
    if "occlusion" not in result:
        return "<p>Not measured; <code>--cover N</code> does so in N pictures.</p>"
    rows = (
        [
            _words(part),
            *(_percent(figures[name][key]) for name in figures for key in ("covered", "lost")),
        ]
        for part, figures in result["occlusion"]["parts"].items()
    )
    said = f"<p>In {result['occlusion']['pictures']} pictures, all points counted.</p>"
    heads = ["covered", "OKS-AP then", "lost", "within 0.1 trunk then", "lost"]
    return said + _table(heads, rows)


def _calibration(upright: dict[str, Any], found: Found, pictures: PictureSet) -> str:
    calibration = upright["calibration"]
    bins = [(one["score"], one["right"], one["points"]) for one in calibration["bins"]]
    full = ~pictures.empty_n
    visibility = pictures.keypoints_nkc[full, :, 2]
    limits = np.linspace(0, AUC_UP_TO * 2, 41)
    curve = [
        (float(limit), share_within(found.errors_nk[full], visibility, float(limit))["limbs"])
        for limit in limits
    ]
    said = (
        "<p>A score should be the share of points that are right. On the line it is; below the "
        f"line the model is too sure of itself. Mean difference: "
        f"{_percent(calibration['error'])}.</p>"
    )
    charts = reliability_chart(bins) + curve_chart(curve, float(limits[-1]))
    return f'{said}<div class="charts">{charts}</div>'


def _figures(images: dict[str, Any]) -> str:
    looks = [look["figures"] for look in images.values()]
    rows = (
        [
            f'<strong>{name}</strong><br><span class="said">{EXPLAINED[name]}</span>',
            *(f"{_number(f[name]['value'])} {_interval(f[name])}" for f in looks),
        ]
        for name in EXPLAINED
    )
    heads = [""] + [
        "told the direction" if look == "upright" else "finding the direction" for look in images
    ]
    return _table(heads, rows)


def _speed(result: dict[str, Any]) -> str:
    times = result["speed"]
    return (
        f'<p class="quiet">On this machine ({escape(result["provider"])}): '
        f"{times['whole_ms']:.1f} ms a picture, {times['bare_session_ms']:.1f} ms of them in the "
        "network. Intervals: infants drawn anew, with repeats.</p>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _with_bar(figure: dict[str, float | None]) -> str:
    value = figure["value"]
    if value is None:
        return "–"
    return f"{bar(value, figure['low'], figure['high'])} {_percent(value)}"


def _interval(figure: dict[str, float | None]) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f'<span class="quiet">{_number(low)} – {_number(high)}</span>'


def _percent_interval(figure: dict[str, float | None]) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f'<span class="quiet">{100 * low:.0f} – {100 * high:.0f} %</span>'


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _words(name: str) -> str:
    return escape(name.replace("_", " "))
