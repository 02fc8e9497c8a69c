import pytest

from pipeline.errors import ModelLoadError
from pipeline.models import load_model
from tests.support.tiny_models import dot_graph, write_model


def test_a_17_point_network_that_claims_13_is_refused_at_the_dry_run(tmp_path):
    folder = write_model(tmp_path, dot_graph(n_keypoints=17))
    with pytest.raises(ModelLoadError, match=r"dry run gave .*17.*13 keypoints"):
        load_model(folder, "cpu")


def test_a_network_without_a_needed_point_is_refused_by_name(tmp_path):
    names = ["left_eye", *(f"point_{i}" for i in range(16))]
    folder = write_model(
        tmp_path, dot_graph(n_keypoints=17), skeleton={"name": "seventeen", "keypoints": names}
    )
    with pytest.raises(ModelLoadError, match="gives no nose, left_shoulder"):
        load_model(folder, "cpu")
