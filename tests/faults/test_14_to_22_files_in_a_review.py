"""Faults 14–18, 21 and 22 in one review: each bad file gets its line, and the batch goes on."""

from __future__ import annotations

import html
import os
import socket
from pathlib import Path

import pytest

from app.views.review_index import index_html
from db.lifecycle import open_read_only
from db.store import Store
from tests.support.clips import write_clip
from tests.support.reviewing import review

EMOJI = "😀 <b>bold " + "x" * 200 + ".mp4"
NO_LETTERS = os.fsdecode(b"night\xff\xfe.mp4")
N_FRAMES = 60


def without_index(clip: Path, out: Path) -> Path:
    """Cut an MP4 before its index, which lies at its end."""
    content = clip.read_bytes()
    out.write_bytes(content[: content.index(b"moov") - 4])
    return out


def cut(clip: Path, out: Path, share: float) -> Path:
    content = clip.read_bytes()
    out.write_bytes(content[: int(share * len(content))])
    return out


def flipped(clip: Path, out: Path) -> Path:
    """Turn bits over in the middle of the pictures."""
    content = bytearray(clip.read_bytes())
    for at in range(len(content) // 3, len(content) // 2, len(content) // 40):
        content[at] ^= 0x55
    out.write_bytes(content)
    return out


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Review a folder of bad files and some good ones; return outcomes by name, and more."""
    folder = tmp_path_factory.mktemp("faults")
    given = folder / "given"
    given.mkdir()
    clip = write_clip(folder / "clip.mp4", N_FRAMES)
    avi = write_clip(folder / "clip.avi", N_FRAMES, codec="mpeg4")
    (given / "empty.mp4").write_bytes(b"")
    (given / "text.mp4").write_text("just words\n" * 99)
    without_index(clip, given / "no_index.mp4")
    cut(avi, given / "cut.avi", 0.4)
    stream = write_clip(folder / "clip.ts", N_FRAMES)
    (given / "whole.ts").write_bytes(stream.read_bytes())
    (given / "cut.ts").write_bytes(stream.read_bytes()[: 60 * 188 + 100])
    (given / NO_LETTERS).write_bytes(clip.read_bytes())
    flipped(clip, given / "flipped.mp4")
    (given / "a_video.dat").write_bytes(clip.read_bytes())
    (given / EMOJI).write_bytes(clip.read_bytes())
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    port = listener.getsockname()[1]
    files = [given / "near.m3u8", given / "far.m3u8"]
    files[0].write_text(f"#EXTM3U\n#EXTINF:2,\nfile://{clip}\n")
    files[1].write_text(f"#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:{port}/a.ts\n")
    videos = sorted(given.iterdir())
    outcomes = {o.name: o for o in review(videos, folder, workers=2, overlay=False)}
    yield outcomes, listener, folder
    listener.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [("empty.mp4", "empty"), ("text.mp4", "not a video"), ("no_index.mp4", "not a video")],
)
def test_14_what_cannot_be_read_gets_one_line_and_the_batch_goes_on(batch, name, words):
    outcomes, _, _ = batch
    assert outcomes[name].verdict == "failed"
    assert words in outcomes[name].line
    assert "\n" not in outcomes[name].line
    assert outcomes["a_video.dat"].verdict == "done"


@pytest.mark.slow
def test_15_a_cut_file_says_how_much_of_it_there_was(batch):
    outcome = batch[0]["cut.avi"]
    assert outcome.verdict == "incomplete"
    words, _, share = outcome.line.partition(" ")
    n_read, n_expected = (int(number) for number in share.split("/"))
    assert (words, n_expected) == ("incomplete", N_FRAMES)
    assert 0 < n_read < N_FRAMES
    assert outcome.summary["frames"] == n_read


@pytest.mark.slow
def test_15_a_transport_stream_cut_in_a_packet_is_never_done(batch):
    outcomes = batch[0]
    assert outcomes["whole.ts"].verdict == "done"
    cut_one = outcomes["cut.ts"]
    assert cut_one.verdict == "incomplete"
    assert cut_one.line == f"incomplete {cut_one.summary['frames']}/{cut_one.summary['frames'] + 1}"


@pytest.mark.slow
def test_16_flipped_bits_are_never_silent(batch):
    outcome = batch[0]["flipped.mp4"]
    assert outcome.verdict == "incomplete"
    assert outcome.line.startswith("incomplete ")
    assert outcome.line.endswith(f"/{N_FRAMES}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["near.m3u8", "far.m3u8"])
def test_17_and_18_playlists_are_refused_and_no_connection_is_made(batch, name):
    outcomes, listener, _ = batch
    assert outcomes[name].verdict == "failed"
    assert "playlist" in outcomes[name].line
    with pytest.raises(TimeoutError):
        listener.accept()


@pytest.mark.slow
def test_21_a_strange_name_is_stored_safely_and_shown_escaped(batch):
    outcomes, _, folder = batch
    outcome = outcomes[EMOJI]
    assert outcome.verdict == "done"
    assert outcome.folder.isascii()
    assert (folder / "out" / "videos" / outcome.folder / "summary.json").exists()
    page = index_html(folder / "out", [outcome])
    assert html.escape(EMOJI) in page
    assert "<b>bold" not in page


@pytest.mark.slow
def test_21_a_name_that_is_no_text_is_reviewed_like_any_other(batch):
    outcomes, _, folder = batch
    (outcome,) = [one for name, one in outcomes.items() if name.startswith("night")]
    assert (outcome.verdict, outcome.name) == ("done", "night??.mp4")
    engine = open_read_only(folder / "review.db")
    file = Store(engine).review_of(outcome.summary["recording"])
    engine.dispose()
    assert file.path.endswith("night\\xff\\xfe.mp4")


@pytest.mark.slow
def test_22_a_wrong_extension_is_judged_by_content(batch):
    outcome = batch[0]["a_video.dat"]
    assert (outcome.verdict, outcome.summary["frames"]) == ("done", N_FRAMES)
    assert outcome.summary["codec"] == "h264"
