from __future__ import annotations

import pytest

from app.views.trends import covered_words
from pipeline.movement.hidden import PARTS


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), ""),
        (("right_leg",), "covered: right leg"),
        (("left_leg", "right_leg", "trunk"), "covered: legs and trunk"),
        (("left_arm", "left_leg", "right_arm", "right_leg"), "covered: legs and arms"),
        (tuple(PARTS), "covered all over"),
    ],
)
def test_covers_are_told_in_few_words_without_a_comma_that_would_part_them(parts, words):
    assert covered_words(parts) == words
