"""Keypoints of consecutive frames as bytes, and back: exact at 1/16 px and 1/255 of a score."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.errors import CodecError

POSITIONS_PER_PX = 16
STEPS_PER_SCORE = 255
MAX_PX = 2.0**19  # float32 still holds sixteenths there
MAX_SCORE = 1000.0
FORMAT_VERSION = 0
_HEADER = struct.Struct("<BIIH")


@dataclass(frozen=True, slots=True)
class KeypointBlock:
    """Raw estimates of consecutive frames.

    ``times_us``: (T,) int64, UTC. ``flags_t``: (T,) uint16, why a pose is absent or doubtful.
    ``keypoints_tkc``: (T, K, 2) float32, x and y in picture pixels, NaN = absent.
    ``scores_tk``: (T, K) float32.
    """

    times_us: NDArray[np.int64]
    flags_t: NDArray[np.uint16]
    keypoints_tkc: NDArray[np.float32]
    scores_tk: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.times_us)

    @classmethod
    def empty(cls, n_keypoints: int = 0) -> KeypointBlock:
        """Make a block of no frames."""
        return cls(
            np.zeros(0, np.int64),
            np.zeros(0, np.uint16),
            np.zeros((0, n_keypoints, 2), np.float32),
            np.zeros((0, n_keypoints), np.float32),
        )

    def between(self, from_us: int, to_us: int) -> KeypointBlock:
        """Return the frames with ``from_us <= time < to_us``; times must not fall."""
        first, last = np.searchsorted(self.times_us, (from_us, to_us))
        return self[int(first) : int(last)]

    def __getitem__(self, part: slice) -> KeypointBlock:
        return KeypointBlock(
            self.times_us[part], self.flags_t[part], self.keypoints_tkc[part], self.scores_tk[part]
        )


def concatenate(blocks: list[KeypointBlock]) -> KeypointBlock:
    """Join blocks of one number of keypoints end to end; no blocks give an empty one."""
    if not blocks:
        return KeypointBlock.empty()
    return KeypointBlock(
        np.concatenate([block.times_us for block in blocks]),
        np.concatenate([block.flags_t for block in blocks]),
        np.concatenate([block.keypoints_tkc for block in blocks]),
        np.concatenate([block.scores_tk for block in blocks]),
    )


def check_frame(keypoints_kc: NDArray[np.float32], scores_k: NDArray[np.float32]) -> None:
    """Raise ``CodecError`` for one frame that could not be encoded: shapes, infinities."""
    if keypoints_kc.shape != (*scores_k.shape, 2) or scores_k.ndim != 1:
        raise CodecError(
            f"keypoints of shape {keypoints_kc.shape} do not go with scores of {scores_k.shape}"
        )
    # Comparisons with NaN are false, so absent points pass.
    if (np.abs(keypoints_kc) > MAX_PX).any() or (np.abs(scores_k) > MAX_SCORE).any():
        raise CodecError("a keypoint or score is infinite or far outside any picture")


def encode(block: KeypointBlock) -> bytes:
    """Encode a block; raise ``CodecError`` for arrays that do not fit together."""
    n_frames, n_keypoints = block.scores_tk.shape
    body = zlib.compress(
        block.times_us.astype("<i8").tobytes()
        + block.flags_t.astype("<u2").tobytes()
        + (np.round(block.keypoints_tkc * POSITIONS_PER_PX) / POSITIONS_PER_PX)
        .astype("<f4")
        .tobytes()
        + (np.round(block.scores_tk * STEPS_PER_SCORE) / STEPS_PER_SCORE).astype("<f4").tobytes()
    )
    return _HEADER.pack(FORMAT_VERSION, zlib.crc32(body), n_frames, n_keypoints) + body


def decode(payload: bytes) -> KeypointBlock:
    """Decode what :func:`encode` made; raise ``CodecError`` for bytes cut or altered."""
    version, checksum, n_frames, n_keypoints = _HEADER.unpack_from(payload)
    body = payload[_HEADER.size :]
    if version != FORMAT_VERSION or zlib.crc32(body) != checksum:
        raise CodecError("a keypoint chunk is damaged")
    raw = zlib.decompress(body)
    times, flags, points = 8 * n_frames, 10 * n_frames, (10 + 8 * n_keypoints) * n_frames
    return KeypointBlock(
        np.frombuffer(raw[:times], "<i8").astype(np.int64),
        np.frombuffer(raw[times:flags], "<u2").astype(np.uint16),
        np.frombuffer(raw[flags:points], "<f4").reshape(n_frames, n_keypoints, 2).astype("f4"),
        np.frombuffer(raw[points:], "<f4").reshape(n_frames, n_keypoints).astype("f4"),
    )
