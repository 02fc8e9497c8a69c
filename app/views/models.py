"""Models for people: what there is, how a candidate compares, what the gate found."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.views.tables import Columns
from pipeline.models.gate import Finding, shares
from pipeline.models.manifest import Manifest
from pipeline.models.registry import KnownModel


def models_table(models: Sequence[KnownModel]) -> Columns:
    """Return the models, one row each; one that cannot be read says why."""
    return {
        "": ["● in use" if known.in_use else "" for known in models],
        "Model": [model_words(known) for known in models],
        "Input": [_input(known.manifest) for known in models],
        "Lowest figure": [_lowest(known.manifest) for known in models],
        "Scores": [_scores(known.manifest) for known in models],
        "Licence": ["–" if known.manifest is None else known.manifest.licence for known in models],
        "Id": [known.id for known in models],
    }


def model_words(known: KnownModel) -> str:
    """Return a model's name and version, or why it cannot be used."""
    if known.manifest is None:
        return f"cannot be used: {known.fault}"
    return f"{known.manifest.name} {known.manifest.version}"


def comparison_table(candidate: Manifest, in_use: Manifest) -> Columns:
    """Return each stratum that either gives a figure of: both, and the difference."""
    new, old = dict(shares(candidate.figures)), dict(shares(in_use.figures))
    names = list(dict.fromkeys([*old, *new]))
    return {
        "Stratum": names,
        "In use": [_share(old.get(name)) for name in names],
        "Candidate": [_share(new.get(name)) for name in names],
        "Difference": [_difference(new.get(name), old.get(name)) for name in names],
    }


def findings_html(findings: Sequence[Finding]) -> str:
    """Return what the gate found, as markup: a sign, a word and the figures for each check."""
    items = "".join(
        f"<p><strong>{'✓ passed' if finding.passed else '✕ failed'}</strong> "
        f"{escape(finding.check)}: {escape(finding.line)}</p>"
        for finding in findings
    )
    return f'<div class="cotside-findings">{items}</div>'


def _input(manifest: Manifest | None) -> str:
    return "–" if manifest is None else f"{manifest.input.width}×{manifest.input.height}"


def _lowest(manifest: Manifest | None) -> str:
    found = {} if manifest is None else dict(shares(manifest.figures))
    if not found:
        return "none given"
    lowest = min(found, key=lambda name: found[name])
    return f"{lowest}: {_share(found[lowest])}"


def _scores(manifest: Manifest | None) -> str:
    if manifest is None:
        return "–"
    return "not calibrated" if manifest.calibration.kind == "none" else "calibrated"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _difference(new: float | None, old: float | None) -> str:
    return "–" if new is None or old is None else f"{100 * (new - old):+.0f} points"
