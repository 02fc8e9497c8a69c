"""Signing in as a person does: by keyboard, with the code of the first start; then out again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.running import running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PASSWORD = "four calm words here"


def type_and_tab(page: Page, field: str, *texts: str) -> None:
    """Type into the field that has the focus by itself, and those after it; then press Enter."""
    expect(page.locator(f"input[name={field}]:focus")).to_be_visible()
    page.keyboard.type(texts[0])
    for text in texts[1:]:
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_the_first_administrator_comes_in_by_keyboard_and_goes_out(
    tmp_path: Path, page: Page, outside: list[str]
):
    arguments = ["dashboard", "--db", str(tmp_path / "cotside.db"), "--port", "0", "--headless"]
    with running(tmp_path, *arguments) as made:
        page.goto(f"{made.url}/cameras")
        page.wait_for_url("**/sign-in?next=*")
        log = (tmp_path / "dashboard.log").read_text(encoding="utf-8")
        code = re.search(r"one-time code (\S+)", log)
        assert code is not None
        type_and_tab(page, "name", "administrator", "not the code")
        expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        type_and_tab(page, "password", code.group(1))
        page.wait_for_url("**/sign-in/password")
        type_and_tab(page, "password", PASSWORD, PASSWORD)
        expect(page.get_by_text("Research use only")).to_be_visible()
        # A page that is still being laid may close what is opened on it.
        expect(page.get_by_role("heading").first).to_be_visible()
        page.get_by_role("button", name="administrator").click()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in*")
        page.goto(f"{made.url}/people")
        page.wait_for_url("**/sign-in?next=*")
        assert outside == []
