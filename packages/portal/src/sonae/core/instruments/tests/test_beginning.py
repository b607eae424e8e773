"""Two who begin one response at the same moment, and a whole nation that begins responses to one edition."""

import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from sonae.core.instruments import queries, services, testing
from sonae.core.instruments.models import Edition, Response
from sonae.testing.cast import NOW


@pytest.fixture
def edition(officer):
    return testing.an_edition(by=officer.viewer, now=NOW)


def a_response(edition, hospital, manager, *, occasion="2026"):
    return services.open_response(edition.pk, institution_id=hospital.pk, occasion=occasion, by=manager.viewer, now=NOW)


def at_once(*verbs):
    """What each of these came to, begun at the same moment in threads of their own."""
    begin, told = threading.Barrier(len(verbs)), {}

    def one(number, verb):
        begin.wait(30)
        try:
            told[number] = verb()
        except Exception as error:  # noqa: BLE001 - shown by the test
            told[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [told[number] for number in range(len(verbs))]


@pytest.mark.parametrize("is_frozen", [False, True])
def test_two_who_begin_at_once_go_on_with_one_response(real_commits, officer, hospital, manager, is_frozen):
    edition = testing.an_edition(by=officer.viewer, now=NOW)
    if is_frozen:
        Edition.objects.update(frozen_at=NOW)

    def begin():
        return services.open_response(
            edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
        )

    told = at_once(begin, begin)
    found = Response.objects.get()
    assert [getattr(one, "pk", one) for one in told] == [found.pk, found.pk]
    assert found.turns.count() == 1


def test_whoever_was_not_seen_when_it_was_looked_for_keeps_the_response(edition, hospital, manager, monkeypatch):
    first = a_response(edition, hospital, manager)
    looks = iter([None, first])
    monkeypatch.setattr(queries, "begun_on", lambda *_, **__: next(looks))
    assert a_response(edition, hospital, manager) == first
    assert Response.objects.count() == 1 and first.turns.count() == 1


def test_nobody_waits_for_whoever_begins_a_response_to_the_same_edition(edition, hospital, manager):
    a_response(edition, hospital, manager, occasion="2025")
    with CaptureQueriesContext(connection) as asked:
        a_response(edition, hospital, manager)
    locked = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"] and '"instruments_edition"' in one["sql"]]
    assert locked == []
