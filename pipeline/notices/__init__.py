"""Telling somebody of advisories beside the pages: a webhook, e-mail.

    base.py      what a notice is, and what a channel does with it
    webhook.py   posts it as JSON          mail.py   mails it
    carrier.py   takes notices from the record to one channel, until each has arrived

How to add a channel: a class with ``name``, ``told`` and ``send`` in a file of its own, its
settings in ``pipeline.settings.NoticeSettings``, and a line in ``channels_of`` below; mirror it in
``tests/pipeline/notices``.

The promise: each notice at or above a channel's least priority is handed over until the other side
has taken it, for a day at most; once taken it is never sent again. Only when Cotside dies between
the taking and the noting of it is it sent twice, under the same id.
"""

from __future__ import annotations

from pipeline.notices.base import Channel
from pipeline.notices.mail import Mail
from pipeline.settings import NoticeSettings


def channels_of(settings: NoticeSettings) -> list[Channel]:
    """Return the channels that are set up."""
    found: list[Channel] = []
    if settings.webhook is not None:
        # Its HTTP library is loaded only where it is used: every start would wait for it.
        from pipeline.notices.webhook import Webhook

        found.append(Webhook(settings.webhook))
    if settings.email is not None:
        found.append(Mail(settings.email))
    return found
