"""The database that tests copy is what the migrations of today make."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from sonae.testing import migrated


def test_a_test_meets_every_migration(db):
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_what_it_is_made_from_are_the_migrations_and_what_they_name():
    names = {"/".join(path.parts[-3:]) for path in migrated.what_it_is_made_from()}
    assert {"audit/migrations/0001_initial.py", "core/accounts/vocabulary.py", "sonae/site/settings.py"} <= names
    assert any(name.startswith("requirements") or "/requirements/" in name for name in names)


def test_a_changed_migration_is_another_database(tmp_path):
    one = tmp_path / "0001_initial.py"
    one.write_text("operations = []\n")
    before = migrated.key([one])
    assert migrated.key([one]) == before
    one.write_text("operations = [1]\n")
    assert migrated.key([one]) != before
