from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from db.codec import (
    MAX_PX,
    POSITIONS_PER_PX,
    STEPS_PER_SCORE,
    KeypointBlock,
    concatenate,
    decode,
    encode,
)
from db.errors import CodecError
from tests.support.tracks import infant_tracks

_INT64 = np.iinfo(np.int64)


@st.composite
def blocks(draw: st.DrawFn) -> KeypointBlock:
    """Any block whose coordinates lie on the grid of 1/16 px and scores on that of 1/255."""
    n_frames = draw(st.integers(0, 12))
    n_keypoints = draw(st.integers(0, 20))
    grid = int(MAX_PX) * POSITIONS_PER_PX
    places = draw(
        npst.arrays(np.int32, (n_frames, n_keypoints, 2), elements=st.integers(-grid, grid))
    )
    scores = draw(npst.arrays(np.int32, (n_frames, n_keypoints), elements=st.integers(0, 255)))
    absent = draw(npst.arrays(np.bool_, (n_frames, n_keypoints, 2)))
    keypoints = np.where(absent, np.nan, places / POSITIONS_PER_PX)
    return KeypointBlock(
        draw(npst.arrays(np.int64, n_frames, elements=st.integers(_INT64.min, _INT64.max))),
        draw(npst.arrays(np.uint16, n_frames)),
        keypoints.astype(np.float32),
        (scores / STEPS_PER_SCORE).astype(np.float32),
    )


def assert_same(got: KeypointBlock, wanted: KeypointBlock) -> None:
    for name in ("times_us", "flags_t", "keypoints_tkc", "scores_tk"):
        a, b = getattr(got, name), getattr(wanted, name)
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)


@given(blocks())
def test_what_lies_on_the_grid_comes_back_exactly(block: KeypointBlock):
    assert_same(decode(encode(block)), block)


@given(
    npst.arrays(np.float32, (5, 3, 2), elements=st.floats(-5000, 5000, width=32)),
    npst.arrays(np.float32, (5, 3), elements=st.floats(0, 1, width=32)),
)
def test_any_place_comes_back_within_half_a_sixteenth(keypoints, scores):
    block = KeypointBlock(np.arange(5), np.zeros(5, np.uint16), keypoints, scores)
    got = decode(encode(block))
    # float32 itself is coarser than this far from the origin: half a unit in the last place more.
    tolerance = 0.5 / POSITIONS_PER_PX + np.spacing(np.abs(keypoints).max())
    assert np.abs(got.keypoints_tkc - keypoints).max() <= tolerance
    assert np.abs(got.scores_tk - scores).max() <= 0.5 / STEPS_PER_SCORE + 1e-6


@given(blocks())
def test_encoding_again_what_was_decoded_changes_nothing(block: KeypointBlock):
    payload = encode(block)
    assert encode(decode(payload)) == payload


@given(st.data())
@settings(max_examples=200)
def test_altered_bytes_are_refused_never_read_as_something_else(data: st.DataObject):
    payload = bytearray(encode(infant_tracks(30)))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CodecError):
        decode(bytes(payload))


@pytest.mark.parametrize("kept", [0, 1, 10, 31, 32, 100, -1])
def test_cut_bytes_are_refused(kept: int):
    with pytest.raises(CodecError):
        decode(encode(infant_tracks(30))[:kept])


def test_bytes_of_something_else_are_refused():
    with pytest.raises(CodecError, match="format 137"):
        decode(b"\x89PNG\r\n\x1a\n" + bytes(100))


def test_a_later_format_is_named():
    payload = bytearray(encode(infant_tracks(2)))
    payload[0] = 9
    with pytest.raises(CodecError, match="format 9, this version reads 1"):
        decode(bytes(payload))


def test_a_lying_length_with_a_right_checksum_is_refused():
    body = bytearray(encode(infant_tracks(10))[:-4])
    struct.pack_into("<I", body, 5, 11)  # the number of frames
    with pytest.raises(CodecError, match="length"):
        decode(bytes(body) + struct.pack("<I", zlib.crc32(body)))


def test_an_hour_long_gap_inside_a_chunk_costs_little():
    block = infant_tracks(100)
    gap = block.times_us + np.where(np.arange(100) < 50, 0, 3_600_000_000)
    gappy = KeypointBlock(gap, block.flags_t, block.keypoints_tkc, block.scores_tk)
    np.testing.assert_array_equal(decode(encode(gappy)).times_us, gap)
    assert len(encode(gappy)) < len(encode(block)) + 40


def test_absent_minutes_cost_next_to_nothing():
    block = infant_tracks(1500)
    absent = KeypointBlock(
        block.times_us,
        np.ones(1500, np.uint16),
        np.full_like(block.keypoints_tkc, np.nan),
        np.zeros_like(block.scores_tk),
    )
    assert len(encode(absent)) < 400


@pytest.mark.parametrize("jitter_px", [1.0, 1.5, 2.0])
def test_a_minute_of_a_jittery_detector_takes_under_37_bytes_a_frame(jitter_px: float):
    payload = encode(infant_tracks(1500, jitter_px=jitter_px))
    assert len(payload) / 1500 < 37


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e9])
def test_a_place_outside_any_picture_is_refused(value: float):
    block = infant_tracks(3)
    block.keypoints_tkc[1, 2, 0] = value
    with pytest.raises(CodecError, match="outside"):
        encode(block)


@pytest.mark.parametrize("part", ["times_us", "flags_t", "keypoints_tkc", "scores_tk"])
def test_arrays_of_different_lengths_are_refused(part: str):
    arrays = {name: getattr(infant_tracks(4), name) for name in KeypointBlock.__slots__}
    arrays[part] = arrays[part][:3]
    with pytest.raises(CodecError):
        encode(KeypointBlock(**arrays))


def test_frames_between_two_times_are_the_half_open_span():
    block = infant_tracks(10)
    part = block.between(int(block.times_us[2]), int(block.times_us[5]))
    np.testing.assert_array_equal(part.times_us, block.times_us[2:5])


def test_joining_parts_gives_the_whole():
    block = infant_tracks(10)
    assert_same(concatenate([block[:4], block[4:4], block[4:]]), block)
    assert len(concatenate([])) == 0
