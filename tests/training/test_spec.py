from pathlib import Path

import pytest

from training.errors import SpecError
from training.spec import load_spec, parse_spec

SPEC = """
name = "small"
[network]
name = "lite_hrnet_18"
[data]
train = ["pictures"]
[run]
work_dir = "run"
"""


def test_paths_are_relative_to_the_spec_file():
    spec = parse_spec(SPEC, Path("/somewhere/spec.toml"))
    assert spec.data.train == (Path("/somewhere/pictures"),)
    assert spec.run.work_dir == Path("/somewhere/run")


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    with pytest.raises(SpecError, match=r"unknown key 'run\.sead'; did you mean 'seed'"):
        parse_spec(SPEC + "sead = 3\n", Path("spec.toml"))


def test_a_value_of_the_wrong_kind_names_its_key():
    with pytest.raises(SpecError, match=r"run\.threads"):
        parse_spec(SPEC + 'threads = "many"\n', Path("spec.toml"))


def test_stages_must_cover_the_whole_run():
    with pytest.raises(SpecError, match=r"last must be 1\.0"):
        parse_spec(
            SPEC + "[schedule]\nstages = [{until = 0.5, input_wh = [64, 64]}]\n", Path("spec.toml")
        )


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(SpecError, match=r"none\.toml: cannot be read"):
        load_spec(tmp_path / "none.toml")


# Those of the refiners are specs of another kind (tests/training/temporal).
SPECS = [p for p in sorted(Path("training/specs").glob("*.toml")) if "refiner" not in p.name]


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_the_specs_of_the_project_can_be_read(path):
    assert load_spec(path).export is not None


def test_weights_are_a_file_or_a_known_name():
    def load_from(value):
        text = SPEC.replace('name = "lite_hrnet_18"', f'name = "x"\nload_from = "{value}"')
        return parse_spec(text, Path("/at/spec.toml")).network.load_from

    assert load_from("weights.pth") == Path("/at/weights.pth")
    assert load_from("runs/best") == Path("/at/runs/best")
    assert load_from("hrnet_w32_coco") == "hrnet_w32_coco"


def test_a_wrong_key_in_an_optional_part_is_named_with_the_nearest():
    with pytest.raises(SpecError, match=r"loss\.morphology\.symetry.*'symmetry'"):
        parse_spec(SPEC + "[loss.morphology]\nsymetry = 1\n", Path("spec.toml"))
