"""Whatever the order in which transactions write, commit, fail and die: one chain, gapless, with what was committed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonae.core.audit import queries, services
from sonae.core.audit.models import Entry, Head
from sonae.core.audit.testing import an_entry_that_waits

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WRITERS = 4
STEPS = ["write", "write", "write", "commit", "commit", "take back", "die", "hold", "sweep"]


class _Back(Exception):
    """Rolls a transaction back."""


@dataclass
class _Session:
    """One connection of its own, as another process has it, and the transaction that is open on it."""

    database: object
    open: ExitStack | None = None
    written: list[str] = field(default_factory=list)


@contextmanager
def _as(session: _Session) -> Iterator[None]:
    own = connections["default"]
    connections["default"] = session.database
    try:
        yield
    finally:
        connections["default"] = own


class _World:
    def __init__(self) -> None:
        self.sessions = [_Session(connections.create_connection("default")) for _ in range(WRITERS)]
        self.stand: set[str] = set()
        self.count = 0

    def step(self, session: _Session, step: str) -> None:
        # SQLite lets one write at a time: a second session would wait for the first, in this very thread.
        others = [one for one in self.sessions if one.open and one is not session]
        if connection.vendor == "sqlite" and others:
            return
        with _as(session):
            getattr(self, step.replace(" ", "_"))(session)

    def write(self, session: _Session) -> None:
        self._begin(session)
        self.count += 1
        services.record("x", subject="s", subject_id=self.count, by=None, now=NOW)
        session.written.append(str(self.count))

    def commit(self, session: _Session) -> None:
        if session.open:
            session.open.close()
            self._end(session, stands=True)

    def take_back(self, session: _Session) -> None:
        if session.open:
            with pytest.raises(_Back), session.open:
                raise _Back
            self._end(session, stands=False)

    def die(self, session: _Session) -> None:
        """The process is killed after its commit and before it links."""
        if session.open:
            self.count += 1
            an_entry_that_waits(str(self.count), now=NOW)
            session.written.append(str(self.count))
            session.database.run_on_commit = []
            self.commit(session)

    def hold(self, session: _Session) -> None:
        """Someone is linking for a while: meanwhile the others must neither wait nor fail."""
        self._begin(session)
        if any(one.open for one in self.sessions if one is not session):
            list(Head.objects.select_for_update(skip_locked=True))

    def sweep(self, session: _Session) -> None:
        if not session.open and not any(one.open for one in self.sessions):
            services.link_waiting()

    def close(self) -> None:
        for session in self.sessions:
            with _as(session):
                self.commit(session)
            session.database.close()

    def _begin(self, session: _Session) -> None:
        if not session.open:
            session.open = ExitStack()
            session.open.enter_context(transaction.atomic())

    def _end(self, session: _Session, *, stands: bool) -> None:
        if stands:
            self.stand |= set(session.written)
        session.open, session.written = None, []


@pytest.mark.usefixtures("real_commits")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, WRITERS - 1), st.sampled_from(STEPS)), max_size=40))
def test_any_interleaving_gives_one_gapless_chain(steps):
    before = set(Entry.objects.values_list("pk", flat=True))
    world = _World()
    try:
        for writer, step in steps:
            world.step(world.sessions[writer], step)
    finally:
        world.close()
    services.link_waiting()
    assert queries.waiting().count == 0
    assert set(Entry.objects.exclude(pk__in=before).values_list("subject_id", flat=True)) == world.stand
    numbers = list(Entry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(before) + len(world.stand) + 1))
    assert services.verify() == []
