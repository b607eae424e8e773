"""When a file was tried that got no answer of the scanner, and when it is tried again."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("documents", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("document", "scan_tried_at", models.DateTimeField(null=True)),
        migrations.AddField("document", "scan_again_at", models.DateTimeField(null=True)),
        migrations.RemoveIndex("document", "document_unscanned"),
        migrations.AddIndex(
            "document",
            models.Index(
                fields=["scan_tried_at", "stored_at"],
                name="document_unscanned",
                condition=Q(scan_state__in=["lost", "not_scanned", "too_large"]),
            ),
        ),
        migrations.AddConstraint(
            "document",
            models.CheckConstraint(
                name="document_tried_and_again",
                condition=Q(scan_tried_at=None, scan_again_at=None)
                | Q(scan_tried_at__isnull=False, scan_again_at__isnull=False),
            ),
        ),
    ]
