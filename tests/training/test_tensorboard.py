import struct

import pytest

from training.tensorboard import ScalarLog, _checksum


def records(path):
    data = path.read_bytes()
    while data:
        length = struct.unpack("<Q", data[:8])[0]
        event, data_after = data[12 : 12 + length], data[16 + length :]
        assert data[8:12] == _checksum(data[:8])
        assert data[12 + length : 16 + length] == _checksum(event)
        yield event
        data = data_after


def test_the_checksum_is_the_masked_crc_32c_of_the_standard():
    crc = 0xE3069283  # of "123456789", RFC 3720's check value
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    assert _checksum(b"123456789") == struct.pack("<I", masked)


def test_scalars_stand_in_events_with_step_and_value(tmp_path):
    log = ScalarLog(tmp_path)
    log.write(300, {"loss": 0.5})
    log.write(301, {"loss": 0.25, "rate": 2.0})
    (path,) = tmp_path.iterdir()
    version, first, *others = records(path)
    assert b"brain.Event:2" in version
    assert len(others) == 2
    # step 300 as a varint under field 2; the name under field 1, the value under field 2.
    assert bytes([0x10, 0xAC, 0x02]) in first
    assert first.endswith(b"\x0a\x04loss\x15" + struct.pack("<f", 0.5))


def test_nothing_is_written_before_the_first_scalar(tmp_path):
    ScalarLog(tmp_path / "log")
    assert not list(tmp_path.iterdir())


def test_tensorboard_itself_reads_it(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    ScalarLog(tmp_path).write(7, {"loss": 0.5})
    events = reader.EventAccumulator(str(tmp_path)).Reload()
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(7, 0.5)]
