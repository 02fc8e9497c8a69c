"""Signed, expiring tokens: how a page lets its own pictures through and nobody else's.

Routes beside Streamlit stand outside its sessions, so a page hands its browser a token for exactly
what it shows. A token is ``expiry.signature``; the signature covers the expiry and the scope
(HMAC-SHA256 with a key made at each start, so a restart ends every older token).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

_STEP_S = 300
# As long as a visit may last: whoever watches a film for hours is not to lose it in between.
WORKDAY_S = 12 * 3600


class TokenSigner:
    """Issues tokens for scopes such as ``live/3`` and checks them.

    Expiries are rounded to steps of five minutes, so that a page refreshed every second hands out
    the same token for a while; a token lives between one and two steps.
    """

    def __init__(self, key: bytes | None = None, now_s: Callable[[], float] = time.time) -> None:
        self._key = key if key is not None else secrets.token_bytes(32)
        self._now_s = now_s

    def issue(self, scope: str, step_s: int = _STEP_S) -> str:
        """Return a token that opens ``scope`` and nothing else, for one to two steps."""
        expiry_s = (int(self._now_s()) // step_s + 2) * step_s
        return f"{expiry_s}.{self._signature(expiry_s, scope)}"

    def opens(self, token: str, scope: str) -> bool:
        """Tell whether a token was issued here for ``scope`` and has not expired."""
        expiry, _, signature = token.partition(".")
        if not (expiry.isascii() and expiry.isdigit() and len(expiry) < 16):
            return False
        expected = self._signature(int(expiry), scope)
        is_ours = hmac.compare_digest(signature.encode(), expected.encode())
        return is_ours and self._now_s() < int(expiry)

    def _signature(self, expiry_s: int, scope: str) -> str:
        digest = hmac.digest(self._key, f"{expiry_s}\n{scope}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
