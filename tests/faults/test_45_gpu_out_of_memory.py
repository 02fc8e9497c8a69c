import numpy as np
import pytest

from pipeline.errors import InferenceFailed
from pipeline.estimate import Estimator
from pipeline.models import Crop, PoseModel
from pipeline.models.manifest import read_manifest
from pipeline.models.providers import open_session
from pipeline.types import Frame, FrameFlag
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model

CROP = Crop((320, 240), (240, 320))
MESSAGE = "Non-zero status code: BFCArena::AllocateRawInternal Failed to allocate 4294967296 bytes"


class Gpu:
    """Opens real sessions that run out of memory when told to."""

    def __init__(self, content):
        self.content, self.opened, self.failures_left = content, 0, 0

    def open(self):
        self.opened += 1
        return Session(self, open_session(self.content, "cpu", allow_fallback=False, threads=1))


class Session:
    def __init__(self, gpu, real):
        self.gpu, self.get_inputs, self.get_providers = gpu, real.get_inputs, real.get_providers
        self.real = real

    def run(self, names, feeds):
        if self.gpu.failures_left:
            self.gpu.failures_left -= 1
            raise Exception(MESSAGE)  # as ONNX Runtime's own, which derive from Exception
        return self.real.run(names, feeds)


@pytest.fixture
def dot_folder(tmp_path):
    return write_model(tmp_path, dot_graph())


@pytest.fixture
def gpu(dot_folder):
    return Gpu((dot_folder / "model.onnx").read_bytes())


@pytest.fixture
def model(dot_folder, gpu):
    return PoseModel(read_manifest(dot_folder), gpu.open)


def test_one_failure_rebuilds_the_session_once_and_loses_no_frame(model, gpu):
    gpu.failures_left = 1
    body = standing_body()
    keypoints, _ = model.estimate([draw_dots(body)], [CROP])
    np.testing.assert_allclose(keypoints[0], body, atol=6)
    assert (gpu.opened, model.rebuilds) == (2, 1)


def test_a_second_failure_is_told_in_one_line_and_not_tried_for_ever(model, gpu):
    gpu.failures_left = 2
    with pytest.raises(InferenceFailed, match="Failed to allocate"):
        model.estimate([draw_dots(standing_body())], [CROP])
    assert gpu.opened == 2


def test_the_monitor_s_frames_are_rejected_meanwhile_and_come_back(model, gpu):
    estimator = Estimator(model)
    picture = draw_dots(standing_body())
    gpu.failures_left = 2
    lost = estimator.estimate({1: Frame(picture, 0, 0, 0, 0, 0)})[1]
    assert FrameFlag.MODEL_REJECTED in lost.flags
    assert estimator.counts.failures == 1
    assert "Failed to allocate" in estimator.counts.trouble
    back = estimator.estimate({1: Frame(picture, 66_667, 0, 0, 1, 0)})[1]
    assert FrameFlag.MODEL_REJECTED not in back.flags
    assert estimator.counts.trouble is None


def test_a_session_that_cannot_be_rebuilt_is_tried_again_at_the_next_frame(model, gpu, monkeypatch):
    gpu.failures_left = 1
    real_open = gpu.open
    monkeypatch.setattr(model, "_open_one", lambda: (_ for _ in ()).throw(RuntimeError("no GPU")))
    with pytest.raises(InferenceFailed, match="no GPU"):
        model.estimate([draw_dots(standing_body())], [CROP])
    assert model.provider == "none"
    monkeypatch.setattr(model, "_open_one", real_open)
    model.estimate([draw_dots(standing_body())], [CROP])
    assert model.provider == "cpu"
