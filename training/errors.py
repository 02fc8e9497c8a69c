"""The errors of training.

TrainingError        what a person may be shown as one line
├── SpecError        a training spec that cannot be used
├── DatasetError     pictures or annotations that cannot be used
├── CheckpointError  weights that are missing, cut or not plain tensors
├── DownloadError    a published file that cannot be fetched whole
├── RunError         a run that cannot go on
└── ExportError      an exported model that differs from the trained one
"""

from __future__ import annotations


class TrainingError(Exception):
    """Base of every training error meant for a person: what, where, what to do."""


class SpecError(TrainingError):
    """A training spec that cannot be used."""


class DatasetError(TrainingError):
    """Pictures or annotations that cannot be used."""


class CheckpointError(TrainingError):
    """Weights that are missing, cut or hold more than tensors."""


class DownloadError(TrainingError):
    """A published file that cannot be fetched, or is not the published one."""


class RunError(TrainingError):
    """A run that cannot start or go on."""


class ExportError(TrainingError):
    """An exported model that is not the trained one."""
