import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13  # noqa: E402
from training import build  # noqa: E402
from training.graph import ExportNet, MirroredNet, set_to_evaluate  # noqa: E402
from training.spec import LossSpec, NetworkSpec  # noqa: E402

TWINS = list(INFANT13.flip_indices)
WIDTH = 64


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.cuda.amp.autocast:FutureWarning")  # mmpose's CSPNeXt
@pytest.mark.parametrize(
    ("name", "kind"), [("infant_unet", None), ("infant_unet", "offset"), ("rtmpose_s", None)]
)
@torch.no_grad()
def test_a_mirrored_picture_gives_the_mirrored_answer(name, kind):
    torch.manual_seed(0)
    model = build.build_model(NetworkSpec(name=name), LossSpec(kind=kind), (WIDTH, WIDTH))
    net = MirroredNet(ExportNet(model), TWINS, WIDTH)
    set_to_evaluate(net)
    pictures = torch.randn(2, 3, WIDTH, WIDTH)
    straight = net(pictures)
    back = model.head.mirrored(net(pictures.flip(-1)), WIDTH)
    for one, other in zip(straight, back, strict=True):
        # SimCC's last half-pixel bin lies beyond the mirror image's edge.
        inner = slice(None, -1 if model.head.output_spec()["kind"] == "simcc" else None)
        torch.testing.assert_close(one[..., inner], other[:, TWINS][..., inner])


@pytest.mark.parametrize(("bins", "ratio"), [(8, 2.0), (4, 1.0)])
def test_the_bins_of_a_mirrored_picture_name_the_mirrored_pixel(bins, ratio):
    from training.heads import InfantSimccHead

    head = InfantSimccHead.__new__(InfantSimccHead)
    torch.nn.Module.__init__(head)
    head.simcc_split_ratio = ratio
    width = round(bins / ratio)
    for pixel in range(width):
        x = torch.zeros(1, 1, bins)
        x[0, 0, round(pixel * ratio)] = 1
        turned, _ = head.mirrored((x, x), width)
        assert turned.argmax(-1).item() == round((width - 1 - pixel) * ratio)
