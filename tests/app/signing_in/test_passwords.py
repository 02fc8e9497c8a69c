from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from app.signing_in import passwords
from app.signing_in.lockout import FREE_TRIES, lock_us
from db.times import MINUTE_US

AS_SHIPPED = passwords.NOBODY_S_HASH  # the tests put a cheap one in its place


def test_a_password_is_right_only_as_it_was_given_and_is_not_in_its_hash():
    hashed = passwords.hash_secret("p@ss:w.rd%41 four")
    assert "p@ss" not in hashed
    assert hashed.startswith("$argon2id$")
    assert passwords.is_right("p@ss:w.rd%41 four", hashed)
    assert not passwords.is_right("p@ss:w.rd%41 fouR", hashed)


@pytest.mark.parametrize("hashed", [None, "", "plain text", "$argon2id$v=19$broken"])
def test_without_a_hash_nothing_is_right(hashed: str | None):
    assert not passwords.is_right("", hashed)
    assert not passwords.is_right("plain text", hashed)


def test_a_name_that_nobody_has_costs_a_visitor_the_same_wait_as_a_real_one():
    assert not PasswordHasher().check_needs_rehash(AS_SHIPPED)


def test_a_code_is_read_however_it_is_typed():
    code = passwords.new_code()
    assert len(code) == 19
    assert code != passwords.new_code()
    assert passwords.read_code(f"  {code.lower().replace('-', ' ')} ") == code


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "ada and some words", "aaaaaaaaaaaaaaaa", "ADA" + "qwertyuiop"]
)
def test_a_weak_password_is_refused_with_a_line_that_helps(password: str):
    assert passwords.fault_of(password, "Ada")


def test_a_long_enough_password_is_taken():
    assert passwords.fault_of("four calm words here", "Ada") is None


def test_a_lock_begins_at_the_fifth_wrong_password_and_doubles_up_to_15_minutes():
    assert [lock_us(count) for count in range(FREE_TRIES + 1)] == [0] * (FREE_TRIES + 1)
    assert lock_us(5) == MINUTE_US // 2
    assert lock_us(6) == MINUTE_US
    assert lock_us(10) == 15 * MINUTE_US
    assert lock_us(10_000) == 15 * MINUTE_US
