import numpy as np
import pytest
from onnx import helper

from pipeline.errors import ModelLoadError
from pipeline.estimate import Estimator
from pipeline.models import load_model
from pipeline.types import Frame, FrameFlag
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model


def dividing_by_brightness():
    """A network whose maps are divided by (the top left pixel − 255): NaN or inf at white."""
    model = dot_graph()
    graph = model.graph
    graph.node[-1].output[0] = "maps"
    constants = {"starts": [0, 0, 0, 0], "ends": [1 << 40, 1, 1, 1], "axes": [0, 1, 2, 3]}
    for name, values in constants.items():
        graph.initializer.append(helper.make_tensor(name, 7, [4], values))
    graph.initializer.append(helper.make_tensor("white", 1, [1], [255.0]))
    graph.initializer.append(helper.make_tensor("hundred", 1, [1], [-165.0]))
    graph.node.extend(
        [
            helper.make_node("Slice", ["input", "starts", "ends", "axes"], ["corner"]),
            helper.make_node("Sub", ["corner", "white"], ["darkness"]),
            helper.make_node("Div", ["darkness", "darkness"], ["one_or_nan"]),
            helper.make_node("Mul", ["maps", "one_or_nan"], ["heatmap"]),
        ]
    )
    return model


def frame(picture, i):
    return Frame(picture, i * 66_667, 0, 0, i, 0)


def test_a_frame_with_nan_is_rejected_and_counted_and_the_next_is_fine(tmp_path):
    estimator = Estimator(load_model(write_model(tmp_path, dividing_by_brightness()), "cpu"))
    body = standing_body()
    good = draw_dots(body)
    # The whole cot is first looked at turned, so every corner is made white.
    bad = good.copy()
    bad[:] = np.where((bad == 90).all(axis=2, keepdims=True), 255, bad)
    bad[:, ::40] = 0
    poses = [
        estimator.estimate({1: frame(picture, i), 2: frame(good, i)})
        for i, picture in enumerate([bad, good])
    ]
    assert FrameFlag.MODEL_REJECTED in poses[0][1].flags
    assert np.isnan(poses[0][1].keypoints_kc).all()
    assert not poses[0][1].scores_k.any()
    assert estimator.counts.rejected == 1
    # The other cot of the same batch keeps its pose.
    np.testing.assert_allclose(poses[0][2].keypoints_kc, body, atol=8)
    np.testing.assert_allclose(poses[1][1].keypoints_kc, body, atol=8)


def test_a_network_that_always_gives_nan_is_refused_at_the_dry_run(tmp_path):
    model = dot_graph()
    model.graph.node[-1].output[0] = "maps"
    model.graph.initializer.append(helper.make_tensor("nan", 1, [1], [float("nan")]))
    model.graph.node.append(helper.make_node("Add", ["maps", "nan"], ["heatmap"]))
    with pytest.raises(ModelLoadError, match="NaN"):
        load_model(write_model(tmp_path, model), "cpu")
