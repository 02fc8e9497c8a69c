from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redact import redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("rtsp://user:pass@cam:554/1", "rtsp://***@cam:554/1"),
        ("open rtsp://u:p@ss:w@rd/x@cam/1 failed", "open rtsp://***@cam/1 failed"),
        ("'http://u:p%40ss@cam/1': timeout", "'http://***@cam/1': timeout"),
        ("postgresql://me:pw@db/cotside", "postgresql://***@db/cotside"),
        ("http://cam/cgi?user=a&password=b.c%d&x=1", "http://cam/cgi?user=a&password=***&x=1"),
        ("Authorization: Basic dTpwdw==", "Authorization: Basic ***"),
        ("rtsp://cam/1 answers", "rtsp://cam/1 answers"),
        ("mail me@host", "mail me@host"),
        ("", ""),
    ],
)
def test_credentials_are_hidden_and_the_rest_stays(text, clean):
    assert redact(text) == clean


@pytest.mark.parametrize("secret", ["p@ss", "100%", "ü ber/all?#&", "'quoted\"", "back\\slash"])
def test_a_known_password_is_hidden_even_in_the_form_of_a_literal(secret):
    text = f"at {secret!r}: open({quote(secret)}) rtsp://u:{secret}@h/1 gave {secret}"
    assert secret not in redact(text, [secret])


@given(st.text(min_size=3, max_size=20), st.sampled_from(["plain", "quoted", "all", "lower"]))
def test_a_known_secret_shows_in_no_spelling(secret, spelling):
    form = {
        "plain": secret,
        "quoted": quote(secret),
        "all": quote(secret, safe=""),
        "lower": quote(secret, safe="").lower(),
    }[spelling]
    assert form not in redact(f"<{form}>", [secret]).replace("***", "") or form in "<>"


def test_nothing_known_is_no_harm():
    assert redact("all is well", [None, ""]) == "all is well"
