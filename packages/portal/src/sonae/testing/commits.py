"""Tests whose transactions really commit, for what several connections do to each other.

Django empties the tables after such a test, which the append-only triggers of the audit log refuse; so they are taken off for
that moment and put on again.
"""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

_audit = importlib.import_module("sonae.core.audit.migrations.0002_append_only")


@pytest.fixture
def emptied_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets Django empty the tables of the audit log, and gives it its head and its triggers again."""
    empty_tables = connection.ops.execute_sql_flush

    def execute_sql_flush(statements: Any) -> Any:
        with connection.schema_editor() as editor:
            _audit.allow(apps, editor)
        emptied = empty_tables(statements)
        with connection.schema_editor() as editor:
            _audit.forbid(apps, editor)
        return emptied

    monkeypatch.setattr(connection.ops, "execute_sql_flush", execute_sql_flush)


@pytest.fixture
def real_commits(emptied_audit: None, transactional_db: None) -> None:
    """The database without a transaction around the test."""
