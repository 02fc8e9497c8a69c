"""Write scalars as TensorBoard reads them, without TensorBoard.

A file of records (length, its checksum, an ``Event``, its checksum; TFRecord's format), each event
a protocol buffer of wall time, step and one summary value. Checksums are CRC-32C, masked.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


class ScalarLog:
    """Appends scalars to an event file of its own in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"events.out.tfevents.{time.time_ns()}.cotside"

    def write(self, step: int, scalars: dict[str, float]) -> None:
        """Append scalars of a step; the file is made at the first."""
        now_s = time.time()
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._append(_field(3, b"brain.Event:2") + _double(1, now_s))
        for name, value in scalars.items():
            entry = _field(1, name.encode()) + _float(2, value)
            summary = _field(1, entry)
            self._append(_double(1, now_s) + _varint_field(2, step) + _field(5, summary))

    def _append(self, event: bytes) -> None:
        header = struct.pack("<Q", len(event))
        record = header + _checksum(header) + event + _checksum(event)
        with self._path.open("ab") as file:
            file.write(record)


def _checksum(data: bytes) -> bytes:
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    value ^= 0xFFFFFFFF
    rotated = ((value >> 15) | (value << 17)) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + _MASK_DELTA) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _double(number: int, value: float) -> bytes:
    return _varint(number << 3 | 1) + struct.pack("<d", value)


def _float(number: int, value: float) -> bytes:
    return _varint(number << 3 | 5) + struct.pack("<f", value)
