"""The audit trail: who did what to whom and when, append-only, each entry chained to the last.

An entry's hash is the SHA-256 of its own fields and of the hash before it, so a changed, inserted
or missing entry breaks the chain there; one row beside the table says how the trail ends, so that
an entry cut off the end shows too. Whoever can write the file can also write a whole new trail:
against that, note the head somewhere else now and then (``cotside audit verify`` prints it and
takes it back). A subject is named by kind and id ("infant/12"), never by pseudonym: the trail is
kept for ever, also when an infant is erased.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.orm import Session

from db.engine import reading, to_json, writing
from db.errors import AuditBroken
from db.people_schema import AuditEntry, AuditHead
from db.times import now_us

BEGINNING = "0" * 64
_HEAD_ID = 1
_READ_AT_ONCE = 1000
_FIELDS = ("number", "time_us", "who", "role", "action", "subject", "detail", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the trail names them."""

    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How a trail ends: how many entries it has, and the hash of the last."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Head:
        """Read a head as it is printed; raise ``ValueError`` for anything else."""
        number, _, digest = text.strip().partition(":")
        if not number.isdigit() or len(digest) != len(BEGINNING):
            raise ValueError("a head looks like 12:0a1b…, as `cotside audit verify` prints it")
        return cls(int(number), digest)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; ``broken_at`` is the number of the first broken entry."""

    head: Head
    broken_at: int | None = None
    line: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether nothing was found wrong."""
        return self.broken_at is None


def append(
    session: Session,
    action: str,
    subject: str,
    *,
    who: str,
    role: str = "",
    detail: Mapping[str, Any] | None = None,
    time_us: int | None = None,
) -> int:
    """Add an entry within a writing transaction, so that it stands or falls with it; return its
    number. Raises ``AuditBroken`` where the table of heads is empty.
    """
    head = session.scalar(select(AuditHead).where(AuditHead.id == _HEAD_ID).with_for_update())
    if head is None:
        raise AuditBroken("the audit trail has lost its head; restore a backup")
    entry = AuditEntry(
        number=head.number + 1,
        time_us=now_us() if time_us is None else int(time_us),
        who=who[:120],
        role=role[:20],
        action=action[:40],
        subject=subject[:200],
        detail=_canonical(detail or {}),
        previous=head.hash,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    session.flush()
    session.execute(
        update(AuditHead)
        .where(AuditHead.id == _HEAD_ID)
        .values(number=entry.number, hash=entry.hash)
    )
    return entry.number


def note(engine: Engine, action: str, subject: str, **named: Any) -> int:
    """Add an entry in a transaction of its own; as :func:`append`."""
    with writing(engine) as session:
        return append(session, action, subject, **named)


def hash_of(entry: AuditEntry) -> str:
    """Return the hash that an entry has to carry."""
    fields = [getattr(entry, name) for name in _FIELDS[:-1]]
    return hashlib.sha256(to_json(fields).encode()).hexdigest()


def head_of(engine: Engine) -> Head:
    """Return how the trail ends."""
    with reading(engine) as session:
        return _head(session)


def verify(engine: Engine, noted: Head | None = None) -> Verdict:
    """Walk the whole trail and name the first broken entry.

    ``noted``: a head noted earlier, which the trail must still contain.
    """
    with reading(engine) as session:
        return _walk(_all(session), _head(session), noted)


def verify_lines(lines: Iterable[str], noted: Head | None = None) -> Verdict:
    """Walk an exported trail, as :func:`lines_of` wrote it; as :func:`verify`.

    Without ``noted`` nothing tells whether entries were cut off its end. Raises ``AuditBroken`` for
    what is not an exported trail.
    """
    try:
        listed = [AuditEntry(**json.loads(line)) for line in lines if line.strip()]
        end = Head(listed[-1].number, listed[-1].hash) if listed else Head(0, BEGINNING)
        return _walk(listed, end, noted)
    except (ValueError, TypeError):
        raise AuditBroken("this is not an exported audit trail (JSON lines)") from None


def lines_of(engine: Engine) -> Iterator[str]:
    """Yield the whole trail, oldest first, a line of JSON for each entry."""
    with reading(engine) as session:
        for entry in _all(session):
            yield to_json({name: getattr(entry, name) for name in _FIELDS}) + "\n"


def _walk(listed: Iterable[AuditEntry], head: Head, noted: Head | None) -> Verdict:
    last = Head(0, BEGINNING)
    for entry in listed:
        fault = _fault(entry, last)
        if fault is None and noted is not None and entry.number == noted.number:
            fault = "is not the one that was noted" if entry.hash != noted.hash else None
        if fault is not None:
            return Verdict(head, last.number + 1, f"entry {last.number + 1} {fault}")
        last = Head(entry.number, entry.hash)
    expected = max(head.number, noted.number if noted is not None else 0)
    if last.number < expected:
        return Verdict(head, last.number + 1, f"entry {last.number + 1} is missing, and all after")
    if last != head:
        return Verdict(head, last.number, f"entry {last.number} stands beyond the noted end")
    return Verdict(head)


def entries(
    engine: Engine,
    *,
    from_us: int | None = None,
    to_us: int | None = None,
    who: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    limit: int | None = None,
) -> Sequence[AuditEntry]:
    """Return entries that fit, newest first; ``subject`` may be a kind ("infant")."""
    wanted: list[ColumnElement[bool]] = []
    if from_us is not None:
        wanted.append(AuditEntry.time_us >= int(from_us))
    if to_us is not None:
        wanted.append(AuditEntry.time_us < int(to_us))
    if who is not None:
        wanted.append(AuditEntry.who == who)
    if action is not None:
        wanted.append(AuditEntry.action == action)
    if subject is not None:
        wanted.append(AuditEntry.subject.startswith(subject, autoescape=True))
    query = select(AuditEntry).where(*wanted).order_by(AuditEntry.number.desc()).limit(limit)
    with reading(engine) as session:
        return session.scalars(query).all()


def choices(engine: Engine) -> tuple[list[str], list[str]]:
    """Return who and which actions stand in the trail, by name."""
    with reading(engine) as session:
        who = session.scalars(select(AuditEntry.who).distinct().order_by(AuditEntry.who))
        actions = session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
        return list(who), list(actions)


def detail_of(entry: AuditEntry) -> dict[str, Any]:
    """Return the detail of an entry as it was given."""
    made: dict[str, Any] = json.loads(entry.detail)
    return made


def _canonical(detail: Mapping[str, Any]) -> str:
    return to_json({key: detail[key] for key in sorted(detail)})


def _head(session: Session) -> Head:
    row = session.get(AuditHead, _HEAD_ID)
    return Head(row.number, row.hash) if row is not None else Head(0, BEGINNING)


def _all(session: Session) -> Iterator[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.number)
    yield from session.scalars(query.execution_options(yield_per=_READ_AT_ONCE))


def _fault(entry: AuditEntry, last: Head) -> str | None:
    if entry.number != last.number + 1:
        return "is missing"
    if entry.previous != last.hash:
        return "does not follow the one before it"
    if entry.hash != hash_of(entry):
        return "was changed"
    return None
