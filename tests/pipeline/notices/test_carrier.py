"""Against a real web server and a real mail server: delivered exactly as often as promised."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.advisories import By
from db.advisory_schema import Advisory, AdvisoryTransition
from db.lifecycle import open_database
from db.store import Store
from pipeline.notices.base import Channel, Notice, NoticeFailed
from pipeline.notices.carrier import Carrier
from pipeline.notices.mail import Mail
from pipeline.notices.webhook import Webhook
from pipeline.rundir import RunDirectory
from pipeline.settings import EmailSettings, WebhookSettings
from tests.support.receivers import mail_receiver, web_receiver
from tests.support.recorder import wait_until

T0 = 1_795_000_000_000_000
S = 1_000_000


class Desk:
    """A record of advisories, and carriers whose clock the test sets."""

    def __init__(self, path: Path) -> None:
        self.engine = open_database(path)
        self.store = Store(self.engine)
        self.cot_id = self.store.add_cot("Cot 1")
        self.directory = RunDirectory.of(str(path))
        self.now_us = T0

    def carrier(self, channel: Channel) -> Carrier:
        return Carrier(self.store, channel, self.directory, lambda: self.now_us)

    def tell(self, what: str = "raised", priority: str = "high", at_us: int = T0) -> None:
        key = f"camera_offline/{self.cot_id}/{T0}"
        rows = [
            Advisory(
                key=key, cot_id=self.cot_id, kind="camera_offline", priority=priority,
                message="nobody answers", onset_us=T0, raised_us=T0, announced_us=T0,
                announcements=1,
            ),
            AdvisoryTransition(advisory_key=key, time_us=at_us, what=what, priority=priority),
        ]  # fmt: skip
        self.store.keep_advisories([], lambda _open: rows)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "cotside.db")
    yield made
    made.engine.dispose()
    shutil.rmtree(made.directory.path)


def webhook(url: str, **values: object) -> Webhook:
    return Webhook(WebhookSettings(url=url, timeout_s=5, **values))  # type: ignore[arg-type]


def mail(port: int, **values: object) -> Mail:
    settings = {"security": "none", "sender": "cotside@example.org", "to": ["ward@example.org"]}
    return Mail(EmailSettings(host="127.0.0.1", port=port, **(settings | values)))  # type: ignore[arg-type]


def test_each_notice_is_posted_once(desk: Desk):
    with web_receiver() as web:
        carrier = desk.carrier(webhook(web.url))
        desk.tell("raised")
        assert carrier.carry() == 1
        desk.tell("escalated")
        desk.tell("closed")
        assert carrier.carry() == 2
        assert carrier.carry() == 0
        assert [one["what"] for one in web.posted] == ["raised", "escalated", "closed"]
        first = web.posted[0]
        assert (first["cot"], first["title"], first["priority"]) == (
            "Cot 1",
            "Camera offline",
            "high",
        )
        assert "not an alarm" in first["note"]


def test_what_is_refused_is_tried_again_later_under_the_same_id_and_taken_once(desk: Desk):
    with web_receiver(500, 307) as web:
        carrier = desk.carrier(webhook(web.url))
        desk.tell()
        for seconds in (0, 1, 2, 3, 4, 6, 7, 60):
            desk.now_us = T0 + seconds * S
            carrier.carry()
        assert [one["answered"] for one in web.posted] == [500, 307, 204]
        assert len({one["id"] for one in web.posted}) == 1
        keys = {headers["Idempotency-Key"] for headers in web.headers}
        assert keys == {f"cotside-{web.posted[0]['id']}"}
        assert desk.store.stuck_notices() == []


class Deaf:
    """A channel that takes nothing."""

    name, told, at_least = "deaf", frozenset({"raised"}), "low"

    def __init__(self) -> None:
        self.tried = 0

    def send(self, notice: Notice) -> None:
        self.tried += 1
        raise NoticeFailed("nobody there")


def test_attempts_come_further_and_further_apart_until_a_day_is_over(desk: Desk):
    deaf = Deaf()
    carrier = desk.carrier(deaf)
    desk.tell()
    carrier.carry()
    for tried, wait_s in enumerate((2, 4, 8, 16, 32, 64, 128, 256, 300, 300), 1):
        desk.now_us += (wait_s - 1) * S
        carrier.carry()
        assert deaf.tried == tried
        desk.now_us += S
        carrier.carry()
    assert deaf.tried == 11
    desk.now_us += 25 * 3600 * S
    carrier.carry()
    assert deaf.tried == 12
    assert desk.store.stuck_notices() == []
    desk.now_us += 3600 * S
    carrier.carry()
    assert deaf.tried == 12


def test_a_server_that_is_away_is_told_on_the_page_and_then_gets_all_in_order(desk: Desk):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    carrier = desk.carrier(webhook(f"http://127.0.0.1:{port}/secret-path"))
    desk.tell("raised")
    desk.tell("escalated")
    assert carrier.carry() == 0
    (stuck,) = desk.store.stuck_notices()
    assert stuck.channel == "webhook"
    assert "127.0.0.1 was not reached" in stuck.error
    assert "secret-path" not in stuck.error
    desk.now_us += 60 * S
    with web_receiver() as web:
        assert desk.carrier(webhook(web.url)).carry() == 2
        assert [one["what"] for one in web.posted] == ["raised", "escalated"]


def test_less_urgent_ones_and_the_long_past_are_not_told(desk: Desk):
    with web_receiver() as web:
        carrier = desk.carrier(webhook(web.url, at_least="high"))
        desk.tell(priority="medium")
        desk.tell(priority="high", at_us=T0 - 2 * 3600 * S)
        assert carrier.carry() == 0
        assert web.posted == []


def test_an_acknowledgement_is_posted_too(desk: Desk):
    with web_receiver() as web:
        carrier = desk.carrier(webhook(web.url))
        desk.tell()
        (entry,) = desk.store.open_advisories()
        desk.store.acknowledge_advisory(
            entry.advisory.key, by=By("nurse"), reason="care", time_us=T0 + S
        )
        carrier.carry()
        assert [one["what"] for one in web.posted] == ["raised", "acknowledged"]


def test_secrets_come_from_the_environment_and_a_missing_one_is_named(desk: Desk, monkeypatch):
    with web_receiver() as web:
        carrier = desk.carrier(
            Webhook(WebhookSettings(url_env="HOOK_URL", token_env="HOOK_TOKEN", timeout_s=5))
        )
        desk.tell()
        assert carrier.carry() == 0
        assert "HOOK_URL is not set" in desk.store.stuck_notices()[0].error
        monkeypatch.setenv("HOOK_URL", web.url)
        monkeypatch.setenv("HOOK_TOKEN", "p@ss:w.rd%")
        desk.now_us += 60 * S
        assert carrier.carry() == 1
        assert web.headers[0]["Authorization"] == "Bearer p@ss:w.rd%"


def test_a_message_is_mailed_once_to_all(desk: Desk):
    with mail_receiver(refusals=1) as server:
        carrier = desk.carrier(mail(server.port, to=["a@example.org", "b@example.org"]))
        desk.tell("raised")
        desk.tell("closed")
        for seconds in (0, 1, 3, 5, 60):
            desk.now_us = T0 + seconds * S
            carrier.carry()
        (message,) = server.messages
        assert server.to == [["a@example.org", "b@example.org"]]
        assert "Subject: [Cotside] HIGH Cot 1: Camera offline" in message
        assert "not an alarm" in message


def test_a_name_with_a_line_break_adds_no_header(desk: Desk):
    desk.store.edit_cot(desk.cot_id, name="Cot\r\nBcc: thief@example.org")
    with mail_receiver() as server:
        desk.tell()
        assert desk.carrier(mail(server.port)).carry() == 1
        head = server.messages[0].partition("\r\n\r\n")[0]
        assert not any(line.startswith("Bcc") for line in head.splitlines())
        assert server.to == [["ward@example.org"]]


def test_a_wrong_mail_password_is_told_without_the_password(desk: Desk, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "wr@ng:pass")
    with mail_receiver(password="right") as server:
        channel = mail(server.port, username="ward", password_env="MAIL_PASSWORD")
        desk.tell()
        assert desk.carrier(channel).carry() == 0
        error = desk.store.stuck_notices()[0].error
        assert error == "127.0.0.1 refused the user name or the password"
        monkeypatch.setenv("MAIL_PASSWORD", "right")
        desk.now_us += 60 * S
        assert desk.carrier(channel).carry() == 1


def test_two_channels_do_not_wait_for_each_other(desk: Desk):
    with mail_receiver() as server, web_receiver(*[500] * 100):
        desk.tell()
        assert desk.carrier(webhook("http://127.0.0.1:9/")).carry() == 0
        assert desk.carrier(mail(server.port)).carry() == 1


def test_of_two_processes_one_carries_and_the_other_follows_when_it_ends(desk: Desk):
    with web_receiver() as web:
        first, second = desk.carrier(webhook(web.url)), desk.carrier(webhook(web.url))
        first.start()
        wait_until(lambda: first._lock is not None, what="the first has the lock")
        second.start()
        desk.tell("raised")
        wait_until(lambda: len(web.posted) == 1, what="the notice")
        assert second._lock is None
        first.stop(5)
        wait_until(lambda: second._lock is not None, what="the second has the lock")
        desk.tell("closed")
        wait_until(lambda: len(web.posted) == 2, what="the next notice")
        second.stop(5)
        assert len(web.taken()) == len(set(web.taken())) == 2
