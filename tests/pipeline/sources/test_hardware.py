from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipeline.errors import Unreadable
from pipeline.sources import SourceSpec, hardware, make_source
from tests.support.clips import write_clip


@pytest.fixture(autouse=True)
def _ask_anew(monkeypatch):
    monkeypatch.setattr(hardware, "_distrusted", [])
    hardware.working_device.cache_clear()
    yield
    hardware.working_device.cache_clear()


def test_the_variable_turns_hardware_off(monkeypatch):
    monkeypatch.setenv(hardware.CHOICE_VARIABLE, "software")
    monkeypatch.setattr(hardware, "_answers", lambda kind: True)
    assert hardware.working_device() is None
    assert hardware.accelerator() is None


def test_a_device_file_without_a_working_driver_means_software(monkeypatch, tmp_path):
    monkeypatch.delenv(hardware.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(hardware, "_CANDIDATES", (("cuda", str(tmp_path)),))
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has the hardware")
    assert hardware.working_device() is None


def test_any_of_several_cards_makes_a_trial_worthwhile(monkeypatch, tmp_path):
    (tmp_path / "renderD129").touch()
    monkeypatch.delenv(hardware.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(hardware, "hwdevices_available", lambda: ["vaapi"])
    monkeypatch.setattr(hardware, "_CANDIDATES", (("vaapi", f"{tmp_path}/renderD*"),))
    monkeypatch.setattr(hardware, "_answers", lambda kind: True)
    assert hardware.working_device() == "vaapi"


def test_without_hardware_the_decoder_in_use_is_said_to_be_software(monkeypatch, tmp_path):
    monkeypatch.setattr(hardware, "_CANDIDATES", ())
    clip = write_clip(tmp_path / "clip.mp4", n_frames=3)
    source = make_source(SourceSpec(url=str(clip), live=False))
    assert source.open().decoder == "software"
    source.close()


@pytest.fixture
def _claimed_hardware(monkeypatch, tmp_path):
    """A machine that claims to decode on CUDA; unless it has one, the device fails to start."""
    monkeypatch.delenv(hardware.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(hardware, "_CANDIDATES", (("cuda", str(tmp_path)),))
    monkeypatch.setattr(hardware, "_answers", lambda kind: True)


@pytest.mark.usefixtures("_claimed_hardware")
def test_a_device_that_fails_to_start_means_software_from_then_on(tmp_path):
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has the hardware")
    source = make_source(SourceSpec(url=str(write_clip(tmp_path / "clip.mp4", n_frames=3))))
    assert source.open().decoder == "software"
    assert hardware.working_device() is None
    source.close()


@pytest.mark.usefixtures("_claimed_hardware")
def test_a_file_that_is_no_video_is_not_blamed_on_the_hardware(tmp_path):
    (tmp_path / "notes.mp4").write_text("just text " * 100)
    with pytest.raises(Unreadable):
        make_source(SourceSpec(url=str(tmp_path / "notes.mp4"))).open()
    assert hardware.working_device() == "cuda"


@pytest.mark.usefixtures("_claimed_hardware")
def test_hardware_that_gives_no_picture_is_not_used_again():
    source = make_source(SourceSpec(url="clip.mp4"))
    source._container, source._on_hardware, source.decode_errors = io.BytesIO(), True, 5
    source.close()
    assert hardware.working_device() is None


@pytest.mark.gpu
def test_on_a_gpu_pictures_are_the_same_as_in_software(monkeypatch, tmp_path):
    if hardware.working_device() is None:
        pytest.skip("needs a working hardware decoder")
    clip = write_clip(tmp_path / "clip.mp4", n_frames=10, size_wh=(640, 480))
    shown = {}
    for choice in ("auto", "software"):
        monkeypatch.setenv(hardware.CHOICE_VARIABLE, choice)
        hardware.working_device.cache_clear()
        source = make_source(SourceSpec(url=str(clip), live=False))
        info = source.open()
        pictures = [p.image_hwc.astype(int) for p in source.frames() if p is not None]
        shown[choice] = (info.decoder, pictures)
        source.close()
    assert shown["auto"][0] != "software"
    assert len(shown["auto"][1]) == len(shown["software"][1]) == 10
    for mine, theirs in zip(shown["auto"][1], shown["software"][1], strict=True):
        assert abs(mine - theirs).mean() < 2
