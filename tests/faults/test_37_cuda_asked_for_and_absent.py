import pytest

from pipeline.errors import ProviderUnavailable
from pipeline.models import load_model
from pipeline.models.providers import _cuda_devices
from tests.support.tiny_models import dot_graph, write_model

pytestmark = pytest.mark.skipif(_cuda_devices() > 0, reason="this machine has a CUDA device")


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_processor_asked_for_by_name_and_absent_is_an_error(tmp_path, provider):
    folder = write_model(tmp_path, dot_graph())
    with pytest.raises(ProviderUnavailable, match=provider):
        load_model(folder, provider=provider)


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_with_fallback_allowed_the_cpu_is_used_and_told(tmp_path, provider):
    model = load_model(write_model(tmp_path, dot_graph()), provider, allow_fallback=True)
    assert model.provider == "cpu"


def test_auto_takes_what_is_there_without_a_word(tmp_path, capfd):
    assert load_model(write_model(tmp_path, dot_graph()), "auto").provider == "cpu"
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
