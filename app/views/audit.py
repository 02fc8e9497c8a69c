"""The audit trail as a table: what an entry says, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from app.views.tables import Columns
from app.views.times import day_and_clock
from app.views.words import sentence
from db.audit import detail_of
from db.people_schema import AuditEntry

SUBJECTS = (
    "infant", "person", "cot", "ward", "advisory", "recording", "review", "picture", "training",
    "model", "permission", "database", "audit",
)  # fmt: skip


def audit_table(entries: Sequence[AuditEntry], names: Mapping[str, str], zone: tzinfo) -> Columns:
    """Return entries as given, one row each; ``names``: what subjects are called today."""
    return {
        "No.": [str(entry.number) for entry in entries],
        "Time": [day_and_clock(entry.time_us, zone) for entry in entries],
        "Who": [entry.who + (f", {entry.role}" if entry.role else "") for entry in entries],
        "What": [sentence(entry.action) for entry in entries],
        "Whom": [_subject(entry.subject, names) for entry in entries],
        "Detail": [_detail(entry) for entry in entries],
    }


def _subject(subject: str, names: Mapping[str, str]) -> str:
    shown = subject.replace("/", " ")
    return f"{shown} ({names[subject]})" if subject in names else shown


def _detail(entry: AuditEntry) -> str:
    return ", ".join(f"{key}: {value}" for key, value in detail_of(entry).items())
