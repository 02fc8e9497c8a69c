"""The report, over a made-up ward: two pages, and the numbers of the page."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from typer.testing import CliRunner

from app import following
from app.cli import cli
from app.demo.fill import Plan, fill
from app.report.as_html import as_html
from app.report.as_pdf import as_pdf
from app.report.content import Report, gather
from app.report.figure import Box, Words, draw
from app.views.summary import summarise, summary_figures
from db import audit
from db.engine import writing
from db.lifecycle import open_database
from db.schema import Event
from db.store import Store
from pipeline.errors import CotsideError

END_US = 1_795_176_000_000_000  # 2026-11-20 12:00 UTC
HOUR_US = 3_600_000_000
SPAN_US = (END_US - 8 * HOUR_US, END_US)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("ward") / "ward.db"
    engine = open_database(path)
    fill(engine, Plan(cots=2, minutes=720, end_us=END_US, keypoint_minutes=1))
    with writing(engine) as session:
        session.add(Event.moment("note", EVIL, time_us=END_US - HOUR_US, cot_id=1))
    yield path, Store(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def report(ward) -> Report:
    _, store = ward
    names = {cot.id: cot.name for cot in store.cots()}
    followed = following.follow(store, 1, END_US - 1)
    return gather(store, followed, names, SPAN_US, UTC, END_US)


def pdf_texts(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


def test_the_numbers_are_those_of_the_page(ward, report: Report):
    _, store = ward
    trends = following.trends(store, following.follow(store, 1, END_US - 1), *SPAN_US)
    shown = summary_figures(summarise(trends, SPAN_US))
    assert list(report.figures) == shown
    page, pdf = as_html(report), pdf_texts(as_pdf(report))[0]
    for figure in shown:
        assert f"<strong>{figure.value}</strong>" in page
        assert figure.value in pdf


def test_both_forms_carry_banner_method_filter_version_and_coverage(report: Report):
    pages = pdf_texts(as_pdf(report))
    assert len(pages) == 2
    for page in pages:
        assert "Research use only. Not a medical device, not an alarm." in page
    for text in (as_html(report), " ".join(" ".join(pages).split())):
        assert "zero-phase Butterworth, order 4, 6 Hz" in text
        assert "Measures: version" in text
        assert "A minute is assessable when 80% of it" in text
        assert "made up 1 (000000000000)" in text
        assert "Assessable" in text


def test_what_a_person_typed_never_becomes_markup(report: Report):
    page = as_html(report)
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=", page)


def test_an_hour_without_a_record_is_said_and_not_zero(report: Report):
    assert len(report.rows) == 8
    texts = [row for row in report.rows if "not recorded" in row]
    assert all(cell == "" for row in texts for cell in row[2:])


def test_the_drawing_keeps_to_its_sheet_and_hatches_what_is_not_assessable(report: Report):
    drawing = draw(report.chart)
    boxes = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    assert all(box.x >= -0.1 and box.x + box.width <= 700.1 for box in boxes)
    assert all(box.width >= 0 and box.y + box.height <= drawing.height for box in boxes)
    assert any(box.fill == "#f3f5f6" for box in boxes)
    words = [shape.text for shape in drawing.shapes if isinstance(shape, Words)]
    assert {"Movement", "Posture", "Coverage"} <= set(words)


def test_a_week_over_a_change_of_the_clock_has_a_row_for_each_day(tmp_path: Path):
    london = ZoneInfo("Europe/London")
    end_us = 1_793_188_800_000_000  # 2026-10-28 12:00 UTC, three days after the clocks went back
    engine = open_database(tmp_path / "ward.db")
    fill(engine, Plan(cots=1, minutes=7 * 1440, end_us=end_us, keypoint_minutes=0))
    store = Store(engine)
    span_us = (end_us - 7 * 24 * HOUR_US, end_us)
    made = gather(store, following.follow(store, 1, end_us), {1: "Cot 1"}, span_us, london, end_us)
    engine.dispose()
    assert [row[0] for row in made.rows] == [
        "Wed 21 Oct 13:00 to 00:00", "Thu 22 Oct", "Fri 23 Oct", "Sat 24 Oct", "Sun 25 Oct",
        "Mon 26 Oct", "Tue 27 Oct", "Wed 28 Oct 00:00 to 12:00",
    ]  # fmt: skip
    assert len(pdf_texts(as_pdf(made))) == 2


def run(path: Path, *arguments: str):
    return CliRunner().invoke(cli, ["report", "--db", str(path), *arguments])


SPAN = ["--from", "2026-11-20T04:00", "--to", "2026-11-20T12:00"]


@pytest.mark.parametrize(("name", "start"), [("r.pdf", b"%PDF"), ("r.html", b"<!doctype html>")])
def test_the_command_writes_the_form_its_file_asks_for_and_notes_it(
    ward, tmp_path: Path, name: str, start: bytes
):
    path, _ = ward
    out = tmp_path / name
    done = run(path, "--cot", "Cot 1", *SPAN, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(start)
    engine = open_database(path)
    (last,) = audit.entries(engine, limit=1)
    engine.dispose()
    assert (last.action, last.subject, last.role) == ("exported", "infant/1", "command line")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--cot", "9", *SPAN, "--out", "r.pdf"], "there is no cot '9'; there are: Cot 1, Cot 2"),
        (["--cot", "1", *SPAN, "--out", "r.doc"], "ends in .pdf or .html"),
        (["--cot", "1", "--from", "soon", "--to", "late", "--out", "r.pdf"], "--from 'soon' is no"),
        (["--cot", "1", *SPAN[2:], "--from", "2026-11-21", "--out", "r.pdf"], "must be earlier"),
        (["--cot", "1", *SPAN, "--out", "r.pdf", "--zone", "Mars"], "--zone 'Mars' is not known"),
        (["--cot", "1", *SPAN, "--out", "nowhere/r.pdf"], "cannot be written"),
        (["--cot", "1", *SPAN[2:], "--from", "2026-01-01", "--out", "r.pdf"], "31 days at most"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], line: str
):
    path, _ = ward
    monkeypatch.chdir(tmp_path)
    done = run(path, *arguments)
    assert isinstance(done.exception, CotsideError)
    assert line in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(ward, tmp_path: Path):
    path, _ = ward
    out = tmp_path / "r.pdf"
    out.write_text("precious")
    assert run(path, "--cot", "1", *SPAN, "--out", str(out)).exit_code == 1
    assert out.read_text() == "precious"
