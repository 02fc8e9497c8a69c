"""Night mode: one press, kept over pages and reloads, until it is pressed again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.running import running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def filter_of(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).filter"))


def test_night_mode_stays_on_over_pages_and_reloads_and_goes_off_by_another_press(
    tmp_path: Path, page: Page, outside: list[str]
):
    arguments = ["dashboard", "--db", str(tmp_path / "cotside.db"), "--port", "0", "--headless"]
    with running(tmp_path, *arguments) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(made.url)
        switch = page.get_by_role("button", name="Night mode")
        expect(switch).to_have_attribute("aria-pressed", "false")
        assert filter_of(page) == "none"
        switch.focus()
        page.keyboard.press("Enter")
        expect(switch).to_have_attribute("aria-pressed", "true")
        assert "brightness" in filter_of(page)
        for path in ("advisories", "people"):
            page.goto(f"{made.url}/{path}")
            expect(switch).to_have_text("Night mode on")
            assert "brightness" in filter_of(page)
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "false")
        page.reload()
        expect(switch).to_have_attribute("aria-pressed", "false")
        assert filter_of(page) == "none"
        assert outside == []
