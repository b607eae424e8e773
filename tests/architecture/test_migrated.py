"""The database that tests copy is what the migrations of today make."""

from django.apps import apps
from django.db import connection
from django.db.migrations import AddConstraint, AddIndex, CreateModel
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

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


def test_a_table_is_made_with_its_indexes_and_constraints():
    """Each of them by itself makes Django draw all related models anew: a third of the time of an installation."""
    ours = {one.label for one in apps.get_app_configs() if one.name.startswith("sonae.")}
    late = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in ours
        for operation in migration.operations
        if isinstance(operation, AddConstraint | AddIndex)
        and operation.model_name_lower
        in {one.name_lower for one in migration.operations if isinstance(one, CreateModel)}
    ]
    assert not late, late
