import pytest

from pipeline.errors import ModelLoadError
from pipeline.models import load_model
from tests.support.tiny_models import dot_graph, write_model


@pytest.mark.parametrize("position", [10, -10])
def test_a_network_altered_by_one_bit_is_refused(tmp_path, position):
    folder = write_model(tmp_path, dot_graph())
    content = bytearray((folder / "model.onnx").read_bytes())
    content[position] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(ModelLoadError, match="sha256"):
        load_model(folder, "cpu")
