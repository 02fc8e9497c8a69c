import pytest
from pydantic import ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import CameraSettings, load_settings

COT = """
[[cots]]
name = "Cot 1"
[cots.camera]
name = "ceiling"
url = "{url}"
{more}
"""


@pytest.fixture
def write(tmp_path):
    def make(text):
        path = tmp_path / "cotside.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_without_a_file_the_dashboard_listens_on_this_machine_only():
    assert load_settings(None).dashboard.host == "127.0.0.1"


def test_a_cot_is_read_with_its_camera(write):
    settings = load_settings(write(COT.format(url="rtsp://10.0.0.5/s1", more="")))
    assert settings.cots[0].camera.url == "rtsp://10.0.0.5/s1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[monitor]\nmax_fsp = 3\n", "monitor.max_fsp.*did you mean 'max_fps'"),
        ("[dashboard]\nport = 70000\n", "dashboard.port"),
        ("not toml at all", "is not TOML"),
        ("[model]\nprovider = 'gpu'\n", "model.provider"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_place(write, text, message):
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(write(text))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"none.toml: no such settings file"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("password", ["hunter2", "p%40ss%3A", "a.b%25c"])
def test_an_address_with_a_password_is_refused_without_repeating_it(write, password):
    text = COT.format(url=f"rtsp://ward:{password}@10.0.0.5/s1", more="")
    with pytest.raises(SettingsError, match="password_env") as caught:
        load_settings(write(text))
    assert password not in str(caught.value)


def test_the_password_comes_from_the_environment_by_name(monkeypatch):
    camera = CameraSettings(name="c", url="rtsp://h/s", password_env="COT1_PASSWORD")
    monkeypatch.setenv("COT1_PASSWORD", "p@:.%")
    assert camera.password() == "p@:.%"
    monkeypatch.delenv("COT1_PASSWORD")
    with pytest.raises(SettingsError, match="COT1_PASSWORD is not set"):
        camera.password()


@pytest.mark.parametrize(
    "url", ["file:a\0b.mp4", "rtsp://h/\u200bs", "rtsp://h/s\n", "rtsp://h\u00a0/s"]
)
def test_an_address_with_a_character_that_cannot_be_seen_is_refused(url):
    with pytest.raises(ValidationError, match="cannot be seen"):
        CameraSettings(name="c", url=url)
