"""One file on its way through a review: what is planned, what came back, what is still to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from db.folders import PARTS_FOLDER
from pipeline.review.folder import folder_name, shown_name, stored_path
from pipeline.review.ledger import Entry
from pipeline.review.notes import PartNote, read_note
from pipeline.review.part import PartResult
from pipeline.review.plan import Part, VideoPlan
from pipeline.review.tasks import piece_name

Verdict = Literal["open", "done", "incomplete", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file, for the index and the command line.

    ``folder``: where its results are, under the review's folder; ``summary``: None where it failed.
    """

    name: str
    folder: str
    verdict: Verdict
    line: str
    summary: dict[str, Any] | None


@dataclass(slots=True)
class Film:
    """A file of the review."""

    number: int
    path: Path
    videos: Path
    title: str | None = None
    plan: VideoPlan | None = None
    entry: Entry | None = None
    outcome: Outcome | None = None
    bad_times: int = 0
    lines: list[str] = field(default_factory=list)
    to_blur: set[int] = field(default_factory=set)
    _back: dict[int, PartResult | None] = field(default_factory=dict)
    _next: int = 0
    _told: dict[int, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the file's name as it may be shown."""
        return shown_name(self.path.name if self.title is None else self.title)

    @property
    def key(self) -> str:
        """Return the path by which the database knows the file."""
        return stored_path(self.path)

    @property
    def folder(self) -> Path:
        """Return the folder of its results."""
        return self.videos / folder_name(self.path)

    @property
    def parts_folder(self) -> Path:
        """Return where pieces and notes lie until the file is settled."""
        return self.folder / PARTS_FOLDER

    def overlay_piece(self, part: Part) -> Path:
        """Return the file of a part's piece of the overlay."""
        return self.parts_folder / piece_name(part)

    def to_do(self, with_overlay: bool) -> list[Part]:
        """Return the parts whose frames, or whose piece of the overlay, are not there yet."""
        if self.plan is None or self.entry is None:
            return []
        lacking = []
        for part in self.plan.parts:
            note = read_note(self.parts_folder, part)
            if note is None or self._lacks(part, note, with_overlay):
                lacking.append(part)
                continue
            self._back[part.number] = None
            self._told[part.number] = part.n_coded
            self._remember(note)
        return lacking

    def _lacks(self, part: Part, note: PartNote, with_overlay: bool) -> bool:
        entry = self.entry
        if entry is None or entry.last_us is None:
            return True
        is_stored = entry.last_us - entry.started_us >= note.last_us
        has_piece = self.overlay_piece(part).exists() or not note.last_us
        return not is_stored or (with_overlay and not has_piece)

    def _remember(self, note: PartNote) -> None:
        self.bad_times += note.bad_times
        if note.line:
            self.lines.append(note.line)

    def take(self, part: Part, note: PartNote, result: PartResult | None) -> None:
        """Take a part's result (None: it failed) and what is to be remembered of it."""
        self._back[part.number] = result
        self._remember(note)

    def ready(self) -> list[PartResult]:
        """Return, once, the results whose turn it is to be stored: none before an earlier one."""
        ready = []
        while self._next in self._back:
            found = self._back.pop(self._next)
            self._next += 1
            if found is not None:
                ready.append(found)
        return ready

    @property
    def is_stored(self) -> bool:
        """Tell whether every part's turn has come."""
        return self.plan is not None and self._next >= len(self.plan.parts)

    def tell(self, number: int, count: int) -> int:
        """Note how many pictures of a part are done; return how many of the file are."""
        self._told[number] = count
        return sum(self._told.values())

    def verdict(self) -> tuple[Verdict, str]:
        """Return what came of it: complete, or how much of what there should be."""
        plan, entry = self.plan, self.entry
        if plan is None or entry is None:
            return "failed", "; ".join(self.lines)
        n_read = entry.n_frames + self.bad_times
        if n_read >= plan.n_expected and not self.lines:
            return "done", ""
        lines = [f"incomplete {n_read}/{plan.n_expected}", *self.lines]
        return "incomplete", "; ".join(lines)
