"""The chain: nothing is altered, removed, reordered or cut off unseen, and the database itself refuses to try."""
# ruff: noqa: S608 - the statements of a forger, made of this file's own words

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, connections, transaction

from sonae.core.audit import queries, rules, services
from sonae.core.audit.models import Entry, Head
from sonae.core.audit.rules import Break
from sonae.core.audit.testing import an_entry_that_waits
from sonae.core.audit.vocabulary import Damage, Waiting
from sonae.testing.append_only import triggers_off

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


def _content(second: int, **facts) -> rules.Content:
    return rules.Content(f"2026-11-23T09:00:{second:02}", "change", "v", "", "s", "1", "", rules.canonical(facts))


def _link(number: int, entry_id: int, content: rules.Content, *, before: str) -> rules.Linked:
    digest = rules.digest(content)
    return rules.Linked(number, entry_id, content, digest, before, rules.seal(number, entry_id, digest, before=before))


def _chain(length: int) -> list[rules.Linked]:
    before, chain = rules.GENESIS, []
    for number in range(1, length + 1):
        # Keys come in the order of writing, numbers in the order of commits: they need not agree.
        chain.append(_link(number, 100 - number, _content(number), before=before))
        before = chain[-1].seal
    return chain


def _breaks(chain, whole, **kept):
    last_seal = whole[-1].seal if whole else rules.GENESIS
    return list(rules.breaks(chain, last_number=len(whole), last_seal=last_seal, **kept))


def test_an_unbroken_chain_has_no_breaks():
    for length in (0, 1, 5):
        chain = _chain(length)
        assert _breaks(chain, chain) == []


@pytest.mark.parametrize("field", ["at", "kind", "verb", "by", "subject", "subject_id", "institution", "facts"])
def test_every_field_of_an_entry_is_sealed(field):
    whole = _chain(5)
    altered = replace(whole[2], content=replace(whole[2].content, **{field: "altered"}))
    assert _breaks([*whole[:2], altered, *whole[3:]], whole) == [Break(3, Damage.ALTERED)]


@pytest.mark.parametrize("field", ["entry_id", "digest", "seal_before"])
def test_every_part_of_a_link_is_sealed(field):
    whole = _chain(5)
    altered = replace(whole[2], **{field: 7 if field == "entry_id" else "7" * 64})
    assert _breaks([*whole[:2], altered, *whole[3:]], whole) == [Break(3, Damage.ALTERED)]


def test_an_entry_whose_content_was_hashed_anew_is_altered_because_its_link_holds_the_first_hash():
    whole = _chain(5)
    content = replace(whole[2].content, verb="forged")
    forged = replace(whole[2], content=content, digest=rules.digest(content))
    assert _breaks([*whole[:2], forged, *whole[3:]], whole) == [Break(3, Damage.ALTERED)]


def test_an_altered_entry_that_was_linked_anew_breaks_the_one_after_it():
    whole = _chain(5)
    forged = _link(3, whole[2].entry_id, replace(whole[2].content, verb="forged"), before=whole[1].seal)
    assert _breaks([*whole[:2], forged, *whole[3:]], whole) == [Break(4, Damage.ALTERED)]


def test_a_removed_entry_is_missing():
    whole = _chain(5)
    assert Break(3, Damage.MISSING) in _breaks([*whole[:2], *whole[3:]], whole)


def test_a_removed_first_entry_is_missing():
    whole = _chain(3)
    assert Break(1, Damage.MISSING) in _breaks(whole[1:], whole)


def test_a_chain_cut_short_is_noticed_by_the_head():
    whole = _chain(5)
    assert _breaks(whole[:3], whole) == [Break(4, Damage.CUT_SHORT)]
    assert _breaks([], whole) == [Break(1, Damage.CUT_SHORT)]


def test_a_head_that_was_set_back_leaves_entries_beyond_the_end():
    whole = _chain(5)
    assert _breaks(whole, whole[:3]) == [Break(4, Damage.BEYOND_END), Break(5, Damage.BEYOND_END)]


def test_a_chain_cut_short_together_with_its_head_is_noticed_by_a_seal_kept_elsewhere():
    whole = _chain(5)
    kept = {2: whole[1].seal, 5: whole[4].seal}
    assert _breaks(whole, whole, kept=kept) == []
    assert _breaks(whole[:3], whole[:3], kept=kept) == [Break(5, Damage.REBUILT)]


def test_a_chain_rebuilt_from_scratch_is_noticed_by_a_seal_kept_elsewhere():
    whole = _chain(5)
    rebuilt, before = [], rules.GENESIS
    for row in whole:
        content = replace(row.content, verb="forged") if row.number == 2 else row.content
        rebuilt.append(_link(row.number, row.entry_id, content, before=before))
        before = rebuilt[-1].seal
    assert _breaks(rebuilt, rebuilt) == []
    assert _breaks(rebuilt, rebuilt, kept={1: whole[0].seal, 4: whole[3].seal}) == [Break(4, Damage.REBUILT)]


