"""Duties of vendors, and moments that found nobody to tell."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("duties", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            "duty",
            "vendor",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="institutions.vendor",
            ),
        ),
        migrations.AddField("duty", "untold_since", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveConstraint("duty", "duty_has_one_recipient"),
        migrations.AddConstraint(
            "duty",
            models.CheckConstraint(
                name="duty_has_one_recipient",
                condition=Q(account__isnull=False, institution=None, jurisdiction=None, vendor=None, role="")
                | Q(account=None, institution__isnull=False, jurisdiction=None, vendor=None, role="")
                | Q(account=None, institution=None, jurisdiction__isnull=False, vendor=None, role="")
                | Q(account=None, institution=None, jurisdiction=None, vendor__isnull=False, role="")
                | Q(account=None, institution=None, jurisdiction=None, vendor=None) & ~Q(role=""),
            ),
        ),
    ]
