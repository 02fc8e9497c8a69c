"""What a person sees: the real dashboard, the real monitor, a real browser."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.resting import resting_box
from tests.support.running import CLIP, dashboard_arguments, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def sequence(page: Page) -> int:
    return int(page.locator("article.tile").first.get_attribute("data-sequence") or -1)


def test_a_ward_is_live_and_says_so_when_its_monitor_hangs(
    tmp_path: Path, page: Page, outside: list[str]
):
    with running(tmp_path, *dashboard_arguments(tmp_path, cots=2)) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(made.url)
        expect(page.get_by_text("Research use only")).to_be_visible()
        expect(page.locator('article.tile[data-picture="live"]')).to_have_count(2)
        first = sequence(page)
        until(lambda: sequence(page) > first, 10, "the picture changes")
        pid = made.monitor_pid()
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        began_s = time.monotonic()
        try:
            expect(page.get_by_text("NOT MONITORING since")).to_be_visible(timeout=10_000)
            assert time.monotonic() - began_s < 10
            expect(page.locator('article.tile[data-picture="live"]')).to_have_count(0)
            expect(page.locator(".number")).to_have_count(0)
        finally:
            os.kill(pid, signal.SIGCONT)
        expect(page.locator('article.tile[data-picture="live"]')).to_have_count(2)
        page.locator("article.tile button.well").first.click()
        expect(page.get_by_text("Skeleton only")).to_be_visible()
        page.wait_for_url("**/cot?cot=*")
        assert outside == []


def test_a_dashboard_that_dies_leaves_no_picture_that_looks_live(tmp_path: Path, page: Page):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(made.url)
        expect(page.locator('article.tile[data-picture="live"]')).to_have_count(1)
        made.process.kill()
        expect(page.locator('article.tile[data-picture="live"]')).to_have_count(0, timeout=10_000)
        expect(page.get_by_text("Connection to the dashboard lost")).to_be_visible(timeout=20_000)


def test_the_first_camera_is_added_tested_drawn_and_gives_poses(tmp_path: Path, page: Page):
    arguments = ["dashboard", "--db", str(tmp_path / "cotside.db"), "--port", "0", "--headless"]
    with running(tmp_path, *arguments) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(made.url)
        page.get_by_role("link", name="Add your first camera").click()
        page.get_by_label("Cot", exact=True).fill("Bay 2, cot 1")
        page.get_by_label("Address of the camera", exact=True).fill(f"file:{CLIP}")
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_text("It works:")).to_be_visible()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Now draw the cot on the picture.")).to_be_visible()
        picture = page.locator(".drawing")
        picture.scroll_into_view_if_needed()
        until(lambda: (picture.bounding_box() or {}).get("height", 0) > 50, 30, "the picture")
        box = resting_box(picture)
        page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
        page.mouse.up()
        expect(page.locator(".drawing .label")).to_have_text("80 × 70 %")
        page.get_by_role("button", name="Save the cot").click()
        expect(page.get_by_text("The cot is saved")).to_be_visible()
        (rectangle,) = made.ask("SELECT json_extract(rectangle, '$.width') FROM cots")
        assert rectangle[0] == pytest.approx(0.8, abs=0.02)
        page.get_by_role("link", name="Ward").click()
        expect(page.locator('article.tile[data-picture="live"]')).to_have_count(1)
        until(lambda: made.frames_stored() > 0, 60, "poses are stored")
