"""A model's card: what it is for, what it was made of, what was measured, in tables to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_WIDEST = 6
_DRAWINGS_ONLY = """\
- **Not shown:** how well it does on preterm infants in a ward. It has learned from drawings of
  infants only; expect it to be worse on real ones, above all under blankets, on the side, when
  handled, and in rooms that look like none of the rendered ones."""
_RETRAINED = """\
- **Not shown:** how well it does on infants and in rooms that nobody has labelled. It was retrained
  on a ward's own pictures; `comparison.json` says what that changed, and on whom."""

Figures = Mapping[str, Any]
Row = tuple[str, Figures]


def write_card(out: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``CARD.md`` from a manifest, every figure of it included."""
    size = manifest["input"]
    figures = "\n".join(_lines(manifest["figures"], level=2, title="Measured on the exported file"))
    (out / "CARD.md").write_text(
        f"""# {manifest["name"]} {manifest["version"]}

Places the 13 keypoints of `{manifest["skeleton"]["name"]}` on one infant in a
{size["width"]}×{size["height"]} crop{_manner(manifest["crop"])}.
Research use only; it is not a medical device.

- **Trained on:** {manifest["training_data"]}.
- **Licence:** {manifest["licence"]}.
- **Scores:** probability of lying within 0.1 trunk lengths where the manifest has a calibration,
  fitted on validation pictures; the height of the heatmap's peak otherwise.
{_not_shown(manifest["figures"])}

{figures}
""",
        encoding="utf-8",
    )


def _not_shown(figures: Figures) -> str:
    if "retrained" in figures:
        return _RETRAINED
    return _DRAWINGS_ONLY


def _manner(crop: Figures) -> str:
    """Return what the card says of the direction in which the infant lies."""
    if not crop["upright"]:
        return ", whichever way the infant lies"
    return "; best with the trunk upright, which the runtime sees to"


def _lines(figures: Figures, level: int, title: str) -> Iterator[str]:
    """Yield a heading and its tables: plain figures, then groups; each group of groups its own."""
    yield f"{'#' * level} {title[:1].upper()}{title[1:]}"
    yield ""
    plain = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    if plain:
        yield from _table(("figure", "value"), plain.items())
    groups = {name: value for name, value in figures.items() if isinstance(value, Mapping)}
    for rows in _alike(groups):
        yield from _grid(rows)
    for name, value in groups.items():
        if not _is_row(value):
            yield from _lines(value, level + 1, name)


def _is_row(value: Figures) -> bool:
    return not any(isinstance(inner, Mapping) for inner in value.values())


def _alike(groups: Mapping[str, Figures]) -> Iterable[list[Row]]:
    """Return groups of plain figures together that have the same names."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for name, value in groups.items():
        if _is_row(value):
            found.setdefault(tuple(value), []).append((name, value))
    return found.values()


def _grid(rows: list[Row]) -> Iterator[str]:
    """Yield one table of rows, turned where it would be wider than a page."""
    columns = list(rows[0][1])
    if len(columns) > _WIDEST:
        turned = [(name, *(values[name] for _, values in rows)) for name in columns]
        return _table(("", *(name for name, _ in rows)), turned)
    return _table(("", *columns), [(name, *values.values()) for name, values in rows])


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(_shown(value) for value in row)} |"
    yield ""


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
