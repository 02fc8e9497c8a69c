"""FAULTS 57: erasure of an infant: rows, files and backups listed, then gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

import db.advisory_schema  # noqa: F401  (its tables belong to the whole)
from db import audit, erasure, infants, ward
from db.annotation_schema import AnnotationFrame
from db.audit import Actor
from db.backup import backup
from db.codec import KeypointBlock, encode
from db.engine import reading, writing
from db.erasure import HOLDS_NOTHING, PARTS, erase, erasing, holdings
from db.errors import NotFound, RowRejected
from db.infants import InfantAges
from db.job_schema import ExportJob, ReviewJob, TrainingJob
from db.lifecycle import open_database
from db.schema import (
    Base,
    Chunk,
    Event,
    MinuteRollup,
    Model,
    Recording,
    ReviewedFile,
    Segment,
    Stay,
    Video,
)
from db.store import Store
from db.times import MINUTE_US

BY = Actor("eva", "administrator")
START_US = 29_000_000 * MINUTE_US
FPS = 5


@dataclass
class Ward:
    """Ada lay in A for 2.5 min, then in B for 1 min; Ben in B until then, afterwards in A."""

    engine: Engine
    store: Store
    folder: Path
    clock: Clock
    ada: int
    ben: int
    a: int
    b: int


@dataclass
class Clock:
    us: int = START_US

    def __call__(self) -> int:
        return self.us


@pytest.fixture
def lain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    clock = Clock()
    for module in (infants, ward, erasing):
        monkeypatch.setattr(module, "now_us", clock)
    engine = open_database(tmp_path / "cotside.db")
    store = Store(engine)
    a, b = store.add_cot("A"), store.add_cot("B")
    ada = store.admit_infant("P-1", InfantAges(200, 20_000), cot_id=a, by=BY)
    ben = store.admit_infant("P-2", InfantAges(), cot_id=b, by=BY)
    clock.us += 150_000_000
    store.move_infant(ada, b, by=BY)
    store.move_infant(ben, a, by=BY)
    clock.us += MINUTE_US
    store.end_stay(ada, by=BY)
    made = Ward(engine, store, tmp_path / "videos", clock, ada, ben, a, b)
    made.folder.mkdir()
    for cot_id in (a, b):
        record(made, cot_id)
    clock.us += 5 * MINUTE_US
    yield made
    engine.dispose()


def record(lain: Ward, cot_id: int, minutes: int = 5) -> None:
    """Record a cot over everything: chunks, minutes, an event and a piece of video a minute."""
    with writing(lain.engine) as session:
        row = Recording(cot_id=cot_id, source="live", name="", started_us=START_US)
        model = session.scalar(select(Model)) or Model(
            name="m", version="1", sha256="0" * 64, skeleton="infant13", manifest={}
        )
        session.add_all([row, model])
        session.flush()
        segment = Segment(
            recording_id=row.id, number=0, started_us=START_US, width=640, height=480, reason=""
        )
        session.add(segment)
        session.flush()
        for number in range(minutes):
            minute_us = START_US + number * MINUTE_US
            session.add(_chunk(segment.id, model.id, minute_us, seed=cot_id * 10 + number))
            session.add(_minute(row.id, minute_us))
            session.add(Event(cot_id=cot_id, time_us=minute_us + 5, kind="x", message="m"))
            path = f"cot-{cot_id}-{number}.mp4"
            (lain.folder / path).write_bytes(b"video")
            session.add(
                Video(
                    recording_id=row.id, segment_id=segment.id, path=path, bytes=5, codec="h264",
                    start_us=minute_us, end_us=minute_us + MINUTE_US - 1,
                )
            )  # fmt: skip


def _chunk(segment_id: int, model_id: int, minute_us: int, seed: int) -> Chunk:
    times_us = minute_us + np.arange(60 * FPS, dtype=np.int64) * (1_000_000 // FPS)
    random = np.random.default_rng(seed)
    keypoints_tkc = random.uniform(0, 600, (len(times_us), 13, 2)).astype(np.float32)
    scores_tk = np.full((len(times_us), 13), 0.9, np.float32)
    block = KeypointBlock(times_us, np.zeros(len(times_us), np.uint16), keypoints_tkc, scores_tk)
    return Chunk(
        segment_id=segment_id, model_id=model_id, start_us=int(times_us[0]),
        end_us=int(times_us[-1]), n_frames=len(block), payload=encode(block),
    )  # fmt: skip


def _minute(recording_id: int, minute_us: int) -> MinuteRollup:
    return MinuteRollup(
        recording_id=recording_id, minute_us=minute_us, version=1, frames_expected=1,
        frames_seen=1, frames_assessable=1, coverage=1.0, quantity_of_motion_mean=1.0,
        quantity_of_motion_sd=0.0, quantity_of_motion_max=0.0, limbs={}, reasons={},
    )  # fmt: skip


def erase_ada(lain: Ward, typed: str = "P-1") -> erasure.ErasureReport:
    return erase(lain.engine, lain.ada, typed=typed, data_folder=lain.folder.parent, by=BY)


def frames(lain: Ward, cot_id: int) -> np.ndarray:
    return (lain.store.keypoints(cot_id=cot_id).block.times_us - START_US) // 1_000_000


def test_every_table_is_erased_or_says_why_it_holds_nothing_of_an_infant():
    erased = {part.table.__tablename__ for part in PARTS} | {"stays", "infants"}
    assert erased | set(HOLDS_NOTHING) == set(Base.metadata.tables)
    assert not erased & set(HOLDS_NOTHING)


def test_what_there_is_is_listed_with_files_and_what_cannot_be_reached(lain: Ward, tmp_path: Path):
    (tmp_path / "cotside.db.schema-0001-x.backup").write_bytes(b"")
    backup(tmp_path / "cotside.db", tmp_path / "elsewhere.db")
    audit.note(
        lain.engine, "backed up", "database", who="root", detail={"file": "/mnt/elsewhere.db"}
    )
    listed = holdings(lain.engine, lain.ada)
    assert listed.pseudonym == "P-1"
    assert listed.counts["keypoint chunks"] == 3 + 2
    assert listed.counts["minutes of movement"] == 3 + 2
    assert listed.counts["events"] == 3 + 1
    assert [file.path for file in listed.files] == [
        f"videos/cot-{name}.mp4" for name in ("1-0", "1-1", "1-2", "2-2", "2-3")
    ]
    assert "backup cotside.db.schema-0001-x.backup, beside the database" in listed.beyond
    assert "backup /mnt/elsewhere.db, made by root" in listed.beyond


def test_what_is_the_infant_s_is_gone_and_what_is_another_s_is_untouched(lain: Ward):
    ben_before = lain.store.keypoints(cot_id=lain.a, from_us=START_US + 150_000_000).block
    report = erase_ada(lain)
    assert report.complete
    assert set(report.after.values()) == {0}
    assert frames(lain, lain.a).tolist() == [s for s in range(150, 300) for _ in range(FPS)]
    of_b = [*range(150), *range(210, 300)]
    assert frames(lain, lain.b).tolist() == [s for s in of_b for _ in range(FPS)]
    ben_after = lain.store.keypoints(cot_id=lain.a).block
    np.testing.assert_array_equal(ben_before.keypoints_tkc, ben_after.keypoints_tkc)
    left = sorted(path.name for path in lain.folder.iterdir())
    assert left == ["cot-1-3.mp4", "cot-1-4.mp4", "cot-2-0.mp4", "cot-2-1.mp4", "cot-2-4.mp4"]
    with pytest.raises(NotFound):
        lain.store.infant(lain.ada)
    with reading(lain.engine) as session:
        assert set(session.scalars(select(Stay.infant_id))) == {lain.ben}


def test_not_a_byte_of_its_keypoints_is_left_in_the_database_s_files(lain: Ward, tmp_path: Path):
    with reading(lain.engine) as session:
        query = select(Chunk.payload).where(Chunk.start_us < START_US + 120_000_000)
        payloads = session.scalars(query.order_by(Chunk.segment_id)).all()
    own, another = payloads[0], payloads[2]
    lain.engine.dispose()
    (file,) = [path for path in tmp_path.iterdir() if path.name == "cotside.db"]
    assert own[200:260] in file.read_bytes()
    erase_ada(lain)
    lain.engine.dispose()
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("cotside.db*"))
    assert another[200:260] in everything
    parts = [own[start : start + 40] for start in range(0, len(own) - 40, 400)]
    telling = [part for part in parts if len(set(part)) > 20]  # some stretches are all zero
    assert len(telling) > 10
    assert not [part for part in telling if part in everything]
    assert b"P-1" not in everything


def test_the_audit_trail_tells_of_it_without_the_data(lain: Ward):
    erase_ada(lain)
    entries = audit.entries(lain.engine, subject=f"infant/{lain.ada}")
    assert [entry.action for entry in entries][:2] == ["infant erased", "erasure began"]
    assert "P-1" not in "".join(entry.detail + entry.subject for entry in entries)
    assert audit.detail_of(entries[0])["rows left"] == 0
    assert audit.verify(lain.engine).whole


@pytest.mark.parametrize("typed", ["", "p-1", "P-1 ", "P-2"])
def test_nothing_goes_unless_the_pseudonym_is_typed(lain: Ward, typed: str):
    before = holdings(lain.engine, lain.ada)
    with pytest.raises(RowRejected, match="nothing was erased"):
        erase_ada(lain, typed)
    assert holdings(lain.engine, lain.ada) == before


def test_an_infant_in_a_cot_is_not_erased_nor_one_whose_last_minutes_are_being_stored(lain: Ward):
    with pytest.raises(RowRejected, match="still lies in a cot"):
        erase(lain.engine, lain.ben, typed="P-2", data_folder=lain.folder.parent, by=BY)
    lain.store.end_stay(lain.ben, by=BY)
    with pytest.raises(RowRejected, match="Wait"):
        erase(lain.engine, lain.ben, typed="P-2", data_folder=lain.folder.parent, by=BY)
    lain.clock.us += 2 * MINUTE_US
    assert erase(lain.engine, lain.ben, typed="P-2", data_folder=lain.folder.parent, by=BY).complete


def test_an_erasure_that_was_cut_short_is_finished_by_another(
    lain: Ward, monkeypatch: pytest.MonkeyPatch
):
    finish = erasing._finish

    def power_cut(*_given: object) -> dict[str, int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasing, "_finish", power_cut)
    with pytest.raises(KeyboardInterrupt):
        erase_ada(lain)
    assert lain.store.infant(lain.ada).pseudonym == "P-1"
    monkeypatch.setattr(erasing, "_finish", finish)
    assert erase_ada(lain).complete


def test_a_file_that_cannot_be_deleted_is_named(lain: Ward):
    blocked = lain.folder / "cot-1-0.mp4"
    blocked.unlink()
    blocked.mkdir()
    report = erase_ada(lain)
    assert report.files_left == ("videos/cot-1-0.mp4",)
    assert not report.complete


def test_a_path_that_leads_out_of_the_folder_is_not_followed(lain: Ward, tmp_path: Path):
    outside = tmp_path / "precious"
    outside.write_text("kept")
    with writing(lain.engine) as session:
        video = session.scalars(select(Video).order_by(Video.id)).first()
        assert video is not None
        video.path = "../precious"
    assert erase_ada(lain).files_left == ("videos/../precious",)
    assert outside.read_text() == "kept"


def test_a_recording_made_under_its_name_goes_as_a_whole(lain: Ward):
    with writing(lain.engine) as session:
        row = Recording(source="file", name="clip.mp4", infant_id=lain.ada, started_us=1)
        session.add(row)
        session.flush()
        recording_id = row.id
    assert holdings(lain.engine, lain.ada).counts["recordings"] == 1
    erase_ada(lain)
    with pytest.raises(NotFound):
        lain.store.recording(recording_id)


def test_what_is_deleted_is_overwritten_on_every_connection(lain: Ward):
    with closing(lain.engine.raw_connection()) as pooled:
        driver = pooled.driver_connection
        assert driver is not None
        assert driver.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_pictures_labelled_of_the_infant_go_with_their_labels(lain: Ward):
    pictures = lain.folder.parent / "pictures"
    dataset = lain.folder.parent / "datasets" / "labels-1" / "images"
    pictures.mkdir()
    dataset.mkdir(parents=True)
    job = TrainingJob(by="eva", out="/x", request={"dataset": "labels-1"})
    lain.store.training_jobs.add(job)
    recording_id = lain.store.recordings(lain.a)[0].id
    seconds = {"hers": 10, "his": 200, "imported": None}
    ids = {}
    for name, second in seconds.items():
        for folder in (pictures, dataset):
            (folder / f"{name}.jpg").write_bytes(b"picture")
        ids[name], _ = lain.store.add_frame(
            AnnotationFrame(
                sha256=name, file=f"{name}.jpg", width=640, height=480, bytes=7, source="x",
                time_us=None if second is None else START_US + second * 1_000_000,
                recording_id=None if second is None else recording_id,
                infant_id=lain.ada if second is None else None, queued_by="eva",
            )
        )  # fmt: skip
        lain.store.save_annotation(ids[name], "eva", {"nose": (1, 2, 2)})
    report = erase_ada(lain)
    assert report.complete
    assert report.before.counts["pictures to label"] == 2
    for folder in (pictures, dataset):
        assert [path.name for path in folder.iterdir()] == ["his.jpg"]
    assert any("labels-1" in line for line in report.before.beyond)
    assert [one.frame.id for one in lain.store.labelled()] == [ids["his"]]


REVIEWED_FILES = ("overlay.mp4", "keypoints.csv", "keypoints.parquet", "summary.json")


@dataclass
class Film:
    """A film that was sent, reviewed by a job, and told to be an infant's; its files lie there."""

    recording_id: int
    original: Path
    results: Path


