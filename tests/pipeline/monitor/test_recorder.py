import time

import numpy as np
import pytest

from db.lifecycle import open_database
from db.schema import Model
from db.store import Store
from db.writer import Writer
from pipeline.clock import UtcClock
from pipeline.monitor.recorder import CotRecorder, Desk, SegmentFacts
from pipeline.types import Frame, FrameFlag, Pose

PICTURE = np.zeros((48, 64, 3), np.uint8)


@pytest.fixture
def engine(tmp_path):
    engine = open_database(tmp_path / "cotside.db")
    yield engine
    engine.dispose()


@pytest.fixture
def cot_id(engine):
    return Store(engine).upsert_cot("Cot 1", camera={"name": "c", "url": "rtsp://h/s"})


@pytest.fixture
def desk(engine):
    writer = Writer(engine, flush_s=0.05)
    model = Model(name="m", version="1", sha256="0" * 64, skeleton="infant13", manifest={})
    desk = Desk(writer, UtcClock(), "instance", model)
    writer.start()
    yield desk
    desk.executor.shutdown(wait=True)
    writer.close()


@pytest.fixture
def recorder(desk, engine, cot_id):
    return CotRecorder(desk, cot_id, Store(engine).cameras()[0].id, "Cot 1")


def make_frame(number, segment=0, image=PICTURE, stream_us=None):
    at_us = number * 40_000 if stream_us is None else stream_us
    arrival_ns = time.monotonic_ns() if stream_us is None else stream_us * 1000
    return Frame(image, at_us, 0, arrival_ns, number, segment)


def make_pose(x=10.0):
    return Pose(np.full((13, 2), x, np.float32), np.full(13, 0.9, np.float32), FrameFlag.NONE)


def facts(frame):
    return lambda: SegmentFacts(frame.size_wh, 25.0, None)


def record(recorder, desk, frames):
    times_us = []
    for frame in frames:
        times_us.append(recorder.take(frame, make_pose(float(frame.sequence)), facts(frame))[0])
    recorder.restart()
    desk.executor.shutdown(wait=True)
    desk.writer.close()
    return times_us


def test_every_frame_is_stored_with_the_streams_own_intervals(engine, recorder, desk, cot_id):
    base_us = time.monotonic_ns() // 1000
    offsets_us = [0, 40_000, 95_000, 120_000]
    frames = [make_frame(n, stream_us=base_us + offset) for n, offset in enumerate(offsets_us)]
    times_us = record(recorder, desk, frames)
    series = Store(engine).keypoints(cot_id=cot_id)
    np.testing.assert_array_equal(series.block.times_us, times_us)
    np.testing.assert_array_equal(series.block.times_us - times_us[0], offsets_us)
    np.testing.assert_array_equal(series.block.keypoints_tkc[:, 0, 0], [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (make_frame(1, segment=1), "stream"),
        (make_frame(1, image=np.zeros((96, 128, 3), np.uint8)), "resolution"),
        (make_frame(1, stream_us=90_000_000_000), "drift"),
    ],
)
def test_what_breaks_the_series_begins_a_segment(engine, recorder, desk, second, reason):
    record(recorder, desk, [make_frame(0), second])
    store = Store(engine)
    (recording,) = store.recordings()
    segments = store.segments(recording.id)
    assert [segment.reason for segment in segments] == ["start", reason]
    assert recording.clean_end is True


def test_a_restart_begins_another_recording_and_marks_the_clock(engine, recorder, desk):
    recorder.take(make_frame(0), make_pose(), facts(make_frame(0)))
    recorder.restart(clock_suspect=True)
    record(recorder, desk, [make_frame(1)])
    first, second = sorted(Store(engine).recordings(), key=lambda recording: recording.id)
    assert first.clock_suspect
    assert not second.clock_suspect


def test_frames_wait_while_the_database_is_slow_and_none_is_lost(engine, recorder, desk, cot_id):
    blocker = desk.executor.submit(time.sleep, 0.3)
    frames = [make_frame(number) for number in range(20)]
    began_s = time.monotonic()
    for frame in frames:
        recorder.take(frame, make_pose(), facts(frame))
    assert time.monotonic() - began_s < 0.25
    assert not blocker.done()
    record(recorder, desk, [])
    assert len(Store(engine).keypoints(cot_id=cot_id).block.times_us) == 20
