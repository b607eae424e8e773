"""What becomes of what two people wrote about one row: rule by rule, and against a slow reading of the whole log."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.vocabulary import Entry, EntryOutcome, Head, VisitRefusal, Written

NOW = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
YES, PARTLY = Written("in_place"), Written("partly", finding="サーバ室の鍵")


def entry(written=YES, *, seen=0, item="manager") -> Entry:
    return Entry(uuid4(), item, written, seen, NOW)


@pytest.mark.parametrize(
    ("head", "sent", "outcome"),
    [
        # Nothing was there.
        (Head(), entry(), EntryOutcome.KEPT),
        # Its writer saw what stands there.
        (Head(3, PARTLY, 3), entry(seen=3), EntryOutcome.KEPT),
        # Somebody else moved the row on to something else.
        (Head(3, PARTLY, 3), entry(seen=2), EntryOutcome.CONFLICT),
        # Somebody else moved the row on to the same.
        (Head(3, YES, 3), entry(seen=2), EntryOutcome.SAME),
        # The device itself moved the row on while it had no network: its entries follow one another.
        (Head(3, PARTLY, 1), entry(seen=1), EntryOutcome.KEPT),
        (Head(3, PARTLY, 0), entry(seen=0), EntryOutcome.KEPT),
        # It did, but after somebody else.
        (Head(3, PARTLY, 2), entry(seen=1), EntryOutcome.CONFLICT),
    ],
)
def test_an_entry_counts_where_its_writer_saw_what_stands_there(head, sent, outcome):
    assert rules.merge(sent, head) is outcome


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (entry(item="nothing"), VisitRefusal.UNKNOWN_ITEM),
        (entry(Written("perhaps")), VisitRefusal.UNKNOWN_VALUE),
        (entry(Written("in_place", note="あ" * 4_001)), VisitRefusal.TEXT_TOO_LONG),
        (entry(seen=5), VisitRefusal.REVISION_UNKNOWN),
    ],
)
def test_an_entry_that_cannot_be_taken_is_named_with_its_reason(sent, reason):
    refused = rules.judge(sent, items=["manager"], head=Head(4, YES, 4))
    assert (refused.entry, refused.item, refused.reason) == (sent.id, sent.item, reason)


def test_what_can_be_taken_is_not_refused():
    assert rules.judge(entry(Written("in_place", note="あ" * 4_000), seen=4), items=["manager"], head=Head(4)) is None
    assert rules.judge(entry(Written()), items=["manager"], head=Head()) is None


def test_a_clock_that_is_ahead_writes_nothing_into_the_future():
    early = replace(entry(), recorded_at=NOW)
    late = replace(entry(), recorded_at=datetime(2031, 1, 1, tzinfo=UTC))
    assert rules.recorded_at(early, now=NOW) == NOW
    assert rules.recorded_at(late, now=NOW) == NOW


A, B = UUID(int=1), UUID(int=2)


STEPS = st.tuples(st.sampled_from([A, B]), st.sampled_from(["in_place", "partly", "absent"]), st.integers(0, 4))


@given(st.lists(STEPS, max_size=12))
def test_a_word_is_never_lost_unseen(steps):
    """The slow twin keeps the whole log: an entry conflicts exactly if another device made a revision that it had not
    seen and the row says something else now."""
    log: list[tuple[UUID, str]] = []
    alone = {A: 0, B: 0}
    for device, value, back in steps:
        seen = max(0, len(log) - back)
        standing = Written(log[-1][1]) if log else Written()
        outcome = rules.merge(entry(Written(value), seen=seen), Head(len(log), standing, alone[device]))
        unseen_of_others = any(who != device for who, _ in log[seen:])
        says_the_same = bool(log) and log[-1][1] == value
        if says_the_same:
            assert outcome is EntryOutcome.SAME
        elif unseen_of_others:
            assert outcome is EntryOutcome.CONFLICT
        else:
            assert outcome is EntryOutcome.KEPT
            log.append((device, value))
            for other in alone:
                if other != device:
                    alone[other] = len(log)
