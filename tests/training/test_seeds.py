import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training import seeds  # noqa: E402
from training.errors import SpecError  # noqa: E402
from training.seeds import TERMS, document, only, table_of, without  # noqa: E402
from training.spec import parse_spec  # noqa: E402

SPEC = """
name = "pupil"
[network]
name = "infant_unet"
[data]
train = ["train"]
clips = ["clips"]
[distill]
teacher = "infant_unet"
checkpoint = "teacher.pth"
[run]
work_dir = "run"
"""
MORPHOLOGY = (
    SPEC
    + """
[loss.morphology]
weight = 0.5
symmetry = 0.2
"""
)


def test_a_part_is_taken_out_by_name(tmp_path):
    spec = parse_spec(SPEC, tmp_path / "spec.toml")
    assert without(spec, "distill").distill is None
    with pytest.raises(SpecError, match=r"--without loss\.morphology: the spec has no such part"):
        without(spec, "loss.morphology")


def test_the_table_says_plainly_what_a_part_brought():
    bare = [{"pck_0.1": 0.30, "pck_0.2": 0.5 + 0.1 * seed} for seed in range(3)]
    full = [{"pck_0.1": 0.35 + 0.001 * seed, "pck_0.2": 0.7 - 0.1 * seed} for seed in range(3)]
    text = "\n".join(table_of("distill", full, bare))
    assert "| pck_0.1 | 0 | 0.300 | 0.350 | +0.050 |" in text
    assert "pck_0.1 with distill: +0.051 ± 0.001 over 3 seeds: better." in text
    assert "over 3 seeds: no clear difference." in text


@pytest.mark.parametrize("term", TERMS)
def test_a_term_stands_alone_with_the_weight_that_the_spec_gives_it(term, tmp_path):
    spec = parse_spec(MORPHOLOGY, tmp_path / "spec.toml")
    alone = only(spec, term)
    weights = {name: getattr(alone.loss.morphology, name) for name in TERMS}
    assert weights == dict.fromkeys(TERMS, 0.0) | {term: 0.2 if term == "symmetry" else 1.0}
    assert alone.loss.morphology.weight == 0.5
    assert bool(alone.data.clips) == (term == "clip")


def test_a_term_that_cannot_be_tried_is_refused(tmp_path):
    spec = parse_spec(MORPHOLOGY, tmp_path / "spec.toml")
    with pytest.raises(SpecError, match="--term length: the morphology loss has ranges"):
        only(spec, "length")
    with pytest.raises(SpecError, match="--term ranges"):
        only(parse_spec(SPEC, tmp_path / "spec.toml"), "ranges")
    still = spec.model_copy(update={"data": spec.data.model_copy(update={"clips": ()})})
    with pytest.raises(SpecError, match=r"needs data\.clips"):
        only(still, "clip")


def test_terms_are_compared_with_one_set_of_runs_without(tmp_path, monkeypatch):
    spec = parse_spec(MORPHOLOGY, tmp_path / "spec.toml")
    made = []

    def run(one, images):
        made.append(one.run.work_dir.name)
        gain = 0.1 if one.loss.morphology and one.loss.morphology.prior else 0.0
        return {"pck_0.1": 0.3 + gain, "pck_0.2": 0.5}

    monkeypatch.setattr(seeds, "measured_run", run)
    said = document(spec, "loss.morphology", ("ranges", "prior"), tmp_path, 2)
    assert sorted(made) == [f"{n}_{s}" for n in ("prior", "ranges", "without") for s in (0, 1)]
    assert "pck_0.1 with loss.morphology.prior: +0.100 ± 0.000 over 2 seeds: better." in said
    assert "pck_0.1 with loss.morphology.ranges: +0.000 ± 0.000 over 2 seeds: no clear" in said
