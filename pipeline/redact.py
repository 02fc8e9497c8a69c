"""Takes credentials out of any text that may reach a log, a page, the database or an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"

# Greedy up to the last "@" of the word: a password may itself hold "@", ":" or "/".
_USER_INFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s'\"<>]*@")
_PARAMETER = re.compile(
    r"(?P<key>\b(?:password|passwd|passphrase|pwd|pass|token|secret|api_?key|auth)=)[^\s&'\"<>;]+",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<key>\bauthorization\s*[:=]\s*['\"]?(?:basic|digest|bearer)\s+)\S.*", re.IGNORECASE
)
# Shorter secrets would blank harmless words all over a message.
_SHORTEST_SECRET = 3


def redact(text: str, secrets: Iterable[str | None] = ()) -> str:
    """Replace credentials in ``text`` by ``***``.

    Hides the user part of every address, values of parameters named like a secret,
    ``Authorization`` headers, and each of ``secrets`` as it is and in percent-encoded form.
    Rather hides too much than too little.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)
    text = _USER_INFO.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _HEADER.sub(rf"\g<key>{HIDDEN}", text)
    return _PARAMETER.sub(rf"\g<key>{HIDDEN}", text)


def _forms(secrets: Iterable[str | None]) -> set[str]:
    """List the spellings in which a secret may stand in a text."""
    forms: set[str] = set()
    for secret in secrets:
        if secret:
            forms |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
            forms |= {repr(secret)[1:-1], secret.encode("unicode_escape").decode("ascii")}
    return {form for form in forms if len(form) >= _SHORTEST_SECRET}
