"""The report of a review: one file beside its results; for the command and for jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.views.review_index import index_html
from db.folders import INDEX_FILE
from db.store import Store
from pipeline.review.whole import write_whole

if TYPE_CHECKING:
    from pipeline.review.film import Outcome


def write_report(store: Store, out: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write the index of a review's folder, with what was reviewed before; return its path."""
    index = out / INDEX_FILE
    write_whole(index, index_html(out, outcomes, earlier_reviews(store, outcomes)))
    return index


def earlier_reviews(
    store: Store, outcomes: Sequence[Outcome]
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the summaries of what was reviewed before, by the videos' fingerprints."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for summary in (outcome.summary for outcome in outcomes if outcome.summary):
        reviews = store.reviews_of_video(summary["fingerprint"])
        found[summary["fingerprint"]] = [
            one.summary
            for one in reviews
            if one.summary and one.recording_id < summary["recording"]
        ]
    return found
