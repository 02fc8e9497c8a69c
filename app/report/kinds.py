"""The forms in which a report is handed out, by the ending of its file.

How to add one: a function from ``Report`` to bytes in a file of its own, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.report.as_html import as_html
from app.report.content import Report


@dataclass(frozen=True, slots=True)
class Kind:
    """One form: its media type and what makes it."""

    media_type: str
    make: Callable[[Report], bytes]


def _pdf(report: Report) -> bytes:
    # Loading what lays out a PDF takes a second: not before somebody wants one.
    from app.report.as_pdf import as_pdf

    return as_pdf(report)


KINDS = {
    "pdf": Kind("application/pdf", _pdf),
    "html": Kind("text/html", lambda report: as_html(report).encode()),
}
