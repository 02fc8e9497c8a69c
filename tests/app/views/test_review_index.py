"""The report of a review: a video that was reviewed before stands beside its earlier reviews."""

from __future__ import annotations

from typing import Any

from app.views.review_index import beside_html


def summary(recording: int, **changes: Any) -> dict[str, Any]:
    values = {
        "recording": recording,
        "model": "<i>old</i> 1",
        "coverage": 0.25,
        "frames": 200,
        "jumps": 3,
        "reasons": {"no infant seen": 50},
        "quantity_of_motion": {"mean": None},
    }
    return values | changes


def test_each_review_of_a_video_is_a_row_with_its_model_the_newest_last():
    new = summary(9, model="new 2", coverage=0.5, quantity_of_motion={"mean": 0.12})
    html = beside_html([summary(4)], new)
    old_row, new_row = html.split("<tr>")[2:]
    assert "recording 4" in old_row
    assert "&lt;i&gt;old&lt;/i&gt; 1" in old_row
    assert "25 % of the frames" in old_row
    assert "not assessable" in old_row
    assert "this one" in new_row
    assert "0.12 trunk/s" in new_row


def test_a_video_that_was_reviewed_once_has_nothing_beside_it():
    assert beside_html([], summary(9)) == ""
