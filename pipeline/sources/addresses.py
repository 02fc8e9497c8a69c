"""Camera addresses: shown without secrets, opened with the user and password put in."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pipeline.errors import Refused

# FFmpeg keeps the user part of an RTSP address in 128 bytes and cuts the rest off silently.
_MAX_USER_PART = 127


def with_credentials(url: str, username: str | None, password: str | None) -> str:
    """Return ``url`` with user and password percent-encoded into it.

    The name in ``username`` wins over one in the address. Raises ``Refused`` for an address that
    cannot be split, has no host, or whose user part would be cut off.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("the address cannot be read: check host and port") from None
    if not host:
        raise Refused("the address names no host")
    name = username if username is not None else unquote(parts.username or "")
    place = f"[{host}]" if ":" in host else host
    if port is not None:
        place = f"{place}:{port}"
    if name or password:
        user_part = quote(name, safe="") + ":" + quote(password or "", safe="")
        if len(user_part) > _MAX_USER_PART:
            raise Refused("user name and password together are too long for a camera address")
        place = f"{user_part}@{place}"
    return urlunsplit((parts.scheme.lower(), place, parts.path, parts.query, ""))


def path_of(url: str) -> str:
    """Return the path behind ``file:``, ``folder:`` or ``v4l2:`` (with or without ``//``)."""
    scheme, colon, rest = url.partition(":")
    if not colon or not scheme.isalnum():
        return url
    return rest.removeprefix("//") if rest.startswith("//") else rest
