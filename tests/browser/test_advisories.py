"""Advisories as a person meets them: a monitor hangs, it stands on the page, it is seen to."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.running import Running, dashboard_arguments, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def lasting(made: Running) -> list[bool]:
    """Whether the cause lasts, of each "not monitoring" that is open.

    A busy machine may take so long to start the monitor that one stands before the test begins.
    """
    query = (
        "SELECT gone_us IS NULL FROM advisories WHERE kind = 'not_monitoring' AND closed_us IS NULL"
    )
    return [bool(row[0]) for row in made.ask(query)]


def reasons(made: Running) -> list[str]:
    query = "SELECT reason FROM advisory_transitions WHERE what = 'acknowledged'"
    return [row[0] for row in made.ask(query)]


def test_a_hung_monitor_is_put_on_record_and_acknowledged_by_keyboard(
    tmp_path: Path, page: Page, outside: list[str]
):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        until(made.is_watched, 90, "the cot is watched")
        pid = made.monitor_pid()
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            # Where it hung amid a write, the record waits until the supervisor has ended it.
            until(lambda: lasting(made) == [True], 90, "the advisory")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        until(lambda: lasting(made) == [False], 60, "the monitor's return")

        page.emulate_media(reduced_motion="reduce")
        page.context.add_cookies([made.cookie()])
        page.goto(f"{made.url}/advisories")
        card = page.locator(".cotside-advisory").filter(has_text="Not monitoring")
        expect(card).to_contain_text("high priority")
        expect(card).to_contain_text("waits to be acknowledged")
        animation = card.locator(".cotside-sign").evaluate("e => getComputedStyle(e).animationName")
        assert animation == "none"

        page.get_by_role("button", name="Acknowledge").first.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("radiogroup")).to_be_visible()
        dialog.get_by_role("radio").first.focus()
        page.keyboard.press("ArrowDown")
        dialog.get_by_role("button", name="Acknowledge").focus()
        page.keyboard.press("Enter")
        until(lambda: reasons(made) == ["care"], 30, "the acknowledgement")
        until(lambda: lasting(made) == [], 30, "its end")
        expect(card).to_have_count(0)
        assert outside == []
