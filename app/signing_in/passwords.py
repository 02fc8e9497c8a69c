"""Passwords and one-time codes: made, kept as argon2 hashes, checked."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

SHORTEST = 12
LONGEST = 200
# Without what is taken for one another: 0 and O, 1 and I and L.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_GROUPS = 4
_CODE_GROUP = 4
_hasher = PasswordHasher()
# Checked where nobody has the name, so that the answer takes as long as for somebody. Of a random
# word that nobody kept; to make one at each start would cost a fifth of a second.
NOBODY_S_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$dNz4cSuy8kwkY8zlahCd"
    "gw$yqMoyQkcpApKBuI/OpfjQL7BWyZAgrKcR6N9G3Ak6xA"
)


def hash_secret(secret: str) -> str:
    """Return the argon2 hash of a password or a code."""
    return _hasher.hash(secret)


def is_right(secret: str, hashed: str | None) -> bool:
    """Tell whether a password or code is the one that was hashed; slow on purpose."""
    if len(secret) > LONGEST:
        return False
    try:
        return _hasher.verify(hashed or NOBODY_S_HASH, secret) and hashed is not None
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def new_code() -> str:
    """Make a one-time code of 79 bits, in groups that can be read out."""
    signs = [secrets.choice(_ALPHABET) for _ in range(_CODE_GROUPS * _CODE_GROUP)]
    return read_code("".join(signs))


def read_code(typed: str) -> str:
    """Return a code as it was made, however it was typed."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    starts = range(0, len(plain), _CODE_GROUP)
    return "-".join(plain[start : start + _CODE_GROUP] for start in starts)


def fault_of(password: str, name: str) -> str | None:
    """Return why a password is not taken, in one line, or None when it is."""
    if len(password) < SHORTEST:
        return f"Choose at least {SHORTEST} characters; a few words in a row are easy to keep."
    if len(password) > LONGEST:
        return f"Choose at most {LONGEST} characters."
    if name.casefold() in password.casefold():
        return "Choose a password without your name in it."
    if len(set(password)) < 5:
        return "Choose a password with more different characters."
    return None
