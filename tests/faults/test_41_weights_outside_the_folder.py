import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pipeline.errors import ModelLoadError
from pipeline.models import load_model
from pipeline.models.onnx_scan import external_locations
from tests.support.tiny_models import dot_graph, write_model


def made_external(tensor, location):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": "4"}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../secret.bin", "weights.bin", "C:\\secret", "", "a/../../b"]
)
def test_weights_in_another_file_are_refused(tmp_path, location):
    model = dot_graph()
    made_external(model.graph.initializer[0], location)
    (tmp_path / "weights.bin").write_bytes(bytes(10_000))
    with pytest.raises(ModelLoadError, match="outside of itself"):
        load_model(write_model(tmp_path, model), "cpu")


def hidden_in_an_attribute(model):
    tensor = made_external(TensorProto(dims=[1], data_type=1), "/etc/passwd")
    model.graph.node.append(helper.make_node("Constant", [], ["hidden"], value=tensor))


def hidden_in_a_branch(model):
    tensor = made_external(TensorProto(name="x", dims=[1], data_type=1), "/etc/passwd")
    branch = helper.make_graph([], "branch", [], [], [tensor])
    model.graph.node.append(helper.make_node("If", ["c"], ["y"], then_branch=branch))


def hidden_in_a_function(model):
    tensor = made_external(TensorProto(dims=[1], data_type=1), "/etc/passwd")
    node = helper.make_node("Constant", [], ["y"], value=tensor)
    model.functions.append(
        helper.make_function("own", "f", [], ["y"], [node], [helper.make_opsetid("", 17)])
    )


def hidden_in_a_sparse_tensor(model):
    sparse = onnx.SparseTensorProto(dims=[4])
    sparse.values.CopyFrom(made_external(TensorProto(dims=[1], data_type=1), "/etc/passwd"))
    model.graph.sparse_initializer.append(sparse)


@pytest.mark.parametrize(
    "hide",
    [hidden_in_an_attribute, hidden_in_a_branch, hidden_in_a_function, hidden_in_a_sparse_tensor],
)
def test_no_corner_of_the_file_hides_them(tmp_path, hide):
    model = dot_graph()
    hide(model)
    with pytest.raises(ModelLoadError, match="/etc/passwd"):
        load_model(write_model(tmp_path, model), "cpu")


def test_a_whole_model_has_none():
    assert external_locations(dot_graph().SerializeToString()) == []


def test_random_bytes_never_break_the_scan():
    generator = np.random.default_rng(0)
    whole = dot_graph().SerializeToString()
    for _ in range(300):
        content = bytearray(whole)
        for position in generator.integers(0, len(content), 5):
            content[position] = generator.integers(0, 256)
        try:
            external_locations(bytes(content[: generator.integers(1, len(content))]))
        except ModelLoadError:
            continue
