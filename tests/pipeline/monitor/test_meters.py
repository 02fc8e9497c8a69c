import pytest

from pipeline.monitor.meters import LagMeter, RateMeter

S_NS = 1_000_000_000


def test_a_steady_rate_is_read_as_it_is():
    meter = RateMeter()
    for number in range(150):
        meter.tick(number * S_NS // 15)
    assert meter.per_s(149 * S_NS // 15) == pytest.approx(15, rel=0.01)


def test_a_rate_falls_to_zero_once_nothing_comes():
    meter = RateMeter()
    for number in range(30):
        meter.tick(number * S_NS // 15)
    assert meter.per_s(60 * S_NS) == 0


def test_lags_give_median_and_95th_percentile():
    meter = LagMeter()
    assert meter.percentiles_ms() == (None, None)
    for lag_ms in range(101):
        meter.add(float(lag_ms))
    assert meter.percentiles_ms() == (50, 95)
