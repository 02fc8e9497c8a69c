import numpy as np
import pytest

from pipeline.errors import ModelLoadError
from pipeline.models import Crop, load_model
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model

WHOLE = dot_graph().SerializeToString()
BROKEN = {
    "empty": b"",
    "cut": WHOLE[: len(WHOLE) // 2],
    "cut near the end": WHOLE[:-3],
    "text": b"this is not a model\n" * 50,
    "zeros": bytes(5000),
    "future opset": dot_graph(opset=99).SerializeToString(),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_model_is_refused_in_one_line_and_the_old_one_stays(tmp_path, content, capfd):
    model = load_model(write_model(tmp_path / "old", dot_graph()), "cpu")
    with pytest.raises(ModelLoadError) as caught:
        load_model(write_model(tmp_path / "new", content), "cpu")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    body = standing_body()
    keypoints, _ = model.estimate([draw_dots(body)], [Crop((320, 240), (240, 320))])
    np.testing.assert_allclose(keypoints[0], body, atol=6)


def test_a_folder_without_a_network_is_named(tmp_path):
    folder = write_model(tmp_path, dot_graph())
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelLoadError, match=r"no model\.onnx"):
        load_model(folder)


def test_a_network_that_is_a_folder_is_refused(tmp_path):
    folder = write_model(tmp_path, dot_graph())
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").mkdir()
    with pytest.raises(ModelLoadError, match="cannot be read"):
        load_model(folder)
