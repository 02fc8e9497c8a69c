from __future__ import annotations

import pytest

from app.pseudonyms import fault_of


@pytest.mark.parametrize(
    "pseudonym", ["P-014", "NEO-3", "infant-12", "B7", "Twin-2A", "MOVE-117", "K3-22", "S-123456"]
)
def test_a_study_code_is_taken(pseudonym: str):
    assert fault_of(pseudonym) is None


@pytest.mark.parametrize(
    ("pseudonym", "why"),
    [
        ("", "letters, digits"),
        ("A", "letters, digits"),
        ("Emma Smith 3", "a space"),
        ("P_014", "letters, digits"),
        ("Ünsal-3", "letters, digits"),
        ("P-014\n", "letters, digits"),
        ("<b>1</b>", "letters, digits"),
        ("x" * 25, "letters, digits"),
        ("Emma", "a word alone"),
        ("Emma-3", "a name"),
        ("SmithEmma2", "a name"),
        ("2025-11-20", "a date"),
        ("20-11-25", "a date"),
        ("P-201125", "a date"),
        ("P20251120", "a date"),
        ("20Nov25", "a date"),
        ("P-1234567", "hospital number"),
        ("123-456-789", "hospital number"),
        ("1234-5678-90", "hospital number"),
    ],
)
def test_what_may_name_somebody_is_refused_with_the_reason(pseudonym: str, why: str):
    fault = fault_of(pseudonym)
    assert fault is not None
    assert why in fault
