"""The process that leads a review: hands out work, stores what comes back, writes the index."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from db.folders import RUN_FILE, SUMMARY_FILE
from db.lifecycle import open_database
from pipeline.errors import CotsideError
from pipeline.models.manifest import Manifest
from pipeline.models.session import load_model
from pipeline.review.crew import Crew, Done, Failed, Progress, Report, TaskKey
from pipeline.review.drawer import DrawOptions
from pipeline.review.engines import Engine, open_crew
from pipeline.review.film import Film, Outcome, Verdict
from pipeline.review.folder import VIDEOS_FOLDER, RunMark, locked, open_folder
from pipeline.review.ledger import Entry, Ledger, Whose
from pipeline.review.notes import PartNote, write_note
from pipeline.review.part import PartResult
from pipeline.review.plan import PART_US, VideoPlan
from pipeline.review.series import session_trunk_px
from pipeline.review.tasks import BlurPart, Finish, Finished, Look, WorkPart, smoothing_words
from pipeline.review.tools import Setup
from pipeline.review.whole import remove_half_files, write_whole

RESEARCH_NOTE = "Research use only. Not a medical device."
_TICK_S = 0.25
# Every further file would meet these too.
_FATAL_KINDS = (
    "ModelLoadError ProviderUnavailable DatabaseError DiskFull DatabaseBusy CorruptDatabase "
    "Unavailable ClusterError"
).split()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be reviewed, and how. ``workers``: at once, None: one a core.

    ``setup``: their model. ``engine``: where they work; ``cluster``: HOST:PORT of Ray's, None: one
    is begun on this machine.

    ``part_us``: the length of a part, about. ``smoother``: of what is drawn and tabled,
    an offline one by name. ``names``: what files are called, where that is not their own name.
    ``whose``: films of which infant; None: not told.
    """

    videos: tuple[Path, ...]
    out: Path
    database: str
    setup: Setup
    workers: int | None = None
    engine: Engine = "local"
    cluster: str | None = None
    overlay: bool = True
    blur_faces: bool = False
    resume: bool = False
    part_us: int = PART_US
    smoother: str = "butterworth"
    names: Mapping[Path, str] = field(default_factory=dict)
    whose: Whose | None = None


class Watcher(Protocol):
    """Whoever wants to see how a review comes along."""

    def planned(self, number: int, name: str, n_frames: int) -> None:
        """Hear of a file that can be read and how many frames it has."""

    def advanced(self, number: int, n_done: int) -> None:
        """Hear how many frames of a file are done."""

    def settled(self, number: int, outcome: Outcome) -> None:
        """Hear what came of a file."""

    def tick(self) -> None:
        """Hear, some times a second, that work goes on; ``KeyboardInterrupt`` ends it in order."""


