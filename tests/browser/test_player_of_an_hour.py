"""The player with an hour of 25 frames a second: what it fetches and what it holds stay small."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Response

from db.lifecycle import open_database
from tests.browser.test_player import frame_of, shown
from tests.support.hour import FPS, store_film
from tests.support.running import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
MINUTES = 60
N_FRAMES = MINUTES * 60 * FPS
PLACES = [N_FRAMES * k // 12 for k in range(1, 12)]
MOST_BYTES_AT_ONCE = 100_000
MOST_PARTS_AT_START, MOST_PARTS_A_PLACE = 4, 4
MOST_NODES = 400


def hour(folder: Path) -> int:
    engine = open_database(folder / "cotside.db")
    try:
        return store_film(engine, MINUTES)
    finally:
        engine.dispose()


class Fetched:
    """What the page fetched of the film: address and size of each answer, as it was sent."""

    def __init__(self, page: Page) -> None:
        self.sizes: list[tuple[str, int]] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/film/" in response.url:
            length = int(response.headers.get("content-length", "0"))
            self.sizes.append((response.url.split("?")[0], length))

    @property
    def n_parts(self) -> int:
        return sum("/points/" in url for url, _ in self.sizes)


def nodes(player: Locator) -> int:
    return player.evaluate("player => player.querySelectorAll('*').length")


def go_to(player: Locator, frame: int) -> None:
    slider = player.locator(".slider")
    slider.evaluate("(it, at) => { it.value = at; it.dispatchEvent(new Event('input')); }", frame)
    until(lambda: frame_of(player) == frame, 60, f"frame {frame}")
    until(lambda: player.get_attribute("data-pose") == "true", 60, f"the pose of frame {frame}")


def test_an_hour_is_fetched_in_parts_and_the_page_does_not_grow(tmp_path: Path, page: Page):
    recording_id = hour(tmp_path)
    fetched = Fetched(page)
    with shown(tmp_path, page, recording_id) as (_, player):
        until(lambda: player.get_attribute("data-pose") == "true", 60, "the first pose")
        assert 1 <= fetched.n_parts <= MOST_PARTS_AT_START
        at_start = nodes(player)
        assert at_start <= MOST_NODES
        for frame in PLACES:
            go_to(player, frame)
        page.keyboard.press("End")
        until(lambda: frame_of(player) == N_FRAMES - 1, 60, "the last frame")
        assert fetched.n_parts <= MOST_PARTS_AT_START + MOST_PARTS_A_PLACE * (len(PLACES) + 1)
        assert nodes(player) <= at_start + 5
        assert max(size for _, size in fetched.sizes) <= MOST_BYTES_AT_ONCE
        assert sum(size for _, size in fetched.sizes) > 0
