"""The tables, and what the database itself refuses, whoever asks: an entry is never changed or removed.

Only its place in the chain is given, once, and only up to where the head has moved before; the head moves forward only.
"""

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The `OR EXISTS` stand against INSERT OR REPLACE and UPDATE OR REPLACE, which remove rows and ask no trigger about it.
SQLITE = [
    """CREATE TRIGGER audit_entry_begins_unlinked BEFORE INSERT ON audit_entry
    WHEN NEW.number IS NOT NULL OR EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
    """CREATE TRIGGER audit_entry_linked_once BEFORE UPDATE ON audit_entry
    WHEN NOT (
        OLD.number IS NULL AND NEW.number IS NOT NULL
        AND NEW.number <= (SELECT last_number FROM audit_head WHERE id = 1)
        AND NEW.id IS OLD.id AND NEW.at IS OLD.at AND NEW.kind IS OLD.kind AND NEW.verb IS OLD.verb
        AND NEW."by" IS OLD."by" AND NEW.subject IS OLD.subject AND NEW.subject_id IS OLD.subject_id
        AND NEW.institution_id IS OLD.institution_id AND NEW.facts IS OLD.facts AND NEW.digest IS OLD.digest
    ) OR EXISTS (SELECT 1 FROM audit_entry WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
    """CREATE TRIGGER audit_head_stays BEFORE INSERT ON audit_head
    WHEN EXISTS (SELECT 1 FROM audit_head WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit head only moves forward'); END""",
    """CREATE TRIGGER audit_head_moves_forward BEFORE UPDATE ON audit_head
    WHEN NOT (NEW.id = OLD.id AND NEW.last_number > OLD.last_number)
    BEGIN SELECT RAISE(ABORT, 'the audit head only moves forward'); END""",
    """CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
    BEGIN SELECT RAISE(ABORT, 'the audit head only moves forward'); END""",
]
# Facts are compared as text: to PostgreSQL the numbers 1 and 1.0 inside JSON are the same, to a hash they are not.
POSTGRESQL = [
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'audit entries are append-only';
    END $$""",
    """CREATE FUNCTION audit_link_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.number IS NULL AND NEW.number IS NOT NULL
            AND NEW.number <= (SELECT last_number FROM audit_head WHERE id = 1)
            AND ROW(
                NEW.id, NEW.at, NEW.kind, NEW.verb, NEW."by", NEW.subject, NEW.subject_id, NEW.institution_id,
                NEW.facts::text, NEW.digest
            ) IS NOT DISTINCT FROM ROW(
                OLD.id, OLD.at, OLD.kind, OLD.verb, OLD."by", OLD.subject, OLD.subject_id, OLD.institution_id,
                OLD.facts::text, OLD.digest
            )
        THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'audit entries are append-only';
    END $$""",
    """CREATE TRIGGER audit_entry_begins_unlinked BEFORE INSERT ON audit_entry
    FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entry_linked_once BEFORE UPDATE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_link_once()""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_moves_forward BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NOT (NEW.id = OLD.id AND NEW.last_number > OLD.last_number))
    EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
]
UNDO = {
    "sqlite": [f"DROP TRIGGER {statement.split()[2]}" for statement in SQLITE],
    "postgresql": ["DROP FUNCTION audit_refuse CASCADE", "DROP FUNCTION audit_link_once CASCADE"],
}


def forbid(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("audit", "Head").objects.create(pk=1)
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def allow(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name='Head',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_number', models.PositiveBigIntegerField(default=0)),
                ('last_seal', models.CharField(default='0000000000000000000000000000000000000000000000000000000000000000', max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=8)),
                ('verb', models.CharField(max_length=80)),
                ('by', models.CharField(blank=True, max_length=36)),
                ('subject', models.CharField(max_length=60)),
                ('subject_id', models.CharField(max_length=64)),
                ('institution_id', models.BigIntegerField(null=True)),
                ('facts', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('number', models.PositiveBigIntegerField(null=True, unique=True)),
                ('seal_before', models.CharField(max_length=64, null=True)),
                ('seal', models.CharField(max_length=64, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['subject', 'subject_id'], name='audit_entry_subject'), models.Index(fields=['institution_id', '-id'], name='audit_entry_institution'), models.Index(fields=['by', '-id'], name='audit_entry_by'), models.Index(condition=models.Q(('number', None)), fields=['id'], name='audit_entry_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('seal__isnull', True), ('seal_before__isnull', True)), models.Q(('number__gte', 1), ('seal__isnull', False), ('seal_before__isnull', False)), _connector='OR'), name='audit_entry_linked_or_waiting')],
            },
        ),
        migrations.RunPython(forbid, allow),
    ]
