from __future__ import annotations

import pytest

from app.tokens import TokenSigner


def test_a_token_opens_its_scope_and_no_other():
    signer = TokenSigner()
    token = signer.issue("live/3")
    assert signer.opens(token, "live/3")
    assert not signer.opens(token, "live/4")
    assert not signer.opens(token, "video/3")


def test_a_token_expires_after_five_to_ten_minutes():
    clock = [1_000_000.0]
    signer = TokenSigner(now_s=lambda: clock[0])
    token = signer.issue("live/3")
    clock[0] += 299
    assert signer.opens(token, "live/3")
    clock[0] += 301
    assert not signer.opens(token, "live/3")


def test_a_later_expiry_cannot_be_written_into_a_token():
    signer = TokenSigner(now_s=lambda: 1_000_000.0)
    expiry, _, signature = signer.issue("live/3").partition(".")
    assert not signer.opens(f"{int(expiry) + 3600}.{signature}", "live/3")


def test_a_token_of_another_start_opens_nothing():
    assert not TokenSigner().opens(TokenSigner().issue("live/3"), "live/3")


@pytest.mark.parametrize("text", ["", ".", "1", "abc.def", "-5.x", "²5.x", "9" * 40 + ".x", "1.é"])
def test_nonsense_opens_nothing(text: str):
    assert not TokenSigner().opens(text, "live/3")


def test_a_page_that_refreshes_hands_out_the_same_token_for_a_while():
    clock = [900.0]
    signer = TokenSigner(now_s=lambda: clock[0])
    first = signer.issue("live/3")
    clock[0] += 200
    assert signer.issue("live/3") == first
