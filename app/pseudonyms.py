"""Pseudonyms that name nobody, as far as a rule can tell.

A rule cannot know whether "K-12" are a child's initials; it can keep out what people type when they
forget: a name, a birthday, a hospital number.
"""

from __future__ import annotations

import re
from datetime import datetime

LONGEST = 24
RULE = (
    "A study code such as P-014: letters, digits and hyphens, no name, no date, no hospital number."
)
_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_WORD = re.compile(r"[A-Za-z]+")
_DATED = re.compile(r"\d{1,4}-\d{1,2}-\d{1,4}")
_MONTHS = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
_PLAIN_WORDS = {
    "baby",
    "case",
    "cohort",
    "demo",
    "infant",
    "pilot",
    "study",
    "subject",
    "test",
    "twin",
}
_LONGEST_PLAIN_GROUP = 3
_LONGEST_ACRONYM = 10
_LONGEST_NUMBER = 6


def fault_of(pseudonym: str) -> str | None:
    """Return why a pseudonym may identify somebody, in one line; None when nothing shows."""
    for has_fault, line in _RULES:
        if has_fault(pseudonym):
            return line
    return None


def _is_not_a_code(text: str) -> bool:
    return not 2 <= len(text) <= LONGEST or _ALLOWED.fullmatch(text) is None


def _has_no_number(text: str) -> bool:
    return not any(sign.isdigit() for sign in text)


def _holds_a_date(text: str) -> bool:
    if _DATED.search(text):
        return True
    words = {word.casefold()[:3] for word in _WORD.findall(text)}
    if words & _MONTHS and sum(sign.isdigit() for sign in text) >= 3:
        return True
    return any(_is_a_date(digits) for digits in re.findall(r"\d+", text))


def _is_a_date(digits: str) -> bool:
    """Tell whether digits in a row read as a day of the last 30 years, in any usual order."""
    patterns = {6: ("%d%m%y", "%y%m%d", "%m%d%y"), 8: ("%Y%m%d", "%d%m%Y", "%m%d%Y")}
    for pattern in patterns.get(len(digits), ()):
        try:
            day = datetime.strptime(digits, pattern)
        except ValueError:
            continue
        if 0 <= datetime.now().year - day.year <= 30:
            return True
    return False


def _holds_a_long_number(text: str) -> bool:
    return any(
        len(digits) > _LONGEST_NUMBER for digits in re.findall(r"\d+", text.replace("-", ""))
    )


def _holds_a_name(text: str) -> bool:
    return any(_may_be_a_name(word) for word in _WORD.findall(text))


def _may_be_a_name(word: str) -> bool:
    if len(word) <= _LONGEST_PLAIN_GROUP or word.casefold() in _PLAIN_WORDS:
        return False
    return not word.isupper() or len(word) > _LONGEST_ACRONYM


_RULES = (
    (_is_not_a_code, f"Use 2 to {LONGEST} letters, digits and hyphens: a space invites a name."),
    (_has_no_number, "Use a code with a number in it, such as P-014: a word alone may be a name."),
    (_holds_a_date, "This reads as a date, and a birthday tells who it is. Use a study code."),
    (_holds_a_long_number, "This reads as a hospital number. Use a study code of its own."),
    (_holds_a_name, "This reads as a name. Use a study code, such as P-014 or NEO-3."),
)
