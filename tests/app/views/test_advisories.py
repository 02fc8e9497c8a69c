from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from app.views.advisories import AdvisoryRow, badge, badge_html, by_need, strip_html

NOW_US = 1_795_176_000_000_000
MINUTE = 60_000_000
ROW = AdvisoryRow(
    key="camera_offline/1/1",
    cot_id=1,
    cot_name="Cot 1",
    kind="camera_offline",
    title="Camera offline",
    family="technical",
    priority="high",
    message="nobody answers",
    onset_us=NOW_US - 5 * MINUTE,
    raised_us=NOW_US - 4 * MINUTE,
    announcements=1,
    is_gone=False,
    is_current=True,
)


def test_the_most_needed_comes_first():
    seen_to = replace(ROW, key="a", acknowledged_us=NOW_US)
    low = replace(ROW, key="b", priority="low")
    medium = replace(ROW, key="c", priority="medium")
    older = replace(medium, key="d", raised_us=0)
    found = by_need([seen_to, low, medium, older])
    assert [row.key for row in found] == ["d", "c", "b", "a"]


def test_a_badge_has_a_sign_and_a_word_beside_its_colour():
    made = badge([ROW, replace(ROW, key="x", priority="low")])
    assert made is not None
    assert (made["level"], made["sign"], made["text"], made["more"]) == (
        "high",
        "!!!",
        "Camera offline",
        1,
    )
    assert "high priority" in made["label"]
    assert badge([]) is None
    assert badge_html([]) == ""


def test_each_priority_has_a_sign_of_its_own():
    signs = {
        badge([replace(ROW, priority=word)])["sign"]  # type: ignore[index]
        for word in ("high", "medium", "low")
    }
    assert len(signs) == 3


def test_what_is_acknowledged_over_or_paused_is_calm():
    assert "cotside-calm" not in strip_html([ROW], NOW_US, UTC)
    for changes in (
        {"acknowledged_us": NOW_US},
        {"is_gone": True},
        {"paused_until_us": NOW_US + MINUTE},
    ):
        assert "cotside-calm" in strip_html([replace(ROW, **changes)], NOW_US, UTC)


def test_a_card_says_since_when_and_who_saw_to_it():
    row = replace(
        ROW, acknowledged_us=NOW_US, acknowledged_by="nurse", acknowledged_for="Care or handling"
    )
    made = strip_html([row], NOW_US, UTC)
    assert "(5 min)" in made
    assert "by nurse: Care or handling" in made


def test_while_nothing_is_monitored_a_card_does_not_claim_to_know():
    assert "not known whether" in strip_html([replace(ROW, is_current=False)], NOW_US, UTC)


def test_names_and_messages_are_escaped():
    evil = "<img src=x onerror=alert(1)>"
    made = strip_html([replace(ROW, cot_name=evil, message=evil)], NOW_US, UTC)
    assert "<img" not in made
    assert "<img" not in badge_html([replace(ROW, title=evil)])
