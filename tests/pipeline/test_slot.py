from __future__ import annotations

import time

import numpy as np
import pytest

from pipeline.slot import Field, FrameSlot, SlotError, SlotState


@pytest.fixture
def slot(tmp_path):
    made = FrameSlot.create(tmp_path / "camera.slot", 64 * 48 * 3)
    yield made
    made.close()


def picture(value: int, height: int = 48, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_a_picture_comes_back_with_its_times(slot):
    image_hwc = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    slot.publish(image_hwc, -5, 1_700_000_000_000_000, 123456789, 7)
    frame = slot.newest()
    assert np.array_equal(frame.image_hwc, image_hwc)
    assert (frame.stream_us, frame.arrival_us, frame.arrival_ns) == (
        -5,
        1_700_000_000_000_000,
        123456789,
    )
    assert (frame.sequence, frame.segment, frame.size_wh) == (0, 7, (64, 48))


def test_nothing_new_is_none_and_a_slow_reader_gets_the_newest_only(slot):
    assert slot.newest() is None
    for value in range(10):
        slot.publish(picture(value), value, 0, 0, 0)
    frame = slot.newest(after_sequence=2)
    assert (frame.sequence, frame.image_hwc[0, 0, 0]) == (9, 9)
    assert slot.newest(after_sequence=9) is None


def test_the_copy_stays_as_it_was(slot):
    slot.publish(picture(1), 0, 0, 0, 0)
    frame = slot.newest()
    for value in range(2, 8):
        slot.publish(picture(value), value, 0, 0, 0)
    assert np.all(frame.image_hwc == 1)


def test_a_size_that_changes_is_told_with_each_picture(slot):
    slot.publish(picture(1), 0, 0, 0, 0)
    slot.publish(picture(2, 24, 32), 1, 0, 0, 1)
    assert slot.newest().image_hwc.shape == (24, 32, 3)


def test_a_picture_larger_than_the_slot_is_an_error(slot):
    slot.publish(picture(1), 0, 0, 0, 0)
    with pytest.raises(SlotError, match="does not fit"):
        slot.publish(picture(1, 480, 640), 0, 0, 0, 0)
    assert slot.newest().image_hwc[0, 0, 0] == 1


def test_a_writer_that_died_while_writing_leaves_the_pictures_before(slot):
    for value in range(3):
        slot.publish(picture(value), value, 0, 0, 0)
    # What SIGKILL leaves in the middle of picture 3: its buffer's lock is odd, its number is in.
    slot._numbers[64] |= 1
    slot._numbers[65] = 3
    assert slot.newest().sequence == 2
    follower = FrameSlot.attach(slot.path)
    follower.publish(picture(77), 0, 0, 0, 1)
    frame = slot.newest(after_sequence=2)
    assert (frame.sequence, frame.segment, frame.image_hwc[0, 0, 0]) == (3, 1, 77)
    follower.close()


def test_states_texts_and_counters_are_seen_by_another_mapping(slot):
    other = FrameSlot.attach(slot.path)
    slot.say(SlotState.OFFLINE, kind="ReadTimeout", line="went silent ü" * 200, codec="h264")
    slot.count(Field.BAD_TIMES, 3)
    slot.beat(2.5)
    texts = other.texts()
    assert (texts.kind, texts.codec, texts.decoder) == ("ReadTimeout", "h264", "")
    assert texts.line.startswith("went silent ü")
    assert other.get(Field.STATE) == SlotState.OFFLINE
    assert other.get(Field.BAD_TIMES) == 3
    assert other.get(Field.ALLOWANCE_NS) == 2_500_000_000
    assert 0 <= time.monotonic_ns() - other.get(Field.HEARTBEAT_NS) < 1_000_000_000
    other.close()


def test_other_files_are_not_taken_for_slots(tmp_path):
    with pytest.raises(SlotError, match="no picture slot"):
        FrameSlot.attach(tmp_path / "none")
    (tmp_path / "text").write_bytes(b"x" * 10000)
    with pytest.raises(SlotError, match="not a picture slot"):
        FrameSlot.attach(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(SlotError, match="not a picture slot"):
        FrameSlot.attach(tmp_path / "empty")


def test_the_file_is_private_and_takes_no_memory_before_the_first_picture(tmp_path):
    slot = FrameSlot.create(tmp_path / "big.slot")
    status = slot.path.stat()
    assert status.st_mode & 0o777 == 0o600
    assert status.st_size > 300_000_000
    assert status.st_blocks * 512 < 100_000
    slot.publish(np.zeros((720, 1280, 3), np.uint8), 0, 0, 0, 0)
    assert slot.path.stat().st_blocks * 512 < 9_000_000
    slot.close()