def test_swapped_entries_are_noticed():
    whole = _chain(5)
    assert _breaks([whole[0], whole[2], whole[1], *whole[3:]], whole) != []
    # Also when the numbers were exchanged to look right, and when the contents were.
    one, other = whole[1], whole[2]
    renumbered = [whole[0], replace(other, number=2), replace(one, number=3), *whole[3:]]
    assert Break(2, Damage.ALTERED) in _breaks(renumbered, whole)
    exchanged = [replace(one, content=other.content), replace(other, content=one.content)]
    assert _breaks([whole[0], *exchanged, *whole[3:]], whole) == [Break(2, Damage.ALTERED), Break(3, Damage.ALTERED)]


def test_fields_cannot_flow_into_each_other():
    one, other = replace(_content(1), verb="ab", by="c"), replace(_content(1), verb="a", by="bc")
    assert rules.digest(one) != rules.digest(other)
    assert rules.seal(1, 12, "d", before="b") != rules.seal(11, 2, "d", before="b")


@pytest.mark.parametrize(
    ("since", "late"), [(None, False), (timedelta(0), False), (rules.LATE_AFTER, False), (timedelta(minutes=6), True)]
)
def test_what_waits_for_longer_than_a_crash_explains_is_late(since, late):
    waiting = Waiting(0, None) if since is None else Waiting(1, NOW - since)
    assert rules.is_late(waiting, now=NOW) is late


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


@pytest.mark.django_db
def test_what_waits_stands_at_the_top_of_the_log_and_is_counted():
    services.record("x", subject="s", subject_id=1, by=None, now=NOW)
    services.link_waiting()
    an_entry_that_waits("2", now=NOW)
    an_entry_that_waits("3", now=NOW - timedelta(minutes=1))
    assert list(Entry.objects.values_list("subject_id", "number")) == [("3", None), ("2", None), ("1", 1)]
    assert queries.waiting() == Waiting(2, NOW - timedelta(minutes=1))
    assert queries.is_anything_waiting(now=NOW)
    assert services.link_waiting() == 2
    assert queries.waiting() == Waiting(0, None)
    assert not queries.is_anything_waiting(now=NOW)


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_linked_as_soon_as_its_transaction_has_committed():
    with transaction.atomic():
        services.record("x", subject="s", subject_id=1, by=None, now=NOW)
        # SQLite, where only one transaction writes at a time, need not wait for the commit.
        assert Entry.objects.get().number == (1 if connection.vendor == "sqlite" else None)
    assert Entry.objects.get().number == 1
    services.record("x", subject="s", subject_id=2, by=None, now=NOW)
    assert queries.waiting().count == 0


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_taken_back_takes_its_entry_along_and_leaves_the_others_linked():
    with transaction.atomic():
        _change_that_fails()
        services.record("x", subject="s", subject_id="stands", by=None, now=NOW)
    assert list(Entry.objects.values_list("subject_id", "number")) == [("stands", 1)]


@pytest.mark.django_db(transaction=True)
def test_many_entries_of_one_transaction_are_linked_in_the_order_they_were_written():
    with transaction.atomic():
        _a_chain(1_234)
    assert list(Entry.objects.order_by("number").values_list("subject_id", flat=True)) == [
        str(number) for number in range(1_234)
    ]
    assert services.verify() == []


FIELDS = [
    ("at", "'2026-01-01 00:00:00+00:00'"), ("kind", "'read'"), ("verb", "'forged'"), ("\"by\"", "'x'"),
    ("subject", "'x'"), ("subject_id", "'x'"), ("institution_id", "7"), ("facts", "'{\"n\": 1.0}'"),
    ("digest", "'x'"), ("id", "id + 1000"),
]  # fmt: skip
PLACE = "number = 1, seal_before = 'x', seal = 'x'"


def test_every_column_is_kept_by_the_database():
    columns = {name.strip('"') for name, _ in FIELDS} | {"number", "seal_before", "seal"}
    assert columns == {field.column for field in Entry._meta.concrete_fields}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE audit_entry SET {name} = {value} WHERE number = 1" for name, value in FIELDS),
        # A place is given once, and not taken away.
        "UPDATE audit_entry SET number = NULL, seal_before = NULL, seal = NULL WHERE number = 1",
        "UPDATE audit_entry SET number = 3, seal = 'forged' WHERE number = 1",
        "UPDATE audit_entry SET seal = 'forged' WHERE number = 1",
        "UPDATE audit_entry SET seal_before = 'forged' WHERE number = 1",
        "DELETE FROM audit_entry WHERE number = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET last_number = 1",
        "UPDATE audit_head SET last_seal = 'forged'",
        "UPDATE audit_head SET id = 2, last_number = 99",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_is_linked(statement):
    services.record("x", subject="s", subject_id=1, by=None, now=NOW, facts={"n": 1})
    _a_chain(1)
    services.link_waiting()
    _refused(statement)
    assert services.verify() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE audit_entry SET {name} = {value}, {PLACE} WHERE number IS NULL" for name, value in FIELDS),
        *(f"UPDATE audit_entry SET {name} = {value} WHERE number IS NULL" for name, value in FIELDS),
        # Not where the head has not been, and not over somebody else's place.
        "UPDATE audit_entry SET number = 3, seal_before = 'x', seal = 'x' WHERE number IS NULL",
        f"UPDATE audit_entry SET {PLACE} WHERE number IS NULL",
        "UPDATE audit_entry SET number = 0, seal_before = 'x', seal = 'x' WHERE number IS NULL",
        "UPDATE audit_entry SET seal = 'x' WHERE number IS NULL",
        "DELETE FROM audit_entry WHERE number IS NULL",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_waits(statement):
    _a_chain(2)
    services.link_waiting()
    an_entry_that_waits("3", now=NOW, facts={"n": 1})
    _refused(statement)
    assert services.verify() == []


