"""The newest-frame slot: one capture process writes, any process reads the newest picture.

A file mapped into memory (in the run directory, best on a memory file system) holds a header of
64-bit numbers, a few short texts and three picture buffers. Picture number n goes into buffer
n mod 3, guarded by a lock number that is odd while the buffer is being written, so a reader that
was overtaken notices and looks again. Nothing blocks: a slow reader skips pictures (drop-oldest;
the gap in ``sequence`` is the count), and a writer killed at any instant leaves the previous
pictures whole. The next writer goes on with the next sequence number.

Not ``multiprocessing.shared_memory``: its resource tracker unlinks blocks that others still use.
"""

from __future__ import annotations

import mmap
import os
import time
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np

from pipeline.types import Frame, ImageArray

MAX_WIDTH, MAX_HEIGHT = 8192, 8192
# A sparse file: only the pages of the camera's real size are ever touched.
DEFAULT_CAPACITY_BYTES = 8192 * 4320 * 3

_MAGIC = 0x544F4C535F544F43  # "COT_SLOT"
_VERSION = 1
_BUFFERS = 3
_PAGE = 4096
_HEADER_BYTES = 2 * _PAGE
_ATTEMPTS = 8


class Field(IntEnum):
    """Places of the 64-bit numbers in the header."""

    MAGIC = 0
    VERSION = 1
    CAPACITY = 2
    PID = 3
    HEARTBEAT_NS = 4
    ALLOWANCE_NS = 5
    STATE = 6
    LATEST = 7
    SEGMENT = 8
    RESERVED_BYTES = 9
    TEXT_LOCK = 10
    PUBLISHED = 16
    BAD_TIMES = 17
    RECONNECTS = 18
    STALLS = 19
    DECODE_ERRORS = 20
    SKIPPED = 21
    WIDTH = 32
    HEIGHT = 33
    FPS_MILLI = 34
    LIVE = 35


class SlotState(IntEnum):
    """What the capture process says of itself."""

    STARTING = 0
    LIVE = 1
    OFFLINE = 2
    REFUSED = 3


class _Place(IntEnum):
    """Places of the numbers that stand with each picture, from the buffer's own base."""

    LOCK = 0
    SEQUENCE = 1
    STREAM_US = 2
    ARRIVAL_US = 3
    ARRIVAL_NS = 4
    SEGMENT = 5
    WIDTH = 6
    HEIGHT = 7


_BUFFER_BASE, _BUFFER_STRIDE = 64, 16
# (offset in bytes, room in bytes), written together under one lock.
_TEXTS = {"kind": (2048, 64), "line": (2112, 1024), "codec": (3136, 64), "decoder": (3200, 64)}


@dataclass(frozen=True, slots=True)
class SlotTexts:
    """The short texts of the header: why there is no picture, and what decodes it."""

    kind: str = ""
    line: str = ""
    codec: str = ""
    decoder: str = ""


class SlotError(OSError):
    """A slot file that is missing, of another version, or without room."""


