"""Kept video in the Recordings page: a real file of the keeper's, in a real browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db.lifecycle import open_database
from db.store import Store
from tests.support.kept_video import FPS, keep_video
from tests.support.running import running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
SECONDS = 20
# The brightness of the corner tells the last digit of the picture shown (see clip_pictures).
SHOWN = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const [red, green, blue] = context.getImageData(25, 25, 1, 1).data;
  return video.seeking || video.readyState < 2 ? -1 : (red + green + blue) / 3;
}"""
SEEK = """(slider, frames) => { for (const frame of frames) {
  slider.value = frame; slider.dispatchEvent(new Event("input")); } }"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    engine = open_database(tmp_path / "cotside.db")
    cot_id = Store(engine).add_cot("Cot 1")
    start_us = time.time_ns() // 1000 - 300_000_000
    keep_video(engine, tmp_path / "videos", cot_id, start_us, SECONDS)
    engine.dispose()
    return tmp_path


def test_the_kept_picture_is_that_of_the_frame_and_a_lost_file_is_said(folder: Path, page: Page):
    arguments = ["dashboard", "--db", str(folder / "cotside.db"), "--port", "0", "--headless"]
    with running(folder, *arguments) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(f"{made.url}/recordings")
        scrubber = page.locator(".scrubber")
        expect(scrubber).to_be_visible()
        video, slider = scrubber.locator("video"), scrubber.locator("input")

        def shows(frame: int) -> bool:
            # Twenty levels a picture; H.264 is exact to a few.
            return abs(video.evaluate(SHOWN) - 30 - 20 * (frame % 10)) < 8

        for frame in (37, 38, 160, 159, SECONDS * FPS - 1):
            slider.evaluate(SEEK, [frame])
            until(lambda frame=frame: shows(frame), 60, f"the picture of frame {frame}")
        slider.evaluate(SEEK, [10, 251, 93, 134, 76])
        until(lambda: shows(76), 30, "the last of many seeks")
        expect(scrubber.locator(".note")).to_be_hidden()
        scrubber.locator(".play").click()
        until(lambda: video.evaluate("video => video.currentTime") > 6.5, 30, "it plays")
        for file in (folder / "videos").glob("*/*.mp4"):
            file.unlink()
        page.reload()
        expect(page.get_by_text("the kept picture cannot be loaded")).to_be_visible()
        expect(scrubber.locator(".clock")).not_to_be_empty()