@pytest.mark.django_db
def test_the_database_refuses_an_entry_that_brings_its_own_place():
    _a_chain(1)
    services.link_waiting()
    content = 'at, kind, verb, "by", subject, subject_id, facts, digest'
    _refused(
        f"INSERT INTO audit_entry ({content}, number, seal_before, seal) SELECT {content}, 2, 'x', 'x' FROM audit_entry"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE number IS NULL",
        f"UPDATE OR REPLACE audit_entry SET {PLACE} WHERE number IS NULL",
        "INSERT OR REPLACE INTO audit_head SELECT id, 0, last_seal FROM audit_head",
    ],
)
def test_sqlite_also_refuses_to_replace_rows(statement):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE exists on SQLite only")
    _a_chain(2)
    an_entry_that_waits("3", now=NOW)
    _refused(statement)
    assert services.verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["audit_entry", "audit_head"])
def test_postgresql_also_refuses_to_empty_the_table(table):
    if connection.vendor != "postgresql":
        pytest.skip("TRUNCATE exists on PostgreSQL only")
    _a_chain(1)
    _refused(f"TRUNCATE {table}")


@pytest.mark.django_db(transaction=True)
def test_verify_finds_what_an_owner_of_the_database_did_behind_the_triggers():
    _a_chain(5)
    _as_owner("UPDATE audit_entry SET verb = 'forged' WHERE number = 2", "DELETE FROM audit_entry WHERE number = 4")
    assert services.verify() == [Break(2, Damage.ALTERED), Break(4, Damage.MISSING)]
    _as_owner("DELETE FROM audit_entry WHERE number >= 3")
    assert services.verify() == [Break(2, Damage.ALTERED), Break(3, Damage.CUT_SHORT)]


@pytest.mark.django_db(transaction=True)
def test_verify_finds_swapped_places_and_a_head_that_was_set_back():
    _a_chain(4)
    _as_owner(
        "UPDATE audit_entry SET number = 9 WHERE number = 2",
        "UPDATE audit_entry SET number = 2 WHERE number = 3",
        "UPDATE audit_entry SET number = 3 WHERE number = 9",
    )
    assert [one.number for one in services.verify()] == [2, 3, 4]
    _as_owner("UPDATE audit_head SET last_number = 3")
    assert Break(4, Damage.BEYOND_END) in services.verify()


@pytest.mark.django_db(transaction=True)
def test_verify_finds_an_entry_that_was_changed_while_it_waited():
    _a_chain(1)
    an_entry_that_waits("2", now=NOW)
    _as_owner("UPDATE audit_entry SET verb = 'forged' WHERE number IS NULL")
    assert services.verify() == [Break(2, Damage.ALTERED)]


@pytest.mark.django_db(transaction=True)
def test_a_forged_link_is_found_and_does_not_stop_the_others_from_being_linked():
    _a_chain(2)
    an_entry_that_waits("forged", now=NOW)
    # What the application's own database user can do at most: move the head, then take the place.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_head SET last_number = 3, last_seal = 'forged'")
        cursor.execute(
            "UPDATE audit_entry SET number = 3, seal_before = 'forged', seal = 'forged' WHERE number IS NULL"
        )
    services.record("x", subject="s", subject_id="next", by=None, now=NOW)
    assert Entry.objects.get(subject_id="next").number == 4
    assert services.verify() == [Break(3, Damage.ALTERED)]


@pytest.mark.django_db(transaction=True)
def test_a_place_taken_by_force_leaves_the_rest_waiting_and_is_found():
    _a_chain(2)
    _as_owner("UPDATE audit_entry SET number = 3 WHERE number = 2")
    # Linking cannot go on; the change it belongs to stands all the same.
    services.record("x", subject="s", subject_id="next", by=None, now=NOW)
    assert queries.waiting() == Waiting(1, NOW)
    assert services.verify() == [Break(3, Damage.BEYOND_END), Break(2, Damage.CUT_SHORT)]


@pytest.mark.django_db(transaction=True)
def test_an_entry_stands_if_and_only_if_its_change_stands():
    _a_chain(1)
    _change_that_fails()
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
            connections.close_all()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert services.verify() == []
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 21))
    assert Head.objects.get().last_number == 20


def _change_that_fails():
    @transaction.atomic
    def change():
        services.record("x", subject="s", subject_id="taken back", by=None, now=NOW)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        change()


def _a_chain(length):
    for number in range(length):
        services.record("x", subject="s", subject_id=number, by=None, now=NOW)


def _refused(statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _as_owner(*statements):
    with triggers_off(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
