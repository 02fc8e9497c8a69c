"""What Prometheus reads: one gauge a figure, labelled by cot, made anew at each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from pipeline.live import CotStatus, MonitorStatus

_COT_GAUGES: tuple[tuple[str, str, Callable[[CotStatus], float | None]], ...] = (
    ("frame_age_seconds", "Age of the newest frame", lambda cot: cot.frame_age_s),
    ("camera_frames_per_second", "Frames that arrive", lambda cot: cot.fps),
    ("pose_frames_per_second", "Frames that get a pose", lambda cot: cot.pose_fps),
    ("frames_dropped", "Frames replaced before they were read", lambda cot: cot.dropped),
    ("frames_with_bad_times", "Frames without a usable time", lambda cot: cot.bad_times),
    ("reconnects_per_hour", "Reconnections of the camera", lambda cot: cot.reconnects_per_h),
    ("stalls_per_hour", "Silences of the camera", lambda cot: cot.stalls_per_h),
    ("live", "1 while the camera is live", lambda cot: float(cot.state == "live")),
)


def exposition(status: MonitorStatus) -> bytes:
    """Return the monitor's status in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StatusCollector(status))
    return generate_latest(registry)


class _StatusCollector:
    def __init__(self, status: MonitorStatus) -> None:
        self._status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the monitor's own gauges, then those of every cot."""
        status = self._status
        yield _single("cotside_monitoring", "1 while a monitor runs", float(status.monitoring))
        if status.beat_age_s is not None:
            yield _single("cotside_beat_age_seconds", "Age of the last beat", status.beat_age_s)
        yield _single("cotside_cots", "Cots being watched", float(len(status.cots)))
        for name, text, read in _COT_GAUGES:
            family = GaugeMetricFamily(f"cotside_{name}", text, labels=["cot"])
            for cot in status.cots.values():
                value = read(cot)
                if value is not None:
                    family.add_metric([cot.name], value)
            yield family
        yield _lag(status)


def _lag(status: MonitorStatus) -> GaugeMetricFamily:
    text = "From a frame's arrival to its pose in the writer's queue"
    family = GaugeMetricFamily("cotside_lag_seconds", text, labels=["cot", "quantile"])
    for cot in status.cots.values():
        for quantile, lag_ms in (("0.5", cot.lag_ms_p50), ("0.95", cot.lag_ms_p95)):
            if lag_ms is not None:
                family.add_metric([cot.name, quantile], lag_ms / 1000)
    return family


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text)
    family.add_metric([], value)
    return family