def reviewed_film(lain: Ward, number: int, infant_id: int | None) -> Film:
    data = lain.folder.parent
    original = data / "uploads" / f"{number:032x}"
    out = data / "reviews" / "job" / "out"
    results = out / "videos" / f"film-{number}"
    results.mkdir(parents=True)
    original.parent.mkdir(exist_ok=True)
    for path in (original, original.with_name(f"{original.name}.json")):
        path.write_bytes(b"video")
    for name in REVIEWED_FILES:
        (results / name).write_bytes(b"made of it")
    review = ReviewedFile(
        run="r", path=str(original), fingerprint="f", out=str(results), n_expected=1, verdict="done"
    )
    recording = Recording(source="file", name="clip.mp4", started_us=1)
    recording_id = lain.store.begin_review(recording, review)
    lain.store.tell_infant(recording_id, infant_id, by=BY)
    return Film(recording_id, original, results)


@pytest.fixture
def films(lain: Ward) -> tuple[Film, Film]:
    """Ada's film and Ben's, reviewed by one job."""
    hers, his = reviewed_film(lain, 1, lain.ada), reviewed_film(lain, 2, lain.ben)
    out = hers.results.parent.parent
    (out / "index.html").write_text("a picture of each")
    files = [{"folder": "film-1", "name": "a"}, {"folder": "film-2", "name": "b"}]
    (out / "review.json").write_text(json.dumps({"run": "r", "files": files}))
    (out.parent / "log.txt").write_text("clip.mp4: done")
    job = ReviewJob(by="eva", out=str(out), request={"videos": []}, state="finished")
    lain.store.review_jobs.add(job)
    return hers, his


