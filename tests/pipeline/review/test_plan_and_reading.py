"""What is found in files, and what is read of their parts: every picture once, at its time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.errors import Unreadable
from pipeline.review.plan import look_into
from pipeline.review.reading import PartReader
from tests.support.clips import read_number, write_clip


def read_all(plan, lead_us=0, trail_us=0):
    """Return (number, time) of the pictures inside each part."""
    found = []
    for part in plan.parts:
        reader = PartReader(plan, part, lead_us, trail_us)
        shots = [(read_number(s.picture.image_hwc), s.time_us) for s in reader.shots() if s.inside]
        assert len(shots) == part.n_coded
        found += shots
    return found


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov", "avi", "ts"])
def test_parts_give_every_picture_once_with_or_without_lead(tmp_path: Path, container: str):
    codec = "mpeg4" if container == "avi" else "libx264"
    clip = write_clip(tmp_path / f"clip.{container}", n_frames=100, fps=25, codec=codec)
    plan = look_into(clip, part_us=1_000_000)
    assert plan.n_expected == 100
    assert len(plan.parts) > 1
    wanted = [(number, number * 40_000) for number in range(100)]
    for lead_us in (0, 700_000):
        found = read_all(plan, lead_us, lead_us // 2)
        assert [number for number, _ in found] == [number for number, _ in wanted]
        assert all(abs(a[1] - b[1]) <= 1000 for a, b in zip(found, wanted, strict=True))


def test_a_part_depends_on_the_file_alone(tmp_path: Path):
    plan = look_into(write_clip(tmp_path / "clip.mp4", 100, 25), part_us=1_000_000)
    part = plan.parts[-1]
    first, again = (
        [(s.time_us, read_number(s.picture.image_hwc)) for s in PartReader(plan, part).shots()]
        for _ in range(2)
    )
    assert first == again


def test_times_of_a_variable_rate_are_kept(tmp_path: Path):
    times_ms = [0, 33, 100, 133, 400, 433, 466, 900]
    plan = look_into(write_clip(tmp_path / "vfr.mkv", 8, times_ms=times_ms))
    assert [time_us // 1000 for _, time_us in read_all(plan)] == times_ms


def test_a_gap_begins_a_stretch_of_its_own(tmp_path: Path):
    times_ms = [0, 40, 80, 5000, 5040]
    plan = look_into(write_clip(tmp_path / "gap.mkv", 5, times_ms=times_ms))
    shots = list(PartReader(plan, plan.parts[0]).shots())
    assert [shot.begins for shot in shots] == [False, False, False, True, False]


def test_a_bare_stream_without_times_is_read_by_its_rate(tmp_path: Path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=30, fps=25)
    raw = tmp_path / "clip.h264"
    with av.open(str(clip)) as source, av.open(str(raw), "w", format="h264") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    plan = look_into(raw)
    assert not plan.parts[0].has_times
    found = read_all(plan)
    assert [number for number, _ in found] == list(range(30))
    assert [time_us for _, time_us in found] == [n * plan.step_us for n in range(30)]


def test_the_time_of_recording_is_the_files_own_word_where_it_has_one(tmp_path: Path):
    plain = write_clip(tmp_path / "plain.mp4", n_frames=5)
    dated = tmp_path / "dated.mp4"
    stamp = "2026-03-01T22:15:00.000000Z"
    with av.open(str(plain)) as source, av.open(str(dated), "w") as target:
        target.metadata["creation_time"] = stamp
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    plan = look_into(dated)
    assert (plan.started_us, plan.time_from) == (1_772_403_300_000_000, "file")
    assert look_into(plain).time_from == "modification"


def test_a_file_without_pictures_is_unreadable(tmp_path: Path):
    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        samples = np.zeros((1, 8000), np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(Unreadable, match="no video"):
        look_into(sound)
