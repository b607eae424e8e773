"""The chain: nothing is altered, removed, reordered or cut off unseen, and the database itself refuses to try."""

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from sonae.core.audit import rules, services
from sonae.core.audit.models import Entry
from sonae.core.audit.rules import Break
from sonae.core.audit.vocabulary import Damage
from sonae.testing.append_only import triggers_off

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


def _row(number: int, **facts) -> rules.Sealed:
    return rules.Sealed(
        number, f"2026-11-23T09:00:{number:02}", "change", "v", "", "s", "1", "", rules.canonical(facts)
    )


def _chain(length: int) -> list[tuple[rules.Sealed, str, str]]:
    before, chain = rules.GENESIS, []
    for number in range(1, length + 1):
        row = _row(number)
        seal = rules.seal(row, before=before)
        chain.append((row, before, seal))
        before = seal
    return chain


def _breaks(chain, whole):
    return list(rules.breaks(chain, last_number=len(whole), last_seal=whole[-1][2] if whole else rules.GENESIS))


def test_an_unbroken_chain_has_no_breaks():
    for length in (0, 1, 5):
        chain = _chain(length)
        assert _breaks(chain, chain) == []


@pytest.mark.parametrize("field", ["at", "kind", "verb", "by", "subject", "subject_id", "institution", "facts"])
def test_every_field_of_a_row_is_sealed(field):
    whole = _chain(5)
    row, before, seal = whole[2]
    chain = [*whole[:2], (replace(row, **{field: "altered"}), before, seal), *whole[3:]]
    assert _breaks(chain, whole) == [Break(3, Damage.ALTERED)]


def test_an_altered_row_that_was_sealed_anew_breaks_the_row_after_it():
    whole = _chain(5)
    row, before, _ = whole[2]
    forged = replace(row, verb="forged")
    chain = [*whole[:2], (forged, before, rules.seal(forged, before=before)), *whole[3:]]
    assert _breaks(chain, whole) == [Break(4, Damage.ALTERED)]


def test_a_removed_row_is_missing():
    whole = _chain(5)
    assert Break(3, Damage.MISSING) in _breaks([*whole[:2], *whole[3:]], whole)


def test_a_removed_first_row_is_missing():
    whole = _chain(3)
    assert Break(1, Damage.MISSING) in _breaks(whole[1:], whole)


def test_a_chain_cut_short_is_noticed_by_the_head():
    whole = _chain(5)
    assert _breaks(whole[:3], whole) == [Break(4, Damage.CUT_SHORT)]
    assert _breaks([], whole) == [Break(1, Damage.CUT_SHORT)]


def test_reordered_rows_are_noticed():
    whole = _chain(5)
    swapped = [whole[0], whole[2], whole[1], *whole[3:]]
    assert _breaks(swapped, whole) != []
    # Also when the numbers were exchanged to look right.
    (a, a_before, a_seal), (b, b_before, b_seal) = whole[1], whole[2]
    renumbered = [
        whole[0],
        (replace(b, number=2), b_before, b_seal),
        (replace(a, number=3), a_before, a_seal),
        *whole[3:],
    ]
    assert _breaks(renumbered, whole) != []


def test_fields_cannot_flow_into_each_other():
    one = replace(_row(1), verb="ab", by="c")
    other = replace(_row(1), verb="a", by="bc")
    assert rules.seal(one, before=rules.GENESIS) != rules.seal(other, before=rules.GENESIS)


@pytest.mark.django_db
def test_what_is_written_verifies_whatever_the_facts_are():
    person = uuid.uuid4()
    services.record(
        "thing.change",
        subject="thing",
        subject_id=uuid.uuid4(),
        by=person,
        now=NOW.astimezone(timezone(timedelta(hours=9))),
        institution_id=7,
        facts={"名": "値", "when": NOW, "id": person, "n": 1.5, "list": [1, None, True], "nested": {"b": 1, "a": 2}},
    )
    services.record_read("thing.read", subject="thing", subject_id=1, by=None, now=NOW)
    assert services.verify() == []
    assert list(Entry.objects.order_by("number").values_list("number", "kind")) == [(1, "change"), (2, "read")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'forged' WHERE number = 1",
        "DELETE FROM audit_entry WHERE number = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(statement):
    _a_chain(2)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_postgresql_also_refuses_to_empty_the_table():
    if connection.vendor != "postgresql":
        pytest.skip("TRUNCATE exists on PostgreSQL only")
    _a_chain(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry")


@pytest.mark.django_db(transaction=True)
def test_verify_finds_what_an_owner_of_the_database_did_behind_the_triggers():
    _a_chain(5)
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'forged' WHERE number = 2")
        cursor.execute("DELETE FROM audit_entry WHERE number = 4")
    assert services.verify() == [Break(2, Damage.ALTERED), Break(4, Damage.MISSING)]
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE number >= 3")
    assert services.verify() == [Break(2, Damage.ALTERED), Break(3, Damage.CUT_SHORT)]


@pytest.mark.django_db(transaction=True)
def test_an_entry_stands_if_and_only_if_its_change_stands():
    _a_chain(1)

    @transaction.atomic
    def change_that_fails():
        services.record("x", subject="s", subject_id=2, by=None, now=NOW)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        change_that_fails()
    assert Entry.objects.count() == 1
    assert services.verify() == []


@pytest.mark.django_db(transaction=True)
def test_entries_written_at_once_form_one_chain_without_holes():
    start = threading.Barrier(4)

    def write(writer):
        start.wait()
        try:
            for number in range(5):
                services.record("x", subject="s", subject_id=f"{writer}-{number}", by=None, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 21))
    assert services.verify() == []


def _a_chain(length):
    for number in range(length):
        services.record("x", subject="s", subject_id=number, by=None, now=NOW)