class FrameSlot:
    """A mapped slot file; make one with ``create`` or ``attach``."""

    def __init__(self, path: Path, mapping: mmap.mmap, file_number: int) -> None:
        self.path = path
        self._mapping = mapping
        self._file_number = file_number
        self._bytes = memoryview(mapping)
        # Native 64-bit items: each is read and written in one piece.
        self._numbers = self._bytes[:_HEADER_BYTES].cast("q")
        self._pixels = np.frombuffer(mapping, np.uint8)

    @classmethod
    def create(cls, path: Path, capacity_bytes: int = DEFAULT_CAPACITY_BYTES) -> FrameSlot:
        """Make a fresh slot at ``path``, replacing one that is there; mode 0600.

        ``capacity_bytes`` is the room for one picture; memory is taken when a picture comes.
        """
        capacity_bytes = -(-capacity_bytes // _PAGE) * _PAGE
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        number = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(number, _HEADER_BYTES + _BUFFERS * capacity_bytes)
            os.posix_fallocate(number, 0, _HEADER_BYTES)
            slot = cls(path, mmap.mmap(number, 0), number)
        except OSError as error:
            os.close(number)
            draft.unlink(missing_ok=True)
            raise SlotError(error.errno, f"no room for the picture slot {path}") from error
        slot._numbers[Field.CAPACITY] = capacity_bytes
        slot._numbers[Field.VERSION] = _VERSION
        slot._numbers[Field.LATEST] = -1
        slot._numbers[Field.SEGMENT] = -1
        slot._numbers[Field.MAGIC] = _MAGIC
        draft.replace(path)
        return slot

    @classmethod
    def attach(cls, path: Path) -> FrameSlot:
        """Map a slot that exists; raise ``SlotError`` when it is missing or not a slot."""
        try:
            number = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise SlotError(error.errno, f"no picture slot at {path}") from error
        if os.fstat(number).st_size < _HEADER_BYTES:
            os.close(number)
            raise SlotError(f"{path} is not a picture slot")
        mapping = mmap.mmap(number, 0)
        slot = cls(path, mapping, number)
        if (slot._numbers[Field.MAGIC], slot._numbers[Field.VERSION]) != (_MAGIC, _VERSION):
            slot.close()
            raise SlotError(f"{path} is not a picture slot of this version")
        return slot

    def close(self) -> None:
        """Unmap the file; the file itself stays."""
        if self._mapping.closed:
            return
        self._numbers.release()
        self._bytes.release()
        self._pixels = np.empty(0, np.uint8)
        self._mapping.close()
        os.close(self._file_number)

    # Writer ---------------------------------------------------------------------------------

    def publish(
        self, image: ImageArray, stream_us: int, arrival_us: int, arrival_ns: int, segment: int
    ) -> int:
        """Store a picture as the newest and return its sequence number.

        ``image``: (H, W, 3) uint8. Raises ``SlotError`` for a picture larger than the slot, or
        when the file system of the run directory is full (instead of a crash at first touch).
        """
        height, width = image.shape[:2]
        size = height * width * 3
        self._reserve(size)
        numbers = self._numbers
        sequence = numbers[Field.LATEST] + 1
        buffer = sequence % _BUFFERS
        base = _BUFFER_BASE + buffer * _BUFFER_STRIDE
        lock = numbers[base + _Place.LOCK] | 1
        numbers[base + _Place.LOCK] = lock
        numbers[base + _Place.SEQUENCE] = sequence
        numbers[base + _Place.STREAM_US] = stream_us
        numbers[base + _Place.ARRIVAL_US] = arrival_us
        numbers[base + _Place.ARRIVAL_NS] = arrival_ns
        numbers[base + _Place.SEGMENT] = segment
        numbers[base + _Place.WIDTH] = width
        numbers[base + _Place.HEIGHT] = height
        self._picture(buffer, height, width)[...] = image
        numbers[base + _Place.LOCK] = lock + 1
        numbers[Field.SEGMENT] = segment
        numbers[Field.LATEST] = sequence
        numbers[Field.PUBLISHED] += 1
        return sequence

    def _reserve(self, size: int) -> None:
        if size <= self._numbers[Field.RESERVED_BYTES]:
            return
        capacity = self._numbers[Field.CAPACITY]
        if size > capacity:
            raise SlotError(f"a picture of {size} bytes does not fit its slot of {capacity}")
        try:
            for buffer in range(_BUFFERS):
                os.posix_fallocate(self._file_number, _HEADER_BYTES + buffer * capacity, size)
        except OSError as error:
            raise SlotError(
                error.errno, f"no room for pictures in {self.path.parent}: free some space there"
            ) from error
        self._numbers[Field.RESERVED_BYTES] = size

    def beat(self, allowance_s: float) -> None:
        """Say "alive", and for how long the next step may at most take."""
        self._numbers[Field.ALLOWANCE_NS] = int(allowance_s * 1e9)
        self._numbers[Field.HEARTBEAT_NS] = time.monotonic_ns()

    def set(self, field: Field, value: int) -> None:
        """Store one number of the header."""
        self._numbers[field] = value

    def count(self, field: Field, by: int = 1) -> None:
        """Raise a counter of the header (only its single writer may)."""
        self._numbers[field] += by

    def say(self, state: SlotState, **texts: str) -> None:
        """Store the state and any of the texts ``kind``, ``line``, ``codec``, ``decoder``."""
        numbers = self._numbers
        lock = numbers[Field.TEXT_LOCK] | 1
        numbers[Field.TEXT_LOCK] = lock
        for name, text in texts.items():
            offset, room = _TEXTS[name]
            raw = text.encode("utf-8", "replace")[: room - 1]
            self._bytes[offset : offset + room] = raw.ljust(room, b"\0")
        numbers[Field.STATE] = state
        numbers[Field.TEXT_LOCK] = lock + 1

    # Reader ---------------------------------------------------------------------------------

    def newest(self, after_sequence: int = -1) -> Frame | None:
        """Return a copy of the newest picture, or None if none came after ``after_sequence``."""
        for _ in range(_ATTEMPTS):
            latest = self._numbers[Field.LATEST]
            if latest <= after_sequence:
                return None
            frame = self._copy(latest)
            if frame is not None:
                return frame
        return None

    def _copy(self, sequence: int) -> Frame | None:
        buffer = sequence % _BUFFERS
        base = _BUFFER_BASE + buffer * _BUFFER_STRIDE
        numbers = self._numbers
        lock = numbers[base + _Place.LOCK]
        place = numbers[base : base + len(_Place)].tolist()
        if lock & 1 or place[_Place.SEQUENCE] != sequence:
            return None
        height, width = place[_Place.HEIGHT], place[_Place.WIDTH]
        if height * width * 3 > numbers[Field.CAPACITY]:
            return None
        image = self._picture(buffer, height, width).copy()
        if numbers[base + _Place.LOCK] != lock:
            return None
        return Frame(
            image_hwc=image,
            stream_us=place[_Place.STREAM_US],
            arrival_us=place[_Place.ARRIVAL_US],
            arrival_ns=place[_Place.ARRIVAL_NS],
            sequence=sequence,
            segment=place[_Place.SEGMENT],
        )

    def _picture(self, buffer: int, height: int, width: int) -> ImageArray:
        start = _HEADER_BYTES + buffer * self._numbers[Field.CAPACITY]
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)

    def get(self, field: Field) -> int:
        """Return one number of the header."""
        return self._numbers[field]

    def last_arrival_ns(self) -> int | None:
        """Return the monotonic arrival of the newest picture, None before the first."""
        latest = self._numbers[Field.LATEST]
        if latest < 0:
            return None
        return self._numbers[_BUFFER_BASE + latest % _BUFFERS * _BUFFER_STRIDE + _Place.ARRIVAL_NS]

    def texts(self) -> SlotTexts:
        """Return the texts of the header."""
        for _ in range(_ATTEMPTS):
            lock = self._numbers[Field.TEXT_LOCK]
            found = {name: self._text(*where) for name, where in _TEXTS.items()}
            if not lock & 1 and self._numbers[Field.TEXT_LOCK] == lock:
                break
        return SlotTexts(**found)

    def _text(self, offset: int, room: int) -> str:
        raw = bytes(self._bytes[offset : offset + room])
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace")
