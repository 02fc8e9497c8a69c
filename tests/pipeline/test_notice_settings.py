from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load_settings

MAIL = 'host = "mail.example.org"\nsender = "a@example.org"\nto = ["b@example.org"]\n'


def load(tmp_path: Path, text: str):
    path = tmp_path / "cotside.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path).notices


def test_nobody_is_told_unless_it_is_said(tmp_path: Path):
    notices = load(tmp_path, "")
    assert (notices.webhook, notices.email) == (None, None)


def test_both_channels_are_read(tmp_path: Path):
    notices = load(
        tmp_path,
        '[notices.webhook]\nurl = "https://example.org/hook"\n[notices.email]\n' + MAIL,
    )
    assert notices.webhook is not None
    assert notices.email is not None
    assert (notices.webhook.at_least, notices.email.at_least) == ("medium", "high")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[notices.webhook]\n", "either `url` or `url_env`"),
        ('[notices.webhook]\nurl = "https://u:secret@example.org"\n', "notices.webhook.url"),
        ('[notices.webhook]\nurl = "ftp://example.org"\n', "notices.webhook.url"),
        ('[notices.webhook]\nurl_env = "https://x"\n', "notices.webhook.url_env"),
        (f'[notices.email]\n{MAIL}security = "none"\npassword_env = "P"\n', "without encryption"),
        (f'[notices.email]\n{MAIL}password = "x"\n', "unknown key"),
        (
            '[notices.email]\nhost = "h"\nsender = "a@b, c@d"\nto = ["b@c"]\n',
            "notices.email.sender",
        ),
    ],
)
def test_what_cannot_be_right_is_named_in_one_line(tmp_path: Path, text: str, says: str):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    line = str(caught.value)
    assert says in line
    assert "\n" not in line
    assert "secret@" not in line
