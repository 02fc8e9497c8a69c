"""The tables of people, their sign-ins and the audit trail; the rest stands in ``db.schema``."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ForeignKey, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.append_only import append_only
from db.schema import Base
from db.times import now_us
from db.types import BigKey, TimeUs


class Person(Base):
    """Somebody who may sign in. ``name_key`` is the name as it is compared, without case.

    ``password_hash`` and ``code_hash`` are argon2's; neither a password nor a one-time code is ever
    kept. ``external``: issuer and subject of the sign-in service that vouches for the person.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    code_hash: Mapped[str | None] = mapped_column(String(300))
    code_until_us: Mapped[int | None] = mapped_column(TimeUs)
    external: Mapped[str | None] = mapped_column(String(600), unique=True)
    created_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    disabled_us: Mapped[int | None] = mapped_column(TimeUs)
    last_sign_in_us: Mapped[int | None] = mapped_column(TimeUs)


class SignIn(Base):
    """One browser that a person signed in with; ``token_hash`` is the SHA-256 of its cookie.

    ``proof``: SHA-256 of what the sign-in service answered, so that no answer serves twice.
    """

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    proof: Mapped[str | None] = mapped_column(String(64), unique=True)
    began_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    active_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    until_us: Mapped[int] = mapped_column(TimeUs)
    ended_us: Mapped[int | None] = mapped_column(TimeUs)
    must_choose_password: Mapped[bool] = mapped_column(default=False)


class SignInFailure(Base):
    """Wrong passwords in a row for a name, whether or not somebody has it.

    Only the name's SHA-256 is kept: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_failures"

    name_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    last_us: Mapped[int] = mapped_column(TimeUs)
    until_us: Mapped[int] = mapped_column(TimeUs)


class AuditEntry(Base):
    """One link of the audit trail (see ``db.audit``); never changed, never deleted."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    time_us: Mapped[int] = mapped_column(TimeUs, index=True)
    who: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The one row that says how long the audit trail is and how it ends.

    Writers take turns on it, and an entry cut off the end shows.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigKey)
    hash: Mapped[str] = mapped_column(String(64))


append_only(cast(Table, AuditEntry.__table__))