def test_what_was_sent_and_what_reviews_made_of_it_is_listed_then_gone(
    lain: Ward, films: tuple[Film, Film]
):
    hers, his = films
    listed = {Path(file.path) for file in holdings(lain.engine, lain.ada).files}
    out = hers.results.parent.parent
    wanted = {hers.original, hers.original.with_name(f"{hers.original.name}.json")}
    wanted |= {hers.results / name for name in REVIEWED_FILES}
    wanted |= {out / "index.html", out.parent / "log.txt"}
    assert wanted <= listed
    assert not any("film-2" in str(path) or path == his.original for path in listed)

    report = erase_ada(lain)
    assert report.complete
    assert not any(path.exists() for path in [*wanted, hers.results])
    assert his.original.exists()
    assert sorted(path.name for path in his.results.iterdir()) == sorted(REVIEWED_FILES)
    told = json.loads((out / "review.json").read_text())
    assert told == {"run": "r", "files": [{"folder": "film-2", "name": "b"}]}
    assert lain.store.recording(his.recording_id).infant_id == lain.ben
    with pytest.raises(NotFound):
        lain.store.recording(hers.recording_id)


def test_a_video_that_lies_elsewhere_and_results_that_are_not_there_are_named(lain: Ward):
    film = reviewed_film(lain, 1, lain.ada)
    with writing(lain.engine) as session:
        row = session.get(ReviewedFile, film.recording_id)
        row.path, row.out = "/mnt/archive/night.mp4", "/mnt/gone/out/videos/night"
    beyond = holdings(lain.engine, lain.ada).beyond
    assert "the video night.mp4, where it was reviewed from" in beyond
    assert any("/mnt/gone/out/videos/night is not there now" in line for line in beyond)


