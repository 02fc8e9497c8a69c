"""Advisories by e-mail."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from pipeline.notices.base import RESEARCH_LINE, Notice, NoticeFailed, iso, secret
from pipeline.settings import EmailSettings


class Mail:
    """Mails what is raised, told again or more urgent; one message to all."""

    name = "email"
    told = frozenset({"raised", "announced", "escalated"})

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self.at_least: str = settings.at_least

    def send(self, notice: Notice) -> None:
        """Hand a message to the mail server; raise ``NoticeFailed`` when it is not taken."""
        settings = self._settings
        password = None if settings.password_env is None else secret(settings.password_env)
        message = _message(notice, settings)
        try:
            with self._connection() as server:
                if settings.username is not None and password is not None:
                    server.login(settings.username, password)
                server.send_message(message)
        except smtplib.SMTPAuthenticationError:
            raise NoticeFailed(f"{settings.host} refused the user name or the password") from None
        except (OSError, smtplib.SMTPException) as error:
            # Not the error's own words: a server may answer with what it was sent.
            what = type(error).__name__
            raise NoticeFailed(f"{settings.host} did not take the message: {what}") from None

    def _connection(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                timeout=settings.timeout_s,
                context=ssl.create_default_context(),
            )
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        if settings.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


def _message(notice: Notice, settings: EmailSettings) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"[Cotside] {notice.headline}"
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Date"] = formatdate(notice.time_us / 1_000_000)
    message["Message-ID"] = f"<cotside-{notice.id}@{settings.sender.partition('@')[2]}>"
    message.set_content(
        f"{notice.headline}\n\n{notice.message}\n"
        f"Since {iso(notice.since_us)}; {notice.what} {iso(notice.time_us)}.\n\n"
        "Acknowledge it on the Advisories page.\n"
        f"{RESEARCH_LINE}\n"
    )
    return message
