"""The sign-in pages as markup: plain HTML without scripts, light and dark, for any keyboard.

Pure functions from what is known to a page; everything from outside is escaped.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from app.signing_in.passwords import SHORTEST
from app.theme import PALETTE
from app.views.banner import RESEARCH_LINE

_STYLE = Path(__file__).with_name("forms.css").read_text(encoding="utf-8")
_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect x="2.5" y="7" width="27" '
    'height="18" rx="7" fill="none" stroke="currentColor" stroke-width="2.4"/>'
    '<circle cx="10.5" cy="16" r="2.6" fill="currentColor"/><path d="M13.5 16h8m-4.5 0 4-4.2'
    'M17 16l4 4.2" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>'
    "</svg>"
)


def sign_in_html(*, name: str = "", fault: str = "", next_path: str = "/") -> str:
    """Return the sign-in page for local accounts."""
    fields = _field("name", "Name", value=name, complete="username", focus=not name) + _field(
        "password", "Password or one-time code", complete="current-password", focus=bool(name)
    )
    return _page("Sign in", _form("/sign-in", fields, "Sign in", fault, next_path))


def service_html(*, fault: str = "") -> str:
    """Return the sign-in page where a sign-in service vouches for people."""
    body = (
        f"{_fault(fault)}<p>Your hospital's sign-in service tells Cotside who you are.</p>"
        '<a class="button" href="/sign-in/service">Sign in</a>'
    )
    return _page("Sign in", body)


def password_html(name: str, *, asks_current: bool, fault: str = "", next_path: str = "/") -> str:
    """Return the page on which somebody chooses a password."""
    why = "" if asks_current else "<p>The one-time code was right. Now choose your password.</p>"
    hidden = f'<input type="hidden" autocomplete="username" value="{escape(name)}">'
    current = ""
    if asks_current:
        current = _field("current", "Current password", complete="current-password", focus=True)
    fields = (
        hidden
        + current
        + _field(
            "password",
            f"New password, at least {SHORTEST} characters",
            complete="new-password",
            focus=not asks_current,
        )
        + _field("again", "The same again", complete="new-password")
    )
    form = _form("/sign-in/password", fields, "Keep this password", fault, next_path)
    return _page(f"Password of {name}", why + form)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · Cotside</title><style>{_colours()}{_STYLE}</style></head>"
        f'<body><main><p class="brand">{_MARK}<span>Cotside</span></p>'
        f"<h1>{escape(title)}</h1>{body}"
        f'<p class="research" role="note">{escape(RESEARCH_LINE)}</p></main></body></html>'
    )


def _form(action: str, fields: str, button: str, fault: str, next_path: str) -> str:
    return (
        f'{_fault(fault)}<form method="post" action="{action}">{fields}'
        f'<input type="hidden" name="next" value="{escape(next_path)}">'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def _field(name: str, label: str, *, complete: str, value: str = "", focus: bool = False) -> str:
    kind = "text" if name == "name" else "password"
    plain = ' autocapitalize="none" spellcheck="false"' if name == "name" else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" '
        f'type="{kind}" value="{escape(value)}" autocomplete="{complete}" maxlength="200" '
        f"required{plain}{' autofocus' if focus else ''}>"
    )


def _fault(line: str) -> str:
    return f'<p class="fault" role="alert">{escape(line)}</p>' if line else ""


def _colours() -> str:
    light = "".join(f"--{name}:{hue.light};" for name, hue in PALETTE.items())
    dark = "".join(f"--{name}:{hue.dark};" for name, hue in PALETTE.items())
    return f":root{{{light}}}@media (prefers-color-scheme: dark) {{:root{{{dark}}}}}"
