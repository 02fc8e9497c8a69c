"""From a password or a cookie to a visit: in, locked out, idle, disabled, signed out."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from app.permissions import Role, User
from app.signing_in.door import Admitted, Door, Refused, code_for_a_day
from db import audit
from db.errors import LastAdministrator, RowRejected
from db.store import Store
from db.times import MINUTE_US
from pipeline.settings import PeopleSettings
from tests.support.signing_in import SETUP, person

PASSWORD = "four calm words here"
HOUR_US = 60 * MINUTE_US


def admitted(answer: Admitted | Refused) -> str:
    assert isinstance(answer, Admitted), answer
    return answer.token


def noted(store: Store) -> list[str]:
    return [entry.action for entry in reversed(audit.entries(store._engine))]


def test_the_right_password_lets_in_whatever_the_name_s_case(door: Door, ada: int):
    token = admitted(door.sign_in(" ADA ", PASSWORD))
    visit = door.visit(token)
    assert visit is not None
    assert visit.user == User("Ada", Role.ADMINISTRATOR, ada)


@pytest.mark.parametrize(("name", "password"), [("Ada", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_one_gives_the_same_line_whether_or_not_the_name_exists(
    door: Door, ada: int, name: str, password: str
):
    assert door.sign_in(name, password) == Refused("The name or the password is wrong.")


@pytest.mark.parametrize("name", ["Ada", "nobody"])
def test_the_fifth_wrong_password_locks_a_name_and_further_ones_for_longer(
    door: Door, ada: int, clock, name: str
):
    for _ in range(4):
        door.sign_in(name, "wrong")
    assert door.sign_in(name, "wrong") == Refused("Too many wrong passwords. Try again in 30 s.")
    assert "Try again" in str(door.sign_in(name, PASSWORD))
    clock.us += 31_000_000
    assert door.sign_in(name, "wrong") == Refused("Too many wrong passwords. Try again in 60 s.")


def test_after_the_lock_the_right_password_lets_in_and_the_count_begins_anew(
    door: Door, store: Store, ada: int, clock
):
    for _ in range(5):
        door.sign_in("Ada", "wrong")
    clock.us += 31_000_000
    admitted(door.sign_in("Ada", PASSWORD))
    assert door.sign_in("Ada", "wrong") == Refused("The name or the password is wrong.")


def test_many_tries_at_once_do_not_outrun_the_lock(door: Door, ada: int):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: door.sign_in("Ada", "wrong"), range(12)))
    wrong = [one for one in answers if one == Refused("The name or the password is wrong.")]
    assert len(wrong) == 4


def test_a_one_time_code_leads_to_a_password_and_serves_once(door: Door, store: Store):
    code, kept = code_for_a_day()
    store.add_person("Ben", "viewer", by=SETUP, code=kept)
    visit = door.visit(admitted(door.sign_in("Ben", code.lower())))
    assert visit is not None
    assert visit.must_choose_password
    assert isinstance(door.choose_password(visit, "", "short", "short"), Refused)
    assert isinstance(door.choose_password(visit, "", PASSWORD, PASSWORD + "!"), Refused)
    after = door.visit(admitted(door.choose_password(visit, "", PASSWORD, PASSWORD)))
    assert after is not None
    assert not after.must_choose_password
    assert isinstance(door.sign_in("Ben", code), Refused)
    admitted(door.sign_in("Ben", PASSWORD))


def test_a_one_time_code_expires_after_a_day(door: Door, store: Store, clock):
    code, kept = code_for_a_day()
    store.add_person("Ben", "viewer", by=SETUP, code=kept)
    clock.us += 25 * HOUR_US
    assert isinstance(door.sign_in("Ben", code), Refused)


def test_changing_the_password_asks_for_the_current_one_and_ends_other_visits(door: Door, ada: int):
    other = admitted(door.sign_in("Ada", PASSWORD))
    mine = admitted(door.sign_in("Ada", PASSWORD))
    visit = door.visit(mine)
    assert visit is not None
    assert isinstance(door.choose_password(visit, "wrong", "other calm words", "x"), Refused)
    changed = door.choose_password(visit, PASSWORD, "other calm words", "other calm words")
    assert door.visit(admitted(changed)) is not None
    assert door.visit(other) is None
    assert door.visit(mine) is None


def test_a_visit_ends_after_the_idle_time_unless_somebody_moves(door: Door, ada: int, clock):
    token = admitted(door.sign_in("Ada", PASSWORD))
    for _ in range(3):
        clock.us += 20 * MINUTE_US
        door.forget()
        visit = door.visit(token)
        assert visit is not None
        door.touch(visit)
    clock.us += 30 * MINUTE_US
    door.forget()
    assert door.visit(token) is None


def test_a_display_stays_signed_in_without_anybody_moving(door: Door, store: Store, clock):
    code, kept = code_for_a_day()
    store.add_person("wall", "viewer", by=SETUP, code=kept)
    token = admitted(door.sign_in("wall", code))
    clock.us += 11 * HOUR_US
    door.forget()
    visit = door.visit(token)
    assert visit is not None
    assert visit.idle_us is None


def test_a_visit_ends_after_the_longest_time_whatever_moves(door: Door, ada: int, clock):
    token = admitted(door.sign_in("Ada", PASSWORD))
    for _ in range(12 * 3):
        clock.us += 20 * MINUTE_US
        door.forget()
        visit = door.visit(token)
        if visit is not None:
            door.touch(visit)
    assert door.visit(token) is None


def test_signing_out_ends_the_visit_and_is_noted(door: Door, store: Store, ada: int):
    token = admitted(door.sign_in("Ada", PASSWORD))
    visit = door.visit(token)
    assert visit is not None
    door.sign_out(visit)
    assert door.visit(token) is None
    assert noted(store)[-2:] == ["signed in", "signed out"]


def test_a_role_taken_away_or_a_person_disabled_shows_within_a_second(
    store: Store, ada: int, door: Door
):
    code, kept = code_for_a_day()
    ben = store.add_person("Ben", "engineer", by=SETUP, code=kept)
    token = admitted(door.sign_in("Ben", code))
    elsewhere = Door(store, PeopleSettings(), "cotside.db")  # another process: shares the file only
    assert door.visit(token) is not None
    store.set_role(ben, "viewer", by=SETUP)
    seen = elsewhere.visit(token)
    assert seen is not None
    assert seen.user.role is Role.VIEWER
    store.disable(ben, by=SETUP)
    assert Door(store, PeopleSettings(), "cotside.db").visit(token) is None
    assert isinstance(door.sign_in("Ben", code), Refused)


@pytest.mark.parametrize("token", [None, "", "x", "é", "a" * 5000])
def test_a_cookie_of_nobody_is_nobody(door: Door, token: str | None):
    assert door.visit(token) is None


def test_the_last_administrator_can_neither_be_disabled_nor_lose_the_role(store: Store, ada: int):
    with pytest.raises(LastAdministrator):
        store.disable(ada, by=SETUP)
    with pytest.raises(LastAdministrator):
        store.set_role(ada, "viewer", by=SETUP)
    assert store.person(ada).disabled_us is None
    person(store, "Eva")
    store.disable(ada, by=SETUP)


def test_a_name_is_taken_in_any_case(store: Store, ada: int):
    with pytest.raises(RowRejected, match="already"):
        store.add_person("aDa", "viewer", by=SETUP)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b", "a\nb\x07"])
def test_a_name_that_is_none_is_refused(store: Store, name: str):
    with pytest.raises(RowRejected):
        store.add_person(name, "viewer", by=SETUP)


def test_the_first_start_makes_one_administrator_and_later_ones_a_new_code(
    door: Door, store: Store
):
    first = door.first_code()
    second = door.first_code()
    assert first is not None
    assert second is not None
    assert first != second
    assert [(one.name, one.role) for one in store.people()] == [("administrator", "administrator")]
    assert isinstance(door.sign_in("administrator", first), Refused)
    visit = door.visit(admitted(door.sign_in("administrator", second)))
    assert visit is not None
    door.choose_password(visit, "", PASSWORD, PASSWORD)
    assert door.first_code() is None


def test_neither_password_code_nor_cookie_is_in_the_database(
    door: Door, store: Store, tmp_path: Path, clock
):
    code, kept = code_for_a_day()
    store.add_person("Ben", "viewer", by=SETUP, code=kept)
    visit = door.visit(admitted(door.sign_in("Ben", code)))
    assert visit is not None
    token = admitted(door.choose_password(visit, "", "p@ss:w.rd%41 four", "p@ss:w.rd%41 four"))
    door.sign_in("p@ss typed as a name", "x")
    with closing(sqlite3.connect(tmp_path / "cotside.db")) as connection:
        dump = "\n".join(connection.iterdump())
    for secret in (code, code.replace("-", ""), "p@ss:w.rd%41 four", token):
        assert secret not in dump
    assert "p@ss typed" not in "\n".join(
        entry.detail + entry.subject + entry.who for entry in audit.entries(store._engine)
    )
