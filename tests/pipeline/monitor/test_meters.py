from pipeline.monitor.meters import LagMeter


def test_lags_give_median_and_95th_percentile():
    meter = LagMeter()
    assert meter.percentiles_ms() == (None, None)
    for lag_ms in range(101):
        meter.add(float(lag_ms))
    assert meter.percentiles_ms() == (50, 95)