class Review:
    """One run of a review. ``run`` may be interrupted at any moment and be taken up again."""

    def __init__(self, request: Request, watcher: Watcher) -> None:
        self._request, self._watcher = request, watcher
        videos = request.out / VIDEOS_FOLDER
        self._films = [
            Film(n, path, videos, request.names.get(path)) for n, path in enumerate(request.videos)
        ]

    def run(self) -> list[Outcome]:
        """Review all files; return what came of each, in their order.

        Raises ``ReviewError``, ``ModelError`` or ``DatabaseError`` when the whole cannot go on:
        what is stored by then stays, and the same review with ``resume`` goes on from there.
        """
        request = self._request
        # A model that cannot be used, or a cluster that does not answer, is told before anything
        # is made.
        manifest = load_model(request.setup.model, request.setup.provider).manifest
        crew = open_crew(request, manifest)
        try:
            mark = RunMark(manifest.sha256, request.blur_faces)
            run = open_folder(request.out, mark, resume=request.resume)
            with locked(request.out):
                self._lead(crew, manifest, run)
                return self._report(manifest, run)
        finally:
            crew.close()

    def _lead(self, crew: Crew, manifest: Manifest, run: str) -> None:
        """Work until all is settled; whatever ends it, workers end and no half file is left."""
        engine = open_database(self._request.database)
        try:
            self._ledger = Ledger(engine, manifest, run, self._request.whose)
            self._manifest = manifest
            try:
                self._work(crew)
            finally:
                crew.close()
                self._ledger.close()
        finally:
            engine.dispose()
            for film in self._films:
                remove_half_files(film.folder)

    def _report(self, manifest: Manifest, run: str) -> list[Outcome]:
        outcomes = [film.outcome for film in self._films if film.outcome is not None]
        report = {
            "run": run,
            "model_sha256": manifest.sha256,
            "blur_faces": self._request.blur_faces,
            "state": "finished",
            "note": RESEARCH_NOTE,
            "files": [asdict(outcome) for outcome in outcomes],
        }
        text = json.dumps(report, indent=1, ensure_ascii=False)
        write_whole(self._request.out / RUN_FILE, text)
        return outcomes

    def _work(self, crew: Crew) -> None:
        for film in self._films:
            crew.give(TaskKey("look", film.number), Look(film.path, self._request.part_us))
        while crew.is_busy:
            self._watcher.tick()
            for report in crew.reports(_TICK_S):
                self._hear(crew, report)

    def _hear(self, crew: Crew, report: Report) -> None:
        film = self._films[report.key.film]
        if film.outcome is not None:
            return  # given up meanwhile
        try:
            if isinstance(report, Progress):
                if report.key.kind == "part":
                    n_done = film.tell(report.key.part, report.count)
                    self._watcher.advanced(film.number, n_done)
            elif isinstance(report, Failed):
                self._hear_failure(crew, film, report)
            else:
                self._hear_result(crew, film, report)
        except _Fatal:
            raise
        except (CotsideError, OSError) as error:
            self._give_up(film, str(error))

    def _hear_failure(self, crew: Crew, film: Film, report: Failed) -> None:
        if report.kind in _FATAL_KINDS:
            raise _Fatal(report.line)
        if report.key.kind == "part":
            self._take(crew, film, report.key.part, None, report.line)
        elif report.key.kind == "blur":
            self._blurred(crew, film, report.key.part, report.line)
        else:
            self._give_up(film, report.line)

    def _hear_result(self, crew: Crew, film: Film, report: Done) -> None:
        if report.key.kind == "look":
            self._begin(crew, film, report.result)
        elif report.key.kind == "part":
            self._take(crew, film, report.key.part, report.result, "")
        elif report.key.kind == "blur":
            self._blurred(crew, film, report.key.part, "")
        else:
            self._conclude(film, report.result)

    def _begin(self, crew: Crew, film: Film, plan: VideoPlan) -> None:
        """Take up a file that can be read: what it lacks is handed out."""
        film.plan = plan
        known = self._ledger.known(film.key)
        is_settled = known is not None and known.verdict in ("done", "incomplete")
        film.entry = self._ledger.begin(plan, film.key, film.name, film.folder)
        self._watcher.planned(film.number, film.name, plan.n_expected)
        if known is not None and is_settled and (film.folder / SUMMARY_FILE).exists():
            verdict: Verdict = "done" if known.verdict == "done" else "incomplete"
            outcome = Outcome(film.name, film.folder.name, verdict, known.line, known.summary)
            self._settle(film, outcome)
            return
        film.parts_folder.mkdir(parents=True, exist_ok=True)
        request = self._request
        draws_now = request.overlay and not request.blur_faces
        for part in film.to_do(draws_now):
            piece = film.overlay_piece(part) if draws_now else None
            options = DrawOptions(piece, request.blur_faces, request.smoother)
            key = TaskKey("part", film.number, part.number)
            crew.give(key, WorkPart(plan, part, options))
        self._store(crew, film)

    def _take(
        self, crew: Crew, film: Film, number: int, result: PartResult | None, line: str
    ) -> None:
        """Note what came of a part, then store all whose turn it is."""
        if film.plan is None:
            raise RuntimeError("a part came back before its file was begun")
        part = film.plan.parts[number]
        note = PartNote(0, 0, line=line) if result is None else PartNote.of(result)
        write_note(film.parts_folder, part, note, b"" if result is None else result.thumbnail[1])
        film.take(part, note, result)
        self._store(crew, film)

    def _store(self, crew: Crew, film: Film) -> None:
        if film.entry is None or film.plan is None:
            raise RuntimeError("frames were to be stored before their file was begun")
        for result in film.ready():
            self._ledger.add(film.entry, result, film.plan.info.fps)
        if not film.is_stored:
            return
        self._ledger.end(film.entry)
        if self._request.overlay and self._request.blur_faces:
            self._blur(crew, film, film.plan, film.entry)
        else:
            self._finish(crew, film)

    def _blur(self, crew: Crew, film: Film, plan: VideoPlan, entry: Entry) -> None:
        """Have the overlay drawn: where a face must be blurred is known when all is stored."""
        lacking = [part for part in plan.parts if not film.overlay_piece(part).exists()]
        if not lacking:
            self._finish(crew, film)
            return
        database, smoother = self._request.database, self._request.smoother
        trunk_px = session_trunk_px(self._ledger.store, entry.recording_id)
        film.to_blur = {part.number for part in lacking}
        for part in lacking:
            piece = film.overlay_piece(part)
            task = BlurPart(database, entry.recording_id, plan, part, piece, smoother, trunk_px)
            crew.give(TaskKey("blur", film.number, part.number), task)

    def _blurred(self, crew: Crew, film: Film, number: int, line: str) -> None:
        """Note what came of a part's piece of the overlay; then finish, where it was the last."""
        if line and line not in film.lines:
            film.lines.append(line)
        film.to_blur.discard(number)
        if not film.to_blur:
            self._finish(crew, film)

    def _finish(self, crew: Crew, film: Film) -> None:
        plan, entry = film.plan, film.entry
        if plan is None or entry is None:
            raise RuntimeError("a file was finished before it was begun")
        verdict, line = film.verdict()
        task = Finish(
            self._request.database,
            entry.recording_id,
            film.folder,
            plan.duration_s,
            plan.info.fps,
            plan.parts,
            self._request.overlay,
            self._about(film, plan) | {"verdict": verdict, "line": line},
            self._request.smoother,
        )
        crew.give(TaskKey("finish", film.number), task, first=True)

    def _about(self, film: Film, plan: VideoPlan) -> dict[str, Any]:
        info, entry = plan.info, film.entry
        return {
            "file": film.name,
            "note": RESEARCH_NOTE,
            "software": f"cotside {version('cotside')}",
            "model": f"{self._manifest.name} {self._manifest.version}",
            "model_sha256": self._manifest.sha256,
            "smoothing": smoothing_words(self._request.smoother),
            "recording": entry.recording_id if entry else None,
            "fingerprint": plan.fingerprint,
            "bytes": plan.bytes,
            "codec": info.codec,
            "width": entry.size_wh[0] if entry else info.width,
            "height": entry.size_wh[1] if entry else info.height,
            "fps": info.fps,
            "duration_s": round(plan.duration_s, 3),
            "frames_expected": plan.n_expected,
            "frames": entry.n_frames if entry else 0,
            "frames_without_rising_time": film.bad_times,
        }

    def _conclude(self, film: Film, finished: Finished) -> None:
        if film.entry is None:
            raise RuntimeError("a file was concluded before it was begun")
        verdict, line = film.verdict()
        self._ledger.note(film.entry, verdict, line, finished.summary, finished.rollups)
        shutil.rmtree(film.parts_folder, ignore_errors=True)
        self._settle(film, Outcome(film.name, film.folder.name, verdict, line, finished.summary))

    def _give_up(self, film: Film, line: str) -> None:
        if film.entry is not None:
            self._ledger.end(film.entry)
            self._ledger.note(film.entry, "failed", line, {}, [])
        self._settle(film, Outcome(film.name, film.folder.name, "failed", line, None))

    def _settle(self, film: Film, outcome: Outcome) -> None:
        film.outcome = outcome
        self._watcher.settled(film.number, outcome)


class _Fatal(CotsideError):
    """A fault that every further file would meet too."""


def unfinished(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return what did not come out whole."""
    return [outcome for outcome in outcomes if outcome.verdict != "done"]
