"""Keypoints of consecutive frames as bytes, and back: exact at 1/16 px and 1/255 of a score.

Estimates jitter by a pixel or two, so a coordinate carries about seven bits of noise that no
prediction removes; what a codec can do is to spend little more than those. Each coordinate and
score is quantised, replaced by its step since the frame before, folded to a whole number
(0, -1, 1, -2, ... become 0, 1, 2, 3, ...) and cut into bytes, all low bytes of one coordinate
side by side. The low bytes are coded by Huffman alone, in short blocks, so that each has the
code of a few coordinates; the high bytes, absences, flags and steps of the frame interval are
nearly all zero and shrink to almost nothing. Decoding is one inflate and a running sum.

A payload, little-endian:

    header     version, planes of the values, planes of the times, keypoints, frames,
               time of the first frame, bytes of the two parts that follow
    side       deflate: second differences of the times (planes), flags, absence bits
    low        deflate: low bytes of the values
    high       deflate: the higher bytes
    checksum   CRC-32 of all before

Method: ours; delta coding with byte planes and Huffman codes are long known.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.errors import CodecError

POSITIONS_PER_PX = 16
STEPS_PER_SCORE = 255
MAX_PX = 2.0**19  # float32 still holds sixteenths there
MAX_SCORE = 1000.0
FORMAT_VERSION = 1
_HEADER = struct.Struct("<BBBHIqII")
_CHECKSUM = struct.Struct("<I")
# Of zlib's memory levels, 7 makes Huffman blocks of 8192 symbols: about five coordinates of a
# minute share a code. Measured over 6 to 9 on infants' tracks with 1 to 2 px of jitter.
_MEMORY_LEVEL = 7


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
    _check_range(keypoints_kc, scores_k)


def encode(block: KeypointBlock) -> bytes:
    """Encode a block of any length; raise ``CodecError`` for arrays that cannot be stored."""
    _check(block)
    n_frames, n_keypoints = block.scores_tk.shape
    values_tv, absent_tv = _quantised(block)
    times = block.times_us.astype(np.int64)
    steps = np.diff(np.diff(times, prepend=times[:1]), prepend=np.int64(0))
    side, time_planes = _planes(_zigzag(steps))
    side += block.flags_t.astype("<u2").tobytes() + np.packbits(absent_tv.T).tobytes()
    planes, n_planes = _planes(_zigzag(np.diff(values_tv, axis=0, prepend=np.int32(0)).T))
    low = n_frames * values_tv.shape[1]
    parts = (
        _deflated(side, zlib.Z_DEFAULT_STRATEGY),
        _deflated(planes[:low], zlib.Z_HUFFMAN_ONLY),  # noise: nothing repeats
        _deflated(planes[low:], zlib.Z_DEFAULT_STRATEGY),  # nearly all zero
    )
    header = _HEADER.pack(
        FORMAT_VERSION,
        n_planes,
        time_planes,
        n_keypoints,
        n_frames,
        int(times[0]) if n_frames else 0,
        len(parts[0]),
        len(parts[1]),
    )
    body = b"".join((header, *parts))
    return body + _CHECKSUM.pack(zlib.crc32(body))


def decode(payload: bytes) -> KeypointBlock:
    """Decode what :func:`encode` made; raise ``CodecError`` for bytes cut, altered or unknown."""
    header = _checked_header(payload)
    n_values = 3 * header.n_keypoints
    cells = header.n_frames * n_values
    side_end = _HEADER.size + header.side_bytes
    low_end = side_end + header.low_bytes
    time_bytes = header.time_planes * header.n_frames
    flags_end = time_bytes + 2 * header.n_frames
    side = _inflated(payload[_HEADER.size : side_end], flags_end + (cells + 7) // 8)
    low = _inflated(payload[side_end:low_end], min(header.planes, 1) * cells)
    high = _inflated(payload[low_end : -_CHECKSUM.size], max(header.planes - 1, 0) * cells)

    steps = _unzigzag(_from_planes((side[:time_bytes],), header.n_frames, np.uint64))
    times = np.cumsum(np.cumsum(steps)) + np.int64(header.first_us)
    flags = np.frombuffer(side[time_bytes:flags_end], "<u2").astype(np.uint16)
    bits = np.frombuffer(side, np.uint8, offset=flags_end)
    absent_vt = np.unpackbits(bits, count=cells).reshape(n_values, header.n_frames)
    deltas = _unzigzag(_from_planes((low, high), cells, np.uint32))
    values_vt = np.cumsum(deltas.reshape(n_values, header.n_frames), axis=1, dtype=np.int32)
    return _dequantised(times, flags, values_vt, absent_vt.view(bool))


def verify(payload: bytes) -> int:
    """Return the number of frames of a payload whose checksum fits; else raise ``CodecError``."""
    return _checked_header(payload).n_frames


class _Header(NamedTuple):
    version: int
    planes: int
    time_planes: int
    n_keypoints: int
    n_frames: int
    first_us: int
    side_bytes: int
    low_bytes: int


def _checked_header(payload: bytes) -> _Header:
    if len(payload) < _HEADER.size + _CHECKSUM.size:
        raise CodecError("a keypoint chunk was cut short")
    header = _Header(*_HEADER.unpack_from(payload))
    if header.version != FORMAT_VERSION:
        raise CodecError(
            f"a keypoint chunk has format {header.version}, this version reads {FORMAT_VERSION}"
        )
    body = memoryview(payload)[: -_CHECKSUM.size]
    if _CHECKSUM.unpack_from(payload, len(body)) != (zlib.crc32(body),):
        raise CodecError("a keypoint chunk is damaged: its checksum does not fit")
    return header


def _check(block: KeypointBlock) -> None:
    n_frames = len(block.times_us)
    shapes = (block.flags_t.shape, block.scores_tk.shape[:1], block.keypoints_tkc.shape)
    if block.scores_tk.ndim != 2 or shapes != (
        (n_frames,),
        (n_frames,),
        (*block.scores_tk.shape, 2),
    ):
        raise CodecError(
            f"{n_frames} times do not go with keypoints of shape {block.keypoints_tkc.shape}, "
            f"scores of {block.scores_tk.shape} and flags of {block.flags_t.shape}"
        )
    _check_range(block.keypoints_tkc, block.scores_tk)


def _check_range(keypoints: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    # Comparisons with NaN are false, so absent points pass.
    if (np.abs(keypoints) > MAX_PX).any() or (np.abs(scores) > MAX_SCORE).any():
        raise CodecError("a keypoint or score is infinite or far outside any picture")


def _quantised(block: KeypointBlock) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return whole numbers (T, 3K), absent ones repeating the last, and where they are absent."""
    n_frames, n_keypoints = block.scores_tk.shape
    values_tv = np.concatenate(
        (
            block.keypoints_tkc.reshape(n_frames, 2 * n_keypoints) * POSITIONS_PER_PX,
            block.scores_tk * STEPS_PER_SCORE,
        ),
        axis=1,
        dtype=np.float64,
    )
    absent_tv = np.isnan(values_tv)
    whole_tv = np.rint(np.where(absent_tv, 0, values_tv)).astype(np.int32)
    if absent_tv.any():
        frame_t1 = np.arange(n_frames)[:, None]
        last_tv = np.maximum.accumulate(np.where(absent_tv, 0, frame_t1), axis=0)
        whole_tv = np.take_along_axis(whole_tv, last_tv, axis=0)
    return whole_tv, absent_tv


