import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("mmpose")

import typer

from tests.support.judged import answers, pictures
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model
from training.errors import DatasetError
from training.evaluate import RESEARCH_USE, full_report, main
from training.evaluation.page import page, write_page


@pytest.fixture
def judged(tmp_path):
    truth = pictures(12, folder=tmp_path)
    for path in truth.paths:
        cv2.imwrite(str(path), draw_dots(standing_body()))
    found = answers(truth, np.linspace(0, 40, 12))
    result = {
        "research_use": RESEARCH_USE,
        "model": "<b>dots</b>",
        "version": "1",
        "sha256": "ab" * 32,
        "provider": "cpu",
        "data": {"side": "val", "versions": {"set": None}},
        "images": {"upright": full_report(found, truth)},
        "speed": {"bare_session_ms": 1.0, "whole_ms": 2.0},
    }
    return result, found, truth


class _Balanced(HTMLParser):
    VOID = ("meta", "img", "br", "path", "circle", "rect")

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_stands_alone_and_says_what_it_is_for(judged):
    text = page(*judged)
    parser = _Balanced()
    parser.feed(text)
    assert not parser.open
    assert "Research use only" in text
    assert "<script" not in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "prefers-color-scheme: dark" in text
    assert "&lt;b&gt;dots" in text
    assert "<b>dots" not in text


def test_the_worst_pictures_come_first_with_blurred_faces(judged):
    result, found, truth = judged
    blurred, bare = page(result, found, truth), page(result, found, truth, faces=True)
    assert blurred.index("11.jpg") < blurred.index("10.jpg") < blurred.index("9.jpg")
    assert "Faces are blurred" in blurred
    assert "Faces are blurred" not in bare
    first = [re.search(r"base64,([^\"]+)", text).group(1) for text in (blurred, bare)]
    assert first[0] != first[1]


def test_a_page_that_cannot_be_written_is_one_line(judged, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatasetError, match="cannot be written"):
        write_page(tmp_path / "taken" / "page.html", *judged)


def test_a_model_is_measured_from_the_command_line(tmp_path):
    images = tmp_path / "set" / "images"
    images.mkdir(parents=True)
    entries, annotations = [], []
    for number in range(6):
        body = standing_body((200 + 20 * number, 240))
        cv2.imwrite(str(images / f"{number}.png"), draw_dots(body))
        entries.append(
            {"id": number, "file_name": f"{number}.png", "width": 640, "height": 480}
            | {"infant": f"i{number // 2}"}
        )
        flat = np.column_stack([body, np.full(13, 2)]).ravel().tolist()
        low, high = body.min(0), body.max(0)
        annotations.append(
            {"id": number + 1, "image_id": number, "category_id": 1, "keypoints": flat}
            | {"bbox": [*low.tolist(), *(high - low).tolist()]}
        )
    from pipeline.skeleton import INFANT13

    category = {"id": 1, "name": "infant", "keypoints": list(INFANT13.keypoints)}
    document = {"images": entries, "annotations": annotations, "categories": [category]}
    (tmp_path / "set" / "annotations.json").write_text(json.dumps(document))
    model = write_model(tmp_path / "model", dot_graph())
    program = typer.Typer()
    program.command()(main)
    done = CliRunner().invoke(
        program,
        f"{model} --images {tmp_path / 'set'} --cover 2 --report {tmp_path / 'page.html'}".split(),
    )
    assert done.exit_code == 0, done.output
    result = json.loads(done.output)
    upright = result["images"]["upright"]
    assert upright["figures"]["PCK@0.1"]["value"] > 0.9
    assert upright["infants_or_sources"] == 3
    assert result["occlusion"]["parts"]["left arm"]["PCK@0.1"]["lost"] > 0.05
    assert result["speed"]["bare_session_ms"] > 0
    assert (tmp_path / "page.html").stat().st_size > 10_000
