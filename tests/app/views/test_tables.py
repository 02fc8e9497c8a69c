import math

from app.views.tables import columns_of, cots_table, table_html
from pipeline.live import CotStatus, MonitorStatus
from pipeline.types import FrameFlag


def live(cot_id, **changes):
    values = {
        "name": f"Cot {cot_id}", "state": "live", "line": "", "grade": "good", "fps": 15.04,
        "expected_fps": 15.0, "pose_fps": 14.96, "dropped": 3, "bad_times": 0,
        "reconnects_per_h": 0.0, "stalls_per_h": 0.0, "lag_ms_p50": None, "lag_ms_p95": 90.4,
        "frame_age_s": None, "flags": FrameFlag.NONE,
    }  # fmt: skip
    return CotStatus(cot_id=cot_id, **values | changes)


def test_each_cot_says_what_decodes_it_and_what_the_monitor_made_of_it():
    cots = {1: live(1, decoder="h264, software"), 2: live(2, state="offline", line="no answer")}
    table = cots_table(MonitorStatus(monitoring=True, beat_age_s=0.1, cots=cots))
    assert table["Decoded as, by"] == ["h264, software", "–"]
    assert table["State"] == ["live", "offline, no answer"]
    assert table["Pose frames/s"] == [15.0, 15.0]
    assert table["Frame age (s)"] == [None, None]


def test_markup_escapes_every_cell_and_says_where_nothing_is_known():
    made = table_html({"Na<me": ["<b>", "b"], "Age": [None, 1.25], "Count": [1234567, math.nan]})
    assert "&lt;b&gt;" in made
    assert "Na&lt;me" in made
    assert "<b>" not in made
    assert made.count(">–<") == 2
    assert ">1234567<" in made


def test_a_table_without_rows_has_its_headings():
    assert "<th" in table_html({"Time": [], "What": []})


def test_rows_become_columns():
    assert columns_of([("a", 1), ("b", 2)], ["Name", "Count"]) == {
        "Name": ["a", "b"],
        "Count": [1, 2],
    }
    assert columns_of([], ["Name"]) == {"Name": []}
