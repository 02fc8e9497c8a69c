import pytest

from tests.support.file_server import FileServer
from training import published
from training.download import Remote
from training.errors import SpecError
from training.zoo import NETWORKS


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(SpecError, match="unknown weights 'resnet'; known: hrnet_w32_coco"):
        published.weights_file("resnet")


def test_a_known_name_is_fetched_into_the_cache(tmp_path, monkeypatch):
    with FileServer(b"weights") as server:
        monkeypatch.setitem(published.PUBLISHED, "tried", Remote(server.address, ""))
        assert published.weights_file("tried", tmp_path).read_bytes() == b"weights"


@pytest.mark.parametrize("name", published.PUBLISHED)
def test_every_known_name_is_of_a_network_of_the_zoo_and_carries_its_hash(name):
    remote = published.PUBLISHED[name]
    assert name.removesuffix("_coco") in NETWORKS
    assert f"-{remote.sha256[:8]}_" in remote.file_name
    assert len(remote.sha256) in (8, 64)
    assert remote.address.startswith("https://")
