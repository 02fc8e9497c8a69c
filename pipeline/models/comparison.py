"""A candidate beside the model in use, as training measured it: read strictly, by its own file.

``comparison.json`` lies in the candidate's folder (``training/compare.py`` writes it). Both models
looked at the same pictures; each difference has a 95 % interval over infants drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ModelLoadError
from pipeline.settings import describe_validation_error

COMPARISON_FILE = "comparison.json"
CURVES_FILE = "curves.csv"
_MOST_BYTES = 2_000_000

Verdict = Literal["better", "worse", "no difference shown", "nothing to compare"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Difference(_Strict):
    """One figure of both, and the candidate's minus the other's; None: not assessable."""

    candidate: float | None
    in_use: float | None
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict


class Part(_Strict):
    """What was found in one set of pictures.

    ``joints``: each joint's share within 0.1 trunk lengths. ``strata``: {kind: {value: figures}},
    the figures being differences by name, beside the count of ``pictures``.
    """

    pictures: int
    infants_or_sources: int
    overall: dict[str, Difference]
    joints: dict[str, Difference]
    strata: dict[str, dict[str, dict[str, int | Difference]]]

    def by_stratum(self, measure: str) -> Iterator[tuple[str, Difference]]:
        """Yield each stratum's name and its difference in a measure, that of all pictures first."""
        yield "all", self.overall[measure]
        for kind, values in self.strata.items():
            for value, figures in values.items():
                found = figures.get(measure)
                if isinstance(found, Difference):
                    yield f"{kind.replace('_', ' ')} {value.replace('_', ' ')}", found


class Comparison(_Strict):
    """The whole file. ``images``: validation infants, ``old``: data that must not be forgotten."""

    research_use: str
    candidate: str
    candidate_sha256: str
    in_use: str
    in_use_sha256: str
    images: Part | None
    old: Part | None


def read_comparison(folder: Path) -> Comparison | None:
    """Read the comparison of a model folder; None where it has none. Raises ``ModelLoadError``."""
    path = folder / COMPARISON_FILE
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > _MOST_BYTES:
            raise ModelLoadError(f"{path}: is larger than {_MOST_BYTES} bytes")
        return Comparison.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelLoadError(f"{path}: {describe_validation_error(error, Comparison)}") from None
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"{path}: cannot be read: {error}") from None
