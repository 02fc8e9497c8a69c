import errno
import hashlib
from pathlib import Path

import pytest

from tests.support.file_server import FileServer
from training.download import Remote, fetch
from training.errors import DownloadError

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def remote(server, **changes):
    return Remote(**{"address": server.address, "sha256": DIGEST[:8], **changes})


def test_a_file_comes_whole_with_progress_and_is_fetched_once(tmp_path):
    seen = []
    with FileServer(CONTENT) as server:
        path = fetch(remote(server), tmp_path, lambda *at: seen.append(at))
        assert fetch(remote(server), tmp_path) == path
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(server.asked) == 1
    assert {entry.name for entry in tmp_path.iterdir()} == {"weights.pth", "weights.pth.sha256"}
    assert (tmp_path / "weights.pth.sha256").read_text() == f"{DIGEST}  weights.pth\n"


@pytest.mark.parametrize("sealed", [True, False])
def test_a_file_that_was_changed_since_is_refused_and_left_alone(tmp_path, sealed):
    """Also beyond the eight digits that were published, by what was written down at the fetch."""
    with FileServer(CONTENT) as server:
        path = fetch(remote(server), tmp_path)
        path.write_bytes(CONTENT + b"!")
        if not sealed:
            (tmp_path / "weights.pth.sha256").unlink()
        with pytest.raises(DownloadError, match=r"was changed.*delete it to have it fetched again"):
            fetch(remote(server, **({"sha256": ""} if sealed else {})), tmp_path)
    assert path.read_bytes() == CONTENT + b"!"
    assert len(server.asked) == 1


def test_a_cut_connection_is_taken_up_where_it_ended(tmp_path):
    with FileServer(CONTENT, cuts=2, cut_after=3000) as server:
        path = fetch(remote(server), tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == ["bytes=0-", "bytes=3000-", "bytes=6000-"]


def test_a_connection_that_brings_nothing_more_ends_and_the_next_call_goes_on(tmp_path):
    with FileServer(CONTENT, cuts=99, cut_after=0) as server:
        (tmp_path / "weights.pth.part").write_bytes(CONTENT[:500])
        with pytest.raises(DownloadError, match="after 500 bytes; run again to go on"):
            fetch(remote(server), tmp_path)
        server.cuts = 0
        assert fetch(remote(server), tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=500-"


def test_a_server_without_ranges_starts_anew_and_doubles_nothing(tmp_path):
    (tmp_path / "weights.pth.part").write_bytes(CONTENT[:500])
    with FileServer(CONTENT, ranges=False) as server:
        assert fetch(remote(server), tmp_path).read_bytes() == CONTENT


def test_a_file_with_another_hash_is_deleted(tmp_path):
    with (
        FileServer(CONTENT[:-1] + b"!") as server,
        pytest.raises(DownloadError, match=f"not {DIGEST[:8]}; it is not the published"),
    ):
        fetch(remote(server), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_size_is_refused_before_it_is_fetched(tmp_path):
    with (
        FileServer(CONTENT) as server,
        pytest.raises(DownloadError, match="holds 10240 bytes, not 99"),
    ):
        fetch(remote(server, size_bytes=99), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_said_at_once(tmp_path):
    with (
        FileServer(CONTENT) as server,
        pytest.raises(DownloadError, match="the server answered 404"),
    ):
        fetch(Remote(server.address + "x", DIGEST), tmp_path)
    assert not server.asked


def test_no_server_is_one_line(tmp_path):
    with FileServer(CONTENT) as server:
        gone = remote(server)
    with pytest.raises(DownloadError, match="refused after 0 bytes"):
        fetch(gone, tmp_path)


def test_a_full_disk_is_one_line_and_keeps_what_came(tmp_path, monkeypatch):
    opened = Path.open

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, chunk):
            self.file.write(chunk[:700])
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(path, mode="r", *args, **kwargs):
        file = opened(path, mode, *args, **kwargs)
        return Full(file) if "b" in mode and mode != "rb" else file

    monkeypatch.setattr(Path, "open", full)
    with FileServer(CONTENT) as server:
        with pytest.raises(DownloadError, match="cannot be written: No space left on device"):
            fetch(remote(server), tmp_path)
        monkeypatch.undo()
        assert (tmp_path / "weights.pth.part").stat().st_size == 700
        assert fetch(remote(server), tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=700-"
