"""Keeps the newest picture of every camera at hand: one watched process per camera."""

from pipeline.capture.health import CaptureHealth, Grade, State
from pipeline.capture.still import still
from pipeline.capture.supervisor import Capture

__all__ = ["Capture", "CaptureHealth", "Grade", "State", "still"]
