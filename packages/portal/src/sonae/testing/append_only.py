"""Emptying a test database whose audit log refuses to be emptied."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from sonae.core.audit.models import Head

_TABLES = ("audit_entry", "audit_head")


@contextmanager
def triggers_off() -> Iterator[None]:
    """As the owner of the database, who alone can switch off what keeps the audit log append-only."""
    if connection.vendor == "postgresql":
        _run(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in _TABLES)
        yield
        _run(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in _TABLES)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)", _TABLES)
        triggers = cursor.fetchall()
    _run(f"DROP TRIGGER {name}" for name, _ in triggers)
    yield
    _run(sql for _, sql in triggers)


def let_tests_empty_the_log() -> None:
    """Teaches Django's test cases, which empty every table after a test that commits, to empty this one too."""
    case_class: Any = TransactionTestCase  # the stubs leave out what Django keeps private
    emptied = case_class._fixture_teardown

    def teardown(case: Any) -> None:
        with triggers_off():
            emptied(case)
        Head.objects.get_or_create(pk=1)

    case_class._fixture_teardown = teardown


def _run(statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
