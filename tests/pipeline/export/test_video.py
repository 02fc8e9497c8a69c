"""A video that leaves: no face, nothing said of the original, whole or not there."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from db import audit
from db.engine import local_file, writing
from db.errors import NotFound
from db.folders import VIDEOS
from db.lifecycle import open_database
from db.schema import Recording
from db.store import Store
from pipeline.export import ExportError, VideoExport
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag
from tests.support.filmed import (
    N_FRAMES,
    TRUNK_PX,
    TRUTH_TKC,
    detail_energy,
    film,
    pictures,
    truth_block,
)
from tests.support.kept_video import keep_video

NOSE, ANKLE = INFANT13.index("nose"), INFANT13.index("left_ankle")
HEAD_TRUNKS = 0.35


@pytest.fixture
def engine(tmp_path: Path):
    made = open_database(tmp_path / "cotside.db")
    yield made
    made.dispose()


def nobody_listens(_done_s: int, _all_s: int) -> None:
    pass


def exported(engine, recording_id: int, out: Path, *, skeleton: bool = False):
    export = VideoExport(Store(engine), recording_id, out.parent / VIDEOS, out)
    return export.write(skeleton=skeleton, tell=nobody_listens)


def test_the_face_is_gone_in_every_picture_and_the_legs_are_not(engine, tmp_path: Path):
    original, recording = film(engine, tmp_path)
    made = exported(engine, recording, tmp_path / "out.mp4")
    assert (made.n_pictures, made.n_blurred_whole) == (N_FRAMES, 0)
    both = zip(pictures(original), pictures(tmp_path / "out.mp4"), TRUTH_TKC, strict=True)
    for before, after, truth_kc in both:
        head = truth_kc[NOSE], HEAD_TRUNKS * TRUNK_PX
        legs = truth_kc[ANKLE], 0.3 * TRUNK_PX
        assert detail_energy(after, *head) < 0.1 * detail_energy(before, *head)
        assert detail_energy(after, *legs) > 0.3 * detail_energy(before, *legs)


def test_pictures_without_a_pose_or_in_other_hands_are_blurred_all_over(engine, tmp_path: Path):
    block = truth_block()
    block.keypoints_tkc[20:25], block.scores_tk[20:25] = np.nan, 0
    block.flags_t[40:50] = FrameFlag.HANDLED
    block.scores_tk[55, :3] = 0.05
    original, recording = film(engine, tmp_path, block)
    made = exported(engine, recording, tmp_path / "out.mp4", skeleton=False)
    hidden = [*range(20, 25), *range(40, 50), 55]
    assert made.n_blurred_whole == len(hidden)
    before, after = pictures(original), pictures(tmp_path / "out.mp4")
    for n in hidden:
        assert detail_energy(after[n]) < 0.05 * detail_energy(before[n])


def test_pictures_of_which_nothing_is_stored_are_blurred_all_over(engine, tmp_path: Path):
    original, recording = film(engine, tmp_path, truth_block()[:30])
    assert exported(engine, recording, tmp_path / "out.mp4").n_blurred_whole == N_FRAMES - 30
    before, after = pictures(original)[-1], pictures(tmp_path / "out.mp4")[-1]
    assert detail_energy(after) < 0.05 * detail_energy(before)


def test_nothing_of_the_original_s_tags_dates_and_sound_is_left(engine, tmp_path: Path):
    original, recording = film(engine, tmp_path)
    out = tmp_path / "out.mp4"
    exported(engine, recording, out)
    with av.open(str(out)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert not {"creation_time", "title", "comment", "encoder"} & set(container.metadata)
        assert not {"creation_time", "encoder"} & set(container.streams[0].metadata)
        codec = container.streams[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
    content = out.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"Anna" not in content
    assert b"Lavf" not in content
    # The movie's header holds its dates after four bytes: never set.
    header = content.index(b"mvhd") + 8
    assert content[header : header + 8] == bytes(8)
    assert original.read_bytes()[-200:] not in content


def test_the_skeleton_is_drawn_only_where_it_is_asked_for(engine, tmp_path: Path):
    _, recording = film(engine, tmp_path)
    exported(engine, recording, tmp_path / "plain.mp4")
    exported(engine, recording, tmp_path / "drawn.mp4", skeleton=True)
    plain, drawn = (pictures(tmp_path / f"{name}.mp4")[30] for name in ("plain", "drawn"))
    knee = TRUTH_TKC[30, INFANT13.index("left_knee")]
    x, y = (round(float(value)) for value in knee)
    assert np.abs(plain[y, x].astype(int) - drawn[y, x].astype(int)).max() > 40


def test_kept_video_of_a_cot_is_exported_picture_for_picture(engine, tmp_path: Path):
    cot_id = Store(engine).add_cot("Cot 1")
    keep_video(engine, tmp_path / VIDEOS, cot_id, 1_800_000_000_000_000, 3)
    made = exported(engine, 1, tmp_path / "out.mp4")
    assert (made.n_pictures, made.n_blurred_whole) == (45, 0)
    with av.open(str(tmp_path / "out.mp4")) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    np.testing.assert_allclose(times_s, np.arange(45) / 15, atol=1e-3)


def test_work_that_is_interrupted_leaves_nothing(engine, tmp_path: Path):
    original, recording = film(engine, tmp_path)
    before = set(tmp_path.iterdir())

    def interrupt(done_s: int, _all_s: int) -> None:
        if done_s >= 2:
            assert [path for path in tmp_path.iterdir() if path.suffix == ".part"]
            raise KeyboardInterrupt

    export = VideoExport(Store(engine), recording, tmp_path, tmp_path / "out.mp4")
    with pytest.raises(KeyboardInterrupt):
        export.write(skeleton=False, tell=interrupt)
    assert set(tmp_path.iterdir()) == before
    assert original in before


def test_what_cannot_be_exported_is_told_in_one_line(engine, tmp_path: Path):
    store, out = Store(engine), tmp_path / "out.mp4"
    with pytest.raises(NotFound, match="no recording with id 7"):
        VideoExport(store, 7, tmp_path, out)
    original, recording = film(engine, tmp_path)
    out.write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        VideoExport(store, recording, tmp_path, out)
    out.unlink()
    original.write_bytes(original.read_bytes() + b"more")
    with pytest.raises(ExportError, match="changed since"):
        VideoExport(store, recording, tmp_path, out)
    with writing(engine) as session:
        live = Recording(cot_id=store.add_cot("Cot 1"), source="live", name="", started_us=1)
        session.add(live)
        session.flush()
        live_id = live.id
    with pytest.raises(ExportError, match="no video of it is kept"):
        VideoExport(store, live_id, tmp_path, out)
    assert not out.exists()


def run(engine, *arguments: str):
    database = str(local_file(engine))
    return CliRunner().invoke(cli, ["keypoints", "export", *arguments, "--db", database])


def test_the_command_says_what_came_and_leaves_a_trace(engine, tmp_path: Path):
    _, recording = film(engine, tmp_path)
    out = tmp_path / "out.mp4"
    arguments = ["--recording", str(recording), "--format", "video", "--out", str(out)]
    done = run(engine, *arguments, "--skeleton")
    assert done.exit_code == 0, done.output
    assert f"{N_FRAMES} pictures of recording-{recording}, 0 of them" in done.output
    (entry,) = audit.entries(engine)
    assert (entry.action, entry.subject) == ("exported", f"recording/{recording}")
    assert "blurred" in entry.detail
    assert isinstance(run(engine, *arguments).exception, ExportError)
    assert len(audit.entries(engine)) == 1


def test_the_command_finds_kept_video_beside_its_database(engine, tmp_path: Path):
    keep_video(engine, tmp_path / VIDEOS, Store(engine).add_cot("Cot 1"), 1_800_000_000_000_000, 1)
    out = tmp_path / "out.mp4"
    done = run(engine, "--recording", "1", "--format", "video", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "15 pictures" in done.output


def test_a_skeleton_in_a_table_is_refused(engine, tmp_path: Path):
    done = run(engine, "--recording", "1", "--out", str(tmp_path / "a.csv"), "--skeleton")
    assert "--format video" in str(done.exception)
