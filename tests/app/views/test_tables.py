from app.views.tables import cots_table
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
    assert table["Decoded as, by"].tolist() == ["h264, software", "–"]
    assert table["State"].tolist() == ["live", "offline, no answer"]
    assert table["Pose frames/s"].tolist() == [15.0, 15.0]
    assert table["Frame age (s)"].isna().all()
