import numpy as np
import pytest

from pipeline.confidence import PRESENT_SCORE
from pipeline.errors import ModelLoadError
from pipeline.models import Crop, load_model
from pipeline.skeleton import COCO17, INFANT13
from tests.support.tiny_models import (
    COLOURS_KC,
    dot_graph,
    draw_dots,
    standing_body,
    write_model,
)


@pytest.mark.parametrize("angle", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("decoder", ["argmax", "dark"])
def test_dots_are_found_where_they_were_drawn(tmp_path, angle, decoder):
    output = {"kind": "heatmap", "decoder": decoder, "stride": 4, "sigma": 1.0}
    model = load_model(write_model(tmp_path, dot_graph(), output=output), provider="cpu")
    body = standing_body(angle_rad=angle)
    crop = Crop((320, 240), (240, 320), angle)
    keypoints, scores = model.estimate([draw_dots(body, radius=8)], [crop])
    cell_px = 240 / 96 * 4
    error = np.linalg.norm(keypoints[0] - body, axis=1)
    assert error.max() < cell_px * (0.15 if decoder == "dark" else 0.5)
    assert scores.min() > PRESENT_SCORE


def test_a_batch_gives_what_each_picture_gives_alone(dot_model):
    bodies = [standing_body((250 + 6 * i, 240), angle_rad=i) for i in range(19)]
    pictures = [draw_dots(body) for body in bodies]
    crops = [Crop((320.0, 240.0), (300.0, 400.0), 0.3 * i) for i in range(19)]
    together = dot_model.estimate(pictures, crops)
    for i in (0, 7, 18):
        alone = dot_model.estimate([pictures[i]], [crops[i]])
        np.testing.assert_allclose(together[0][i], alone[0][0], atol=1e-3)
        np.testing.assert_allclose(together[1][i], alone[1][0], atol=1e-5)


def test_pictures_of_different_sizes_share_a_batch(dot_model):
    small, large = standing_body((160, 120), 40), standing_body((960, 540), 200)
    pictures = [draw_dots(small, (320, 240), 8), draw_dots(large, (1920, 1080), 40)]
    crops = [Crop((160, 120), (150, 200)), Crop((960, 540), (750, 1000))]
    keypoints, _ = dot_model.estimate(pictures, crops)
    np.testing.assert_allclose(keypoints[0], small, atol=2)
    np.testing.assert_allclose(keypoints[1], large, atol=8)


def test_no_pictures_give_no_poses(dot_model):
    keypoints, scores = dot_model.estimate([], [])
    assert keypoints.shape == (0, 13, 2)
    assert scores.shape == (0, 13)


def test_a_missing_dot_scores_below_present(dot_model):
    body = standing_body()
    body[5] = np.nan
    _, scores = dot_model.estimate([draw_dots(body)], [Crop((320, 240), (240, 320))])
    assert scores[0, 5] < PRESENT_SCORE
    assert np.delete(scores[0], 5).min() > PRESENT_SCORE


def test_red_green_blue_and_normalisation_follow_the_manifest(tmp_path):
    plain = load_model(write_model(tmp_path / "a", dot_graph()), provider="cpu")
    changed = {
        "width": 96,
        "height": 128,
        "channels": "rgb",
        "mean": [0, 127.5, 255],
        "std": [1.0, 2.0, 51.0],
    }
    other = load_model(write_model(tmp_path / "b", dot_graph(), input=changed), provider="cpu")
    picture = np.full((128, 96, 3), (10, 20, 30), np.uint8)
    crop = Crop((95 / 2, 127 / 2), (96, 128))
    plain.prepare([picture], [crop])
    np.testing.assert_allclose(plain._batch_nchw[0, :, 5, 5], [10, 20, 30])
    other.prepare([picture], [crop])
    np.testing.assert_allclose(
        other._batch_nchw[0, :, 5, 5], [30, (20 - 127.5) / 2, (10 - 255) / 51], rtol=1e-5
    )


def test_a_network_with_more_points_is_mapped_by_name(tmp_path):
    # The graph's maps follow COLOURS_KC cyclically; COCO's order puts eyes and ears in between.
    skeleton = {"name": COCO17.name, "keypoints": list(COCO17.keypoints)}
    folder = write_model(tmp_path, dot_graph(17), skeleton=skeleton)
    model = load_model(folder, provider="cpu")
    positions = INFANT13.map_from(COCO17)
    picture = draw_dots(standing_body())
    keypoints, _ = model.estimate([picture], [Crop((320, 240), (240, 320))])
    body = standing_body()
    for k, position in enumerate(positions):
        np.testing.assert_allclose(keypoints[0, k], body[position % len(COLOURS_KC)], atol=6)


def test_a_network_without_the_needed_points_is_refused_by_name(tmp_path):
    names = [name for name in INFANT13.keypoints if name != "left_wrist"]
    skeleton = {"name": "no_wrist", "keypoints": names}
    folder = write_model(tmp_path, dot_graph(12), skeleton=skeleton)
    with pytest.raises(ModelLoadError, match="left_wrist"):
        load_model(folder)


def test_a_graph_of_another_input_size_is_refused(tmp_path):
    folder = write_model(tmp_path, dot_graph(), input={"width": 96, "height": 96})
    with pytest.raises(ModelLoadError, match="manifest says"):
        load_model(folder)


def test_a_fixed_batch_of_one_is_run_picture_by_picture(tmp_path):
    graph = dot_graph()
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    model = load_model(write_model(tmp_path, graph), provider="cpu")
    bodies = [standing_body((300, 240)), standing_body((330, 230))]
    keypoints, _ = model.estimate(
        [draw_dots(body) for body in bodies], [Crop((320, 240), (300, 400))] * 2
    )
    np.testing.assert_allclose(keypoints, bodies, atol=3)


def test_the_provider_in_use_is_told(dot_model):
    assert dot_model.provider == "cpu"


def test_the_decoder_must_fit_the_output(tmp_path):
    folder = write_model(tmp_path, dot_graph(), output={"kind": "heatmap", "decoder": "simcc"})
    with pytest.raises(ModelLoadError, match="argmax, dark"):
        load_model(folder)
