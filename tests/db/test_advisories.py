from __future__ import annotations

import pytest

from db.advisories import By
from db.advisory_schema import Advisory, AdvisoryTransition
from db.backlog import AdvisoryRow
from db.errors import NotFound, RowRejected
from db.store import Store

T0 = 1_795_000_000_000_000
MINUTE = 60_000_000


def advisory(cot_id: int | None, raised_us: int = T0, **columns: object) -> Advisory:
    kind = str(columns.pop("kind", "camera_offline"))
    return Advisory(
        key=f"{kind}/{cot_id or 0}/{raised_us}",
        cot_id=cot_id,
        kind=kind,
        priority="high",
        message="away",
        onset_us=raised_us - 15_000_000,
        raised_us=raised_us,
        announced_us=columns.pop("announced_us", raised_us),
        announcements=1,
        **columns,
    )


def keep(store: Store, *rows: AdvisoryRow) -> None:
    store.keep_advisories([], lambda _open: rows)


@pytest.fixture
def cot_id(store: Store) -> int:
    return store.add_cot("Cot 1")


def test_an_acknowledgement_says_who_when_and_why(store: Store, cot_id: int):
    kept = advisory(cot_id)
    keep(store, kept)
    store.acknowledge_advisory(
        kept.key, by=By("nurse"), reason="care", time_us=T0 + MINUTE, note="washing"
    )
    (entry,) = store.open_advisories()
    given = entry.acknowledgement
    assert given is not None
    assert (given.by, given.reason, given.note, given.time_us) == (
        "nurse",
        "care",
        "washing",
        T0 + MINUTE,
    )
    assert entry.is_acknowledged
    assert store.advisory_orders(T0).acknowledged == {kept.key: T0 + MINUTE}


def test_what_its_keeper_writes_does_not_take_an_acknowledgement_away(store: Store, cot_id: int):
    kept = advisory(cot_id)
    keep(store, kept)
    store.acknowledge_advisory(kept.key, by=By("nurse"), reason="care", time_us=T0 + MINUTE)
    keep(store, advisory(cot_id, gone_us=T0 + 2 * MINUTE))
    (entry,) = store.open_advisories()
    assert entry.is_acknowledged
    assert entry.advisory.gone_us == T0 + 2 * MINUTE


def test_announced_again_it_wants_another_acknowledgement(store: Store, cot_id: int):
    keep(store, advisory(cot_id))
    store.acknowledge_advisory(advisory(cot_id).key, by=By("n"), reason="care", time_us=T0 + MINUTE)
    keep(store, advisory(cot_id, announced_us=T0 + 30 * MINUTE))
    (entry,) = store.open_advisories()
    assert not entry.is_acknowledged


def test_a_closed_one_cannot_be_acknowledged_and_an_unknown_one_neither(store: Store, cot_id: int):
    kept = advisory(cot_id, closed_us=T0 + MINUTE)
    keep(store, kept)
    with pytest.raises(RowRejected, match="closed already"):
        store.acknowledge_advisory(kept.key, by=By("n"), reason="care", time_us=T0)
    with pytest.raises(NotFound):
        store.acknowledge_advisory("no/0/0", by=By("n"), reason="care", time_us=T0)
    assert store.open_advisories() == []


def test_history_is_asked_by_span_cot_and_kind(store: Store, cot_id: int):
    other = store.add_cot("Cot 2")
    keep(
        store,
        advisory(cot_id, T0, closed_us=T0 + MINUTE),
        advisory(cot_id, T0 + 10 * MINUTE, kind="prone"),
        advisory(other, T0 + 5 * MINUTE, closed_us=T0 + 6 * MINUTE),
    )
    raised = [one.advisory.raised_us for one in store.advisories()]
    assert raised == [T0 + 10 * MINUTE, T0 + 5 * MINUTE, T0]
    assert len(store.advisories(cot_id=cot_id)) == 2
    assert len(store.advisories(kinds=["prone"])) == 1
    assert len(store.advisories(from_us=T0 + 2 * MINUTE, to_us=T0 + 7 * MINUTE)) == 1


def test_transitions_come_in_order(store: Store, cot_id: int):
    kept = advisory(cot_id)
    key = kept.key
    later = AdvisoryTransition(
        advisory_key=key, time_us=T0 + MINUTE, what="escalated", priority="high"
    )
    first = AdvisoryTransition(advisory_key=key, time_us=T0, what="raised", priority="high")
    keep(store, kept, later, first)
    assert [one.what for one in store.advisory_transitions(key)] == ["raised", "escalated"]


def test_a_pause_ends_by_itself_and_can_be_ended_before(store: Store, cot_id: int):
    store.pause_advisories(cot_id, by=By("n"), from_us=T0, until_us=T0 + 10 * MINUTE)
    assert [one.cot_id for one in store.advisory_pauses(T0 + MINUTE)] == [cot_id]
    assert store.advisory_pauses(T0 + 10 * MINUTE) == []
    store.end_advisory_pause(cot_id, by=By("m"), now_us=T0 + 2 * MINUTE)
    assert store.advisory_pauses(T0 + 3 * MINUTE) == []


def test_a_clock_set_back_does_not_lengthen_a_pause(store: Store, cot_id: int):
    store.pause_advisories(cot_id, by=By("n"), from_us=T0, until_us=T0 + 10 * MINUTE)
    assert store.advisory_pauses(T0 - 60 * MINUTE) == []


def test_a_new_pause_takes_the_place_of_the_one_before(store: Store, cot_id: int):
    store.pause_advisories(cot_id, by=By("n"), from_us=T0, until_us=T0 + 60 * MINUTE)
    store.pause_advisories(cot_id, by=By("n"), from_us=T0 + MINUTE, until_us=T0 + 10 * MINUTE)
    (left,) = store.advisory_pauses(T0 + 2 * MINUTE)
    assert left.until_us == T0 + 10 * MINUTE
    with pytest.raises(RowRejected):
        store.pause_advisories(cot_id, by=By("n"), from_us=T0, until_us=T0)


def test_the_newest_threshold_of_a_cot_and_kind_counts(store: Store, cot_id: int):
    def set_to(cots: list[int | None], kind: str, **values: float) -> None:
        store.set_advisory_thresholds(cots, kind, values, by=By("n"), now_us=T0)

    set_to([cot_id, None], "prone", after_s=60)
    set_to([cot_id], "prone", after_s=120)
    set_to([None], "disk_nearly_full", free_percent=8)
    assert store.advisory_thresholds() == {
        (cot_id, "prone"): {"after_s": 120},
        (None, "prone"): {"after_s": 60},
        (None, "disk_nearly_full"): {"free_percent": 8},
    }


def test_a_hostile_note_stays_text(store: Store, cot_id: int):
    kept = advisory(cot_id)
    keep(store, kept)
    note = "'; DROP TABLE advisories; --"
    store.acknowledge_advisory(kept.key, by=By(note), reason="other", time_us=T0, note=note)
    (entry,) = store.open_advisories()
    assert entry.acknowledgement is not None
    assert entry.acknowledgement.note == note
