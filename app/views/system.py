"""How the machine and the monitor fare, as labelled figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import version

from app.views.words import bytes_words, duration_words
from pipeline.live import MonitorStatus

_LOW_DISK_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """One labelled figure; ``note`` explains it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """The room where the database lies, in bytes."""

    used_by_database: int
    free: int
    total: int


def figures_html(figures: Sequence[Figure]) -> str:
    """Return figures as markup that wraps on narrow screens."""
    items = "".join(
        f"<div><span>{escape(one.label)}</span><strong>{escape(one.value)}</strong>"
        f"<small>{escape(one.note)}</small></div>"
        for one in figures
    )
    return f'<div class="cotside-figures">{items}</div>'


def monitor_figures(status: MonitorStatus, now_us: int) -> list[Figure]:
    """Return the monitor's own figures; of a silent monitor only how long it has been silent."""
    if not status.monitoring:
        age = "never" if status.beat_age_s is None else f"{duration_words(status.beat_age_s)} ago"
        return [Figure("Monitor", "not running"), Figure("Last sign of life", age)]
    up_s = 0.0 if status.started_us is None else (now_us - status.started_us) / 1e6
    cots = list(status.cots.values())
    live = sum(cot.state == "live" for cot in cots)
    lags_ms = [cot.lag_ms_p95 for cot in cots if cot.lag_ms_p95 is not None]
    return [
        Figure("Monitor", "running", f"process {status.pid}, for {duration_words(up_s)}"),
        Figure("Last beat", f"{status.beat_age_s or 0:.1f} s ago", "at most 5 s while it runs"),
        Figure("Processor", _provider(status.provider), f"model {status.model}"),
        Figure("Cameras live", f"{live} of {len(cots)}"),
        Figure("Poses", f"{sum(cot.pose_fps for cot in cots):.0f} /s", "all cots together"),
        Figure("Dropped", f"{sum(cot.dropped for cot in cots)}", "frames replaced unread"),
        Figure("Lag", f"{max(lags_ms):.0f} ms" if lags_ms else "–", "p95 of the slowest cot"),
        Figure("Writer", status.writer or "–"),
    ]


def machine_figures(disk: Disk | None, database: str) -> list[Figure]:
    """Return the disk's figures and the versions."""
    figures = []
    if disk is not None:
        low = " – nearly full" if disk.free < _LOW_DISK_SHARE * disk.total else ""
        figures = [
            Figure("Database", bytes_words(disk.used_by_database), database),
            Figure("Disk free", bytes_words(disk.free) + low, f"of {bytes_words(disk.total)}"),
        ]
    for name in ("cotside", "streamlit", "onnxruntime-gpu", "onnxruntime", "av", "sqlalchemy"):
        found = _version(name)
        if found:
            figures.append(Figure(name, found))
    return figures


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except ModuleNotFoundError:
        return ""


def _provider(provider: str) -> str:
    short = provider.removesuffix("ExecutionProvider")
    return {"": "–", "Tensorrt": "TensorRT"}.get(short, short)