def _dequantised(
    times_us: NDArray[np.int64],
    flags_t: NDArray[np.uint16],
    values_vt: NDArray[np.int32],
    absent_vt: NDArray[np.bool_],
) -> KeypointBlock:
    n_keypoints, n_frames = len(values_vt) // 3, len(times_us)
    floats_vt = values_vt.astype(np.float32)
    floats_vt[: 2 * n_keypoints] /= POSITIONS_PER_PX
    floats_vt[2 * n_keypoints :] /= STEPS_PER_SCORE
    floats_vt[absent_vt] = np.nan
    floats_tv = np.ascontiguousarray(floats_vt.T)
    keypoints_tkc = floats_tv[:, : 2 * n_keypoints].reshape(n_frames, n_keypoints, 2)
    return KeypointBlock(times_us, flags_t, keypoints_tkc, floats_tv[:, 2 * n_keypoints :])


def _zigzag(steps: NDArray[Any]) -> NDArray[Any]:
    """Fold signed steps of any width to unsigned ones, small for small."""
    bits = 8 * steps.itemsize
    folded: NDArray[Any] = (steps << 1) ^ (steps >> (bits - 1))
    return folded.view(np.dtype(f"u{steps.itemsize}"))


def _unzigzag(folded: NDArray[Any]) -> NDArray[Any]:
    one = folded.dtype.type(1)
    steps: NDArray[Any] = (folded >> one) ^ (~(folded & one) + one)
    return steps.view(np.dtype(f"i{folded.itemsize}"))


def _planes(folded: NDArray[Any]) -> tuple[bytes, int]:
    """Cut unsigned numbers into byte planes, lowest first, as many as the largest needs."""
    flat = np.ascontiguousarray(folded).reshape(-1)
    largest = int(flat.max(initial=0))
    n_planes = (largest.bit_length() + 7) // 8
    octets = flat.astype(flat.dtype.newbyteorder("<")).view(np.uint8)
    octets_np = octets.reshape(len(flat), flat.itemsize)
    return octets_np[:, :n_planes].T.tobytes(), n_planes


def _from_planes(parts: tuple[bytes, ...], count: int, dtype: type[Any]) -> NDArray[Any]:
    numbers = np.zeros(count, dtype)
    shift = 0
    for part in parts:
        for plane in np.frombuffer(part, np.uint8).reshape(-1, count) if count else ():
            numbers |= plane.astype(dtype) << dtype(shift)
            shift += 8
    return numbers


def _deflated(raw: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, _MEMORY_LEVEL, strategy)
    return packer.compress(raw) + packer.flush()


def _inflated(packed: bytes, length: int) -> bytes:
    """Inflate to exactly ``length`` bytes; anything else is damage."""
    unpacker = zlib.decompressobj(-15)
    try:
        raw = unpacker.decompress(packed, length + 1)
    except zlib.error as error:
        raise CodecError(f"a keypoint chunk is damaged: {error}") from None
    if len(raw) != length:
        raise CodecError("a keypoint chunk is damaged: a part has the wrong length")
    return raw
