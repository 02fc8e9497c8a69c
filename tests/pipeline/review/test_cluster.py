"""A review on a Ray cluster whose machines die, and addresses where there is none."""

from __future__ import annotations

import socket
import time
import uuid
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import psutil
import pytest

from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import ClusterError, ReviewError
from pipeline.models.session import load_model
from pipeline.review.cluster import Badge, RayCrew, work
from pipeline.review.crew import Done, Orders, Progress, TaskKey
from pipeline.review.lead import Request, Review
from pipeline.review.tools import Setup
from tests.support.postgres import new_database, running_server, why_not
from tests.support.ray_cluster import running_cluster
from tests.support.reviewing import Listener, infant_clip, review, stored

N_FRAMES, PART_US = 240, 2_000_000
DASHBOARD_PORT = 8265
KEY = TaskKey("part", 0)


class Killer(Listener):
    """Kills a machine of the cluster that is at work, as soon as pictures are done."""

    def __init__(self, raylets: tuple[int, ...]) -> None:
        super().__init__()
        self.raylets, self.killed = raylets, False

    def advanced(self, number: int, n_done: int) -> None:
        super().advanced(number, n_done)
        busy = [raylet for raylet in self.raylets if n_done and is_at_work(raylet)]
        if busy and not self.killed:
            kill_machine(busy[0])
            self.killed = True


def kill_machine(raylet: int) -> None:
    """Kill all of a machine's processes, as a cut of its power would."""
    for process in [*psutil.Process(raylet).children(recursive=True), psutil.Process(raylet)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def is_at_work(raylet: int) -> bool:
    """Tell whether a process of that machine is at a task: Ray names it after the function."""
    try:
        titles = [child.cmdline()[:1] for child in psutil.Process(raylet).children(recursive=True)]
    except psutil.Error:
        return False
    return ["ray::work"] in titles


@pytest.fixture
def database():
    if reason := why_not():
        pytest.skip(reason)
    with running_server() as server:
        yield new_database(server, f"t{uuid.uuid4().hex}")


@pytest.fixture
def lost(monkeypatch) -> list[str]:
    """Return why tasks were handed out again, as it happens."""
    reasons: list[str] = []
    retry = Orders.retry

    def told(self, order, why, attempts):
        reasons.append(why)
        return retry(self, order, why, attempts)

    monkeypatch.setattr(Orders, "retry", told)
    return reasons


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_machine_of_two_that_is_killed_loses_nothing_and_doubles_nothing(
    tmp_path: Path, database: str, lost: list[str]
):
    clip = infant_clip(tmp_path / "clip.mp4", N_FRAMES)
    with running_cluster() as cluster:
        request = Request(
            (clip,),
            tmp_path / "ray",
            database,
            Setup(None, "cpu"),
            engine="ray",
            cluster=cluster.address,
            part_us=PART_US,
        )
        killer = Killer(cluster.raylets)
        (outcome,) = Review(request, killer).run()
    assert killer.killed
    assert lost, "the machine that was killed was at no work"
    assert (outcome.verdict, outcome.line) == ("done", "")
    assert not list(request.out.rglob("*.part"))

    (alone,) = review([clip], tmp_path, part_us=PART_US, workers=2)
    wanted = stored(tmp_path, alone.summary["recording"]).block
    engine = open_database(database, create=False)
    found = Store(engine).keypoints(recording_id=outcome.summary["recording"]).block
    assert len(Store(engine).recordings()) == 1
    engine.dispose()
    assert len(found) == N_FRAMES
    np.testing.assert_array_equal(found.times_us, wanted.times_us)
    np.testing.assert_array_equal(found.keypoints_tkc, wanted.keypoints_tkc)
    assert outcome.summary | {"recording": 0} == alone.summary | {"recording": 0}


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Return the addresses at which a process and those that it began listen."""
    found = []
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            found += [it.laddr for it in one.net_connections("inet") if it.status == "LISTEN"]
    return [(it.ip, it.port) for it in found]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_cluster_that_is_begun_here_works_and_listens_on_the_loopback_address_only():
    setup = Setup(None, "cpu")
    badge = Badge.of(load_model(None, "cpu").manifest.sha256)
    crew = RayCrew(1, setup, badge, None)
    try:
        crew.give(KEY, Answer())
        reports = []
        while crew.is_busy:
            reports += crew.reports(0.5)
        heard = listening(psutil.Process())
    finally:
        crew.close()
    assert reports == [Progress(KEY, 0), Progress(KEY, 7), Done(KEY, "cpu")]
    assert heard
    assert {ip.removeprefix("::ffff:") for ip, _ in heard} == {"127.0.0.1"}
    assert DASHBOARD_PORT not in {port for _, port in heard}


def crew_at(address: str) -> None:
    RayCrew(1, Setup(None, "cpu"), Badge("1", "0"), address)


def test_an_address_that_nobody_answers_is_told_in_one_line_within_seconds():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    began_s = time.monotonic()
    with pytest.raises(ClusterError) as caught:
        crew_at(f"127.0.0.1:{port}")
    assert time.monotonic() - began_s < 10
    assert f"no Ray cluster answers at 127.0.0.1:{port}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_answers_and_is_no_cluster_is_told_within_seconds(said: bytes, monkeypatch):
    monkeypatch.setattr("pipeline.review.cluster._KNOCK_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(said)
                line.recv(100)
                time.sleep(1.0)

        thread = Thread(target=answer)
        thread.start()
        began_s = time.monotonic()
        with pytest.raises(ClusterError, match="no Ray cluster answers"):
            crew_at(f"127.0.0.1:{server.getsockname()[1]}")
        assert time.monotonic() - began_s < 10
        thread.join()


@pytest.mark.parametrize("address", ["here", "host:", ":6379", "host:x", "host:99999"])
def test_an_address_that_is_none_says_how_to_write_one(address: str):
    with pytest.raises(ClusterError, match="HOST:PORT"):
        crew_at(address)


def test_a_database_in_a_file_is_refused_before_anything_is_made(tmp_path: Path):
    with pytest.raises(ReviewError, match="PostgreSQL"):
        review([tmp_path / "a.mp4"], tmp_path, engine="ray")
    assert not (tmp_path / "out").exists()


class Answer:
    """A task that a worker can do at once."""

    def run(self, tools, tell):
        tell(7)
        return tools.setup.provider


def test_a_worker_tells_its_progress_and_then_its_answer():
    setup = Setup(None, "cpu")
    badge = Badge.of(load_model(None, "cpu").manifest.sha256)
    assert list(work(setup, badge, Answer())) == [("progress", 0), ("progress", 7), ("done", "cpu")]


@pytest.mark.parametrize(
    ("badge", "words"),
    [(Badge("0.0.0", "0"), "the lead 0.0.0"), (Badge.of("0" * 64), "another model")],
)
def test_a_machine_that_does_not_fit_the_lead_says_so_and_works_nothing(badge: Badge, words: str):
    ((kind, name, line),) = work(Setup(None, "cpu"), badge, Answer())
    assert (kind, name) == ("failed", "ClusterError")
    assert words in line
