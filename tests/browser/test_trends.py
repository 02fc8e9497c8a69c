"""The trend strips as a person uses them: by keys, by a click, on the days the clock changes."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo.fill import Plan, fill
from app.views.strips import trends_chart
from db.lifecycle import open_database
from db.store import Store
from db.times import to_us
from tests.support.kept_video import keep_video
from tests.support.running import ROOT, running, until
from tests.support.trends import MINUTE_US, made_trends

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
BERLIN = ZoneInfo("Europe/Berlin")
KEPT_S = 20
# Where in the drawing of the last hour a time (ms) lies.
PLACE_OF = """(figure, ms) => {
  const { x1, x2 } = figure.querySelector("svg line.axis");
  const [left, right] = [x1.baseVal.value, x2.baseVal.value];
  return { x: right - ((Date.now() - ms) / 3.6e6) * (right - left), y: 60 };
}"""
# The chart's own script, alone on a page: times of any day can be given to it.
MOUNT = """async ([script, data]) => {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: mount } = await import(address);
  mount({ parentElement: document.body, data: [data], setTriggerValue: () => {} });
}"""


@pytest.fixture
def filmed_us() -> int:
    """The start of a minute, a little while ago."""
    five_ago_us = time.time_ns() // 1000 - 5 * MINUTE_US
    return five_ago_us - five_ago_us % MINUTE_US


@pytest.fixture
def folder(tmp_path: Path, filmed_us: int) -> Path:
    """Four hours of one cot, and another with a few seconds of kept video."""
    engine = open_database(tmp_path / "cotside.db")
    fill(engine, Plan(cots=1, minutes=240, keypoint_minutes=60))
    filmed = Store(engine).add_cot("Filmed")
    keep_video(engine, tmp_path / "videos", filmed, filmed_us, KEPT_S)
    engine.dispose()
    return tmp_path


def strips(page: Page) -> Locator:
    return page.locator('figure.chart[data-choosable="true"]')


def is_pointed_at(page: Page, minute_ms: int) -> bool:
    """Point at a minute of the last hour; the drawing may still show four, or be a while old."""
    said = page.evaluate("ms => new Date(ms).toTimeString().slice(0, 5)", minute_ms)
    for late_ms in (30_000, 50_000, 70_000):
        place = strips(page).evaluate(PLACE_OF, minute_ms + late_ms)
        strips(page).locator("svg").hover(position=place)
        if strips(page).locator(".line").inner_text().startswith(said):
            return True
    return False


def minute_of(line: str) -> str:
    found = re.match(r"\d\d:\d\d", line)
    assert found is not None, line
    return found.group()


def test_a_moment_is_found_by_keys_or_a_click_and_opens_with_skeleton_and_picture_and_closes(
    folder: Path, filmed_us: int, page: Page, outside: list[str]
):
    arguments = ["dashboard", "--db", str(folder / "cotside.db"), "--port", "0", "--headless"]
    with running(folder, *arguments) as made:
        page.context.add_cookies([made.cookie()])
        page.goto(f"{made.url}/cot?cot=1")
        drawing, line = strips(page).locator("svg"), strips(page).locator(".line")
        expect(drawing).to_be_visible()
        drawing.focus()
        for key in ("End", *["Shift+ArrowLeft"] * 2):
            page.keyboard.press(key)
        before = minute_of(line.inner_text())
        page.keyboard.press("ArrowRight")
        assert minute_of(line.inner_text()) != before
        expect(line).to_contain_text(re.compile("trunk lengths/s|not assessable"))
        page.keyboard.press("Escape")
        expect(line).to_be_empty()
        for key in ("End", *["Shift+ArrowLeft"] * 2, "ArrowRight"):
            page.keyboard.press(key)
        chosen = minute_of(line.inner_text())
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=re.compile(rf"^At .*{chosen}:00$"))).to_be_visible()
        expect(page.locator(".scrubber .clock")).to_contain_text(chosen)
        expect(page.get_by_text("Skeleton only: no video was kept here.")).to_be_visible()
        # One press, although the strips lose the focus, and empty their cursor, by it.
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("heading", name=re.compile("^At "))).to_have_count(0)

        page.goto(f"{made.url}/cot?cot=2")
        expect(drawing).to_be_visible()
        page.get_by_text("1 h", exact=True).click()
        until(lambda: is_pointed_at(page, filmed_us // 1000), 60, "the filmed minute is drawn")
        page.mouse.down()
        page.mouse.up()
        video = page.locator(".scrubber video")
        expect(video).to_be_visible()
        until(lambda: video.evaluate("video => video.videoWidth"), 60, "the picture")
        expect(page.get_by_text("Skeleton only: no video was kept here.")).to_have_count(0)
        assert outside == []


@pytest.mark.parametrize(
    ("day", "hours", "elapsed"),
    [
        (
            datetime(2026, 10, 25),
            25,
            {"04:00": 5, "08:00": 9, "12:00": 13, "16:00": 17, "20:00": 21},
        ),
        (
            datetime(2026, 3, 29),
            23,
            {
                "03:00": 2,
                "06:00": 5,
                "09:00": 8,
                "12:00": 11,
                "15:00": 14,
                "18:00": 17,
                "21:00": 20,
            },
        ),
    ],
)
def test_on_a_day_on_which_the_clock_changes_every_time_stands_at_its_true_distance(
    page: Page, day: datetime, hours: int, elapsed: dict[str, int]
):
    start_us = to_us(day.replace(tzinfo=BERLIN))
    span_us = (start_us, start_us + hours * 60 * MINUTE_US)
    trends = made_trends(start_us, [0.2] * hours * 60, postures=["supine"] * hours * 60)
    script = (ROOT / "app/components/chart.js").read_text(encoding="utf-8")
    page.evaluate(MOUNT, [script, trends_chart(trends, span_us, BERLIN)])
    texts = [text or "" for text in page.locator("text.tick").all_text_contents()]
    assert texts[0] == f"{day:%a} {day.day} {day:%b}"
    left, right = page.locator("line.axis").first.evaluate(
        "axis => [axis.x1.baseVal.value, axis.x2.baseVal.value]"
    )
    places = page.locator("text.tick").evaluate_all("ticks => ticks.map(t => t.x.baseVal[0].value)")
    elapsed_h = [round((x - left) / (right - left) * hours, 2) for x in places]
    assert dict(zip(texts[1:], elapsed_h[1:], strict=True)) == elapsed