def test_nothing_is_erased_while_a_film_of_the_infant_is_being_reviewed(
    lain: Ward, films: tuple[Film, Film]
):
    with writing(lain.engine) as session:
        session.scalars(select(ReviewJob)).one().state = "running"
    with pytest.raises(RowRejected, match="being reviewed"):
        erase_ada(lain)
    assert films[0].original.exists()


def exported_film(lain: Ward, recording_id: int, name: str) -> Path:
    """An export of a recording by a job, done."""
    out = lain.folder.parent / "exports" / name / "out"
    out.mkdir(parents=True)
    (out / "blurred.mp4").write_bytes(b"film")
    (out.parent / "log.txt").write_text("finished")
    job = ExportJob(by="eva", recording_id=recording_id, out=str(out), request={}, state="finished")
    lain.store.export_jobs.add(job)
    return out


def test_exports_of_the_infant_s_films_and_of_its_stays_go_and_no_others(
    lain: Ward, films: tuple[Film, Film]
):
    hers, his = films
    cot = lain.store.recordings(lain.a)[0].id  # both lay there, one after the other
    gone = [exported_film(lain, hers.recording_id, "1"), exported_film(lain, cot, "2")]
    left = exported_film(lain, his.recording_id, "3")
    report = erase_ada(lain)
    assert report.complete
    assert report.before.counts["exports of films"] == 2
    assert not any([*out.iterdir(), *out.parent.glob("log.txt")] for out in gone)
    assert (left / "blurred.mp4").exists()
    assert [job.out for job in lain.store.export_jobs.all()] == [str(left)]


def test_nothing_is_erased_while_a_film_of_the_infant_is_being_exported(
    lain: Ward, films: tuple[Film, Film]
):
    out = exported_film(lain, films[0].recording_id, "1")
    with writing(lain.engine) as session:
        session.scalars(select(ExportJob)).one().state = "waiting"
    with pytest.raises(RowRejected, match="being exported"):
        erase_ada(lain)
    assert (out / "blurred.mp4").exists()


def test_whose_film_it_is_stands_in_the_audit_trail(lain: Ward):
    film = reviewed_film(lain, 1, lain.ada)
    (entry,) = audit.entries(lain.engine, action="infant told")
    assert (entry.subject, entry.who) == (f"recording/{film.recording_id}", BY.name)
    with pytest.raises(NotFound):
        lain.store.tell_infant(film.recording_id, 999, by=BY)
