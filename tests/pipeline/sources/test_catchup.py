from __future__ import annotations

from pipeline.sources.catchup import MAX_LAG_US, Backlog, CatchUp

STEP_US = 40_000


def run(lags_us, *, key_every=25):
    """Feed a 25 fps stream whose packets arrive ``lags_us`` late; return when it skipped."""
    catch_up = CatchUp()
    return [
        catch_up.arrived(n * STEP_US, n * STEP_US + lag_us, is_key=n % key_every == 0)
        for n, lag_us in enumerate(lags_us)
    ]


def test_a_stream_on_time_skips_nothing():
    assert not any(run([n % 7 * 5000 for n in range(500)]))


def test_a_short_burst_catches_up_by_itself():
    # 1.6 s of pictures arrive within 160 ms after the network was jammed.
    jam = [0] * 50 + [1_500_000 - n * 36_000 for n in range(42)] + [0] * 50
    assert not any(run(jam))


def test_a_lag_that_stays_is_skipped_until_a_key_picture_on_time():
    skipped = run([0] * 50 + [MAX_LAG_US + 200_000] * 60 + [0] * 50)
    assert not any(skipped[:50])
    assert all(skipped[80:125])
    assert not any(skipped[125:])


def test_a_camera_whose_clock_drifts_is_not_taken_for_late():
    assert not any(run([n * 20 for n in range(20_000)]))  # 500 ppm over 13 minutes


def test_a_stream_that_is_late_by_nature_is_accepted_in_the_end():
    skipped = run([0] * 10 + [3_000_000] * 600)
    assert any(skipped)
    assert not any(skipped[-100:])


def test_reads_that_never_wait_mean_a_backlog():
    backlog = Backlog()
    assert not backlog.read(0, waited=False)
    assert not backlog.read(MAX_LAG_US * 900, waited=False)
    assert backlog.read(MAX_LAG_US * 1100, waited=False)
    assert not backlog.read(MAX_LAG_US * 1101, waited=True)
    assert not backlog.read(MAX_LAG_US * 1500, waited=False)
