"""From a stored recording to what may leave: a pseudonym for a name, days shifted, nothing else."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np

from db.schema import Recording
from db.store import Store
from db.times import from_us
from pipeline.export.base import ExportError, Take
from pipeline.smoothing.butterworth import frame_rate

_KEY_FILE, _KEY_BYTES = "export.key", 32
_LEAST_DAYS, _MOST_DAYS = 30, 3650


def gather(store: Store, recording_id: int, key: bytes | None) -> Take:
    """Return a recording as it may leave; ``key`` None: with its true date.

    Recordings of one infant are shifted by the same days, so the days between them stay true.
    Raises ``NotFound``, ``CodecError``, and ``ExportError`` for a recording without frames.
    """
    recording = store.recording(recording_id)
    series = store.keypoints(recording_id=recording_id)
    block = series.block
    if not len(block):
        raise ExportError(f"recording {recording_id} holds no frames")
    subject = subject_of(store, recording)
    days = 0 if key is None else shift_days(key, subject)
    models = {model.id: f"{model.name} {model.version}" for model in store.models()}
    absent_tk = np.isnan(block.keypoints_tkc[..., 0])
    last = series.runs[-1]
    return Take(
        times_s=(block.times_us - block.times_us[0]) / 1e6,
        keypoints_tkc=block.keypoints_tkc,
        scores_tk=np.where(absent_tk, 0, np.nan_to_num(block.scores_tk)).astype(np.float32),
        flags_t=block.flags_t,
        subject=subject,
        started=from_us(int(block.times_us[0])) - timedelta(days=days),
        size_wh=(last.width, last.height),
        fps=frame_rate(block.times_us),
        model=", ".join(dict.fromkeys(models[run.model_id] for run in series.runs)),
        software=f"cotside {version('cotside')}",
    )


def shift_days(key: bytes, subject: str) -> int:
    """Return the days by which a subject's dates are moved back: 30 to 3650, by the key alone."""
    digest = hmac.new(key, subject.encode(), hashlib.sha256).digest()
    return _LEAST_DAYS + int.from_bytes(digest[:8], "big") % (_MOST_DAYS - _LEAST_DAYS)


def export_key(folder: Path) -> bytes:
    """Return the installation's key for shifting dates, made once, readable by its owner only."""
    path = folder / _KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
    except FileExistsError:
        pass
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise ExportError(f"{path}: cannot be read; it shifts the dates of exports") from None
    if len(key) != _KEY_BYTES:
        raise ExportError(f"{path}: is cut; restore it, or remove it for a new one")
    return key


def subject_of(store: Store, recording: Recording) -> str:
    """Return the infant's pseudonym; a number where nobody said whose recording it is."""
    if recording.infant_id is not None:
        for infant in store.infants():
            if infant.id == recording.infant_id:
                return infant.pseudonym
    return f"recording-{recording.id}"
