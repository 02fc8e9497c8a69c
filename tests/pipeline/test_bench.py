import json

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands.bench import DEMO_CLIP
from pipeline.bench import WHOLE_PATH, Stopwatch, run_bench
from pipeline.errors import Unreadable
from pipeline.models.session import load_model
from tests.support.tiny_models import dot_graph, write_model


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("bench") / "m", dot_graph())


def test_the_whole_path_is_the_sum_of_its_stages_beside_the_bare_session(tiny_model):
    figures = run_bench(DEMO_CLIP, load_model(tiny_model), 60, "one_euro")
    stages = figures["stages"]
    assert figures["whole_path"] == list(WHOLE_PATH)
    assert figures["frames"] == 60
    assert figures["whole_path_ms"] == pytest.approx(sum(stages[s] for s in WHOLE_PATH), abs=0.01)
    assert figures["ratio"] == pytest.approx(
        figures["whole_path_ms"] / figures["bare_session_ms"], rel=0.01
    )
    assert {"crop", "session", "decode_keypoints", "overlay"} <= set(stages)


def test_work_done_for_some_frames_only_counts_with_its_share():
    watch = Stopwatch()
    watch.laps_ms["hands"] = [0.0] * 20 + [0.0, 0.0, 5.0, 0.0, 0.0] * 40
    assert watch.usual_ms()["hands"] == pytest.approx(1.0)


def test_a_moment_in_which_the_machine_was_busy_does_not_count():
    watch = Stopwatch()
    laps = np.ones(220)
    laps[100:110] = 400
    watch.laps_ms["decode"] = laps.tolist()
    assert watch.usual_ms()["decode"] == 1.0


def test_a_clip_too_short_to_measure_is_refused(tiny_model):
    with pytest.raises(Unreadable, match="at least 21"):
        run_bench(DEMO_CLIP, load_model(tiny_model), 20, "one_euro")


def test_a_machine_may_read_the_figures(tiny_model):
    asked = ["bench", "--json", "--model", str(tiny_model), "--frames", "30"]
    answer = CliRunner().invoke(cli, asked)
    assert answer.exit_code == 0, answer.output
    assert {"whole_path_ms", "bare_session_ms", "stages"} <= set(json.loads(answer.stdout))
