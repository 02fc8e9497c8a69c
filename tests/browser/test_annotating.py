"""The skeleton editor in a real browser: drag, undo, a draft over a reload, save and go on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.permissions import Role
from db.annotation_schema import AnnotationFrame
from db.lifecycle import open_database
from db.store import Store
from pipeline.annotation.pictures import PictureFolder
from tests.support.resting import resting_box
from tests.support.running import Running, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
SIZE_WH = (640, 360)
ANNOTATOR = "a reviewer"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures in the queue; the first has a draft of three points."""
    engine = open_database(tmp_path / "cotside.db")
    store, pictures = Store(engine), PictureFolder.under(tmp_path)
    for number in range(2):
        image = np.full((SIZE_WH[1], SIZE_WH[0], 3), 90 + 60 * number, np.uint8)
        cv2.circle(image, (320, 180), 60, (200, 220, 240), -1)
        kept = pictures.keep_image(image)
        frame_id, _ = store.add_frame(
            AnnotationFrame(
                sha256=kept.sha256, file=kept.file, width=kept.width, height=kept.height,
                bytes=kept.bytes, source="clip", time_us=number, queued_by="x", priority=-number,
            )
        )  # fmt: skip
        if number == 0:
            drawn = {"nose": (320, 60, 2), "left_knee": (400, 300, 2), "right_knee": (240, 300, 2)}
            store.keep_draft(frame_id, ANNOTATOR, drawn)
    engine.dispose()
    return tmp_path


def draft(made: Running) -> dict[str, list[float]]:
    """The annotator's draft of the first picture as it is stored."""
    ((found,),) = made.ask("SELECT draft FROM annotations WHERE frame_id = 1")
    return json.loads(found)["points"]


def saved(made: Running) -> list[dict[str, list[float]]]:
    """The saved versions of the first picture, oldest first."""
    rows = made.ask("SELECT points FROM annotation_revisions ORDER BY id")
    return [json.loads(points) for (points,) in rows]


def drag(page: Page, from_xy: tuple[float, float], to_xy: tuple[float, float]) -> None:
    """Drag from one place of the picture (its own pixels) to another."""
    box = resting_box(page.locator(".editor .picture"))
    scale = box["width"] / SIZE_WH[0]

    def on_screen(at: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + at[0] * scale, box["y"] + at[1] * scale

    page.mouse.move(*on_screen(from_xy))
    page.mouse.down()
    page.mouse.move(*on_screen(to_xy), steps=5)
    page.mouse.up()


def test_drag_undo_swap_reload_and_save(folder: Path, page: Page, outside: list[str]):
    arguments = ["dashboard", "--db", str(folder / "cotside.db"), "--port", "0", "--headless"]
    with running(folder, *arguments) as made:
        page.context.add_cookies([made.cookie(Role.REVIEWER)])
        page.goto(f"{made.url}/annotate?frame=1")
        editor = page.locator(".editor")
        expect(editor).to_be_visible()
        drag(page, (320, 60), (350, 90))
        until(lambda: _near(draft(made), "nose", (350, 90)), 60, "the draft is kept")
        page.keyboard.press("z")
        until(lambda: _near(draft(made), "nose", (320, 60)), 60, "the drag is undone")
        editor.get_by_role("button", name="left knee").click()
        page.keyboard.press("s")
        page.keyboard.press("o")
        page.keyboard.press("Shift+ArrowUp")
        until(lambda: _near(draft(made), "left_knee", (240, 290)), 60, "swapped, moved")
        page.reload()
        expect(editor.get_by_text("Draft kept; not saved yet")).to_be_visible()
        assert editor.locator(".point").count() == 3
        editor.get_by_role("button", name="Save").click()
        until(lambda: saved(made), 60, "it is saved")
        (version,) = saved(made)
        assert version["left_knee"][2] == 1
        assert _near(version, "right_knee", (400, 300))
        expect(editor.get_by_text("Nothing labelled yet")).to_be_visible()
        assert "frame=2" in page.url
    assert not outside


def _near(points: dict[str, list[float]], name: str, at: tuple[float, float]) -> bool:
    return float(np.hypot(*np.subtract(points[name][:2], at))) < 2.5
