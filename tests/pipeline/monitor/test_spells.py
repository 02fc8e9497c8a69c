import pytest

from pipeline.monitor.spells import SpellBook

S_NS = 1_000_000_000
NOON_US = 1_790_000_000_000_000


class Causes:
    def __init__(self):
        self.told = []
        self.book = SpellBook(self.told.append, cot_id=7)

    def at(self, second, active, **options):
        self.book.update(
            "lens_covered",
            active,
            "lens covered",
            now_us=NOON_US + second * 1_000_000,
            now_ns=second * S_NS,
            **options,
        )


@pytest.fixture
def causes():
    return Causes()


def test_a_spell_is_one_event_opened_and_closed(causes):
    causes.at(0, True)
    causes.at(1, True)
    causes.at(2, False)
    opened, closed = causes.told
    assert opened is closed
    assert (opened.cot_id, opened.kind) == (7, "lens_covered")
    assert (opened.time_us, opened.end_us) == (NOON_US, NOON_US + 2_000_000)


def test_a_flicker_shorter_than_the_onset_is_not_told(causes):
    causes.at(0, True, onset_s=5)
    causes.at(3, False, onset_s=5)
    causes.at(4, True, onset_s=5)
    assert causes.told == []


def test_a_spell_begins_when_its_cause_did_not_when_it_was_believed(causes):
    causes.at(10, True, onset_s=5)
    causes.at(15, True, onset_s=5)
    assert causes.told[0].time_us == NOON_US + 10_000_000


def test_a_short_absence_does_not_end_a_spell(causes):
    causes.at(0, True, release_s=3)
    causes.at(1, False, release_s=3)
    causes.at(2, True, release_s=3)
    causes.at(3, False, release_s=3)
    assert len(causes.told) == 1
    causes.at(6, False, release_s=3)
    assert causes.told[-1].end_us == NOON_US + 3_000_000


def test_closing_ends_what_is_open_and_nothing_else(causes):
    causes.at(0, True)
    causes.book.close(NOON_US + 9_000_000)
    causes.book.close(NOON_US + 10_000_000)
    assert [event.end_us for event in causes.told] == [NOON_US + 9_000_000] * 2
