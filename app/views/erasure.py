"""An erasure in tables: what would go, what cannot be reached, and the proof afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from app.views.banner import RESEARCH_LINE
from app.views.tables import Columns, columns_of
from app.views.words import bytes_words, sentence
from db.erasure import ErasureReport, Holdings


def holdings_table(listed: Holdings) -> Columns:
    """Return what would go, one row for each kind of thing of which there is any."""
    rows = [(sentence(name), f"{count:,}") for name, count in listed.counts.items() if count]
    if listed.frames:
        rows.insert(1, ("Frames in them", f"{listed.frames:,}"))
    size = sum(file.bytes for file in listed.files)
    rows.append(("Files of video and pictures", f"{len(listed.files):,}, {bytes_words(size)}"))
    return columns_of(rows, ["What", "How many"])


def proof_table(report: ErasureReport) -> Columns:
    """Return counts before and after, one row for each kind of thing of which there was any."""
    before, after = report.before, report.after
    rows = [
        (sentence(name), f"{count:,}", f"{after[name]:,}")
        for name, count in before.counts.items()
        if count
    ]
    rows.append(
        ("Files of video and pictures", f"{len(before.files):,}", f"{len(report.files_left):,}")
    )
    return columns_of(rows, ["What", "Before", "Now"])


def proof_json(report: ErasureReport) -> str:
    """Return the report to keep: numbers only, nothing of the infant but its number here."""
    made: dict[str, Any] = {
        "report": "erasure of an infant",
        "note": RESEARCH_LINE,
        "infant": report.before.infant_id,
        "done": datetime.fromtimestamp(report.done_us / 1_000_000, UTC).isoformat(),
        "complete": report.complete,
        "frames": report.before.frames,
        "before": {**report.before.counts, "files": len(report.before.files)},
        "after": {**report.after, "files": len(report.files_left)},
        "not_reached": list(report.before.beyond),
    }
    return json.dumps(made, indent=2, ensure_ascii=False)
