"""Advisories as JSON, posted to an address."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from pipeline.notices.base import RESEARCH_LINE, Notice, NoticeFailed, iso, secret
from pipeline.settings import WebhookSettings


class Webhook:
    """Posts each notice; any answer of the 200s is taken as received. Follows no redirection."""

    name = "webhook"
    told = frozenset(
        {"raised", "announced", "escalated", "gone", "returned", "closed", "acknowledged"}
    )

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self.at_least: str = settings.at_least

    def send(self, notice: Notice) -> None:
        """Post a notice; raise ``NoticeFailed`` for no answer and for one outside the 200s."""
        url = self._settings.url or secret(self._settings.url_env or "")
        headers = {"Idempotency-Key": f"cotside-{notice.id}"}
        if self._settings.token_env is not None:
            headers["Authorization"] = f"Bearer {secret(self._settings.token_env)}"
        try:
            answer = httpx.post(
                url, json=_body(notice), headers=headers, timeout=self._settings.timeout_s
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # Not the error's own words: they may hold the address, which may be a secret.
            raise NoticeFailed(f"{_host(url)} was not reached: {type(error).__name__}") from None
        if not answer.is_success:
            raise NoticeFailed(f"{_host(url)} answered {answer.status_code}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the webhook"
    except ValueError:
        return "the webhook"


def _body(notice: Notice) -> dict[str, object]:
    return {
        "id": notice.id,
        "what": notice.what,
        "time": iso(notice.time_us),
        "advisory": notice.advisory,
        "kind": notice.kind,
        "title": notice.title,
        "priority": notice.priority,
        "cot": notice.cot,
        "message": notice.message,
        "since": iso(notice.since_us),
        "line": notice.headline,
        "note": RESEARCH_LINE,
    }
