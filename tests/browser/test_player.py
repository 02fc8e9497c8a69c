"""The player in a real browser: the pose drawn is that of the very picture shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from db.lifecycle import open_database
from tests.support.hour import STARTED_US, minute_of, store_film
from tests.support.numbered import READ_NUMBER, numbered_video
from tests.support.running import Running, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
N_FRAMES = 400


@contextmanager
def shown(folder: Path, page: Page, recording_id: int) -> Iterator[tuple[Running, Locator]]:
    """Open the player of a film on a dashboard of its own."""
    arguments = ["dashboard", "--db", str(folder / "cotside.db"), "--port", "0", "--headless"]
    with running(folder, *arguments) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(f"{made.url}/review?recording={recording_id}")
        player = page.locator(".player")
        expect(player).to_have_attribute("data-ready", "times")
        yield made, player


def film_of(folder: Path, times_us: np.ndarray, **options) -> int:
    """A stored film of the numbered video with those times."""
    video = numbered_video(folder / "film.mp4", times_us, **options)
    block = minute_of(0, len(times_us))
    block.times_us[:] = STARTED_US + times_us - times_us[0]
    engine = open_database(folder / "cotside.db")
    try:
        return store_film(engine, video=video, blocks=[block])
    finally:
        engine.dispose()


def frame_of(player: Locator) -> int:
    return int(player.get_attribute("data-frame") or -1)


def agree(player: Locator, frame: int) -> bool:
    """Tell whether the overlay stands at a frame and the video shows that very picture."""
    video = player.locator("video")
    is_still = video.evaluate("video => !video.seeking && video.readyState >= 2")
    return is_still and frame_of(player) == frame == video.evaluate(READ_NUMBER)


def uneven(n_frames: int) -> np.ndarray:
    """25 frames a second that come unevenly, as a camera's do, beginning late in the file."""
    steps_us = np.random.default_rng(3).choice([20_000, 40_000, 60_000], n_frames)
    return 480_000 + np.cumsum(steps_us)


@pytest.mark.parametrize("times", ["even", "uneven"])
def test_the_pose_is_that_of_the_picture_shown_after_any_steps(
    tmp_path: Path, page: Page, times: str
):
    times_us = np.arange(N_FRAMES) * 40_000 if times == "even" else uneven(N_FRAMES)
    recording_id = film_of(tmp_path, times_us)
    with shown(tmp_path, page, recording_id) as (_, player):
        expect(player).to_have_attribute("data-video", "original")
        until(lambda: agree(player, 0), 30, "the first frame")
        page.keyboard.press("End")
        until(lambda: agree(player, N_FRAMES - 1), 30, "the last frame")
        page.keyboard.press("Home")
        for _ in range(7):
            page.keyboard.press("ArrowRight")
        until(lambda: agree(player, 7), 30, "seven steps on")
        page.keyboard.press("ArrowLeft")
        until(lambda: agree(player, 6), 30, "one step back")
        slider = player.locator(".slider")
        for frame in (133, 134, 251, 48, 50, 51):
            slider.evaluate(
                "(it, at) => { it.value = at; it.dispatchEvent(new Event('input')); }", frame
            )
            until(lambda frame=frame: agree(player, frame), 30, f"frame {frame}")
        # Before a key picture an uneven file may give a picture no length: it is passed over.
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        until(lambda: agree(player, 48), 30, "three steps back")
        page.keyboard.press("Home")
        until(lambda: agree(player, 0), 30, "the beginning")
        page.keyboard.press("Space")
        until(lambda: frame_of(player) > 20, 30, "it plays")
        page.keyboard.press("Space")
        expect(player).to_have_attribute("data-playing", "false")
        until(lambda: agree(player, frame_of(player)), 30, "the frame where it was stopped")
        expect(player).to_have_attribute("data-pose", "true")
