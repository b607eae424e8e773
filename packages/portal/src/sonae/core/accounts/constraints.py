"""What the columns of several rooms owe alike."""

from django.db import models
from django.db.models import Q


def at_and_by(name: str, stem: str) -> models.CheckConstraint:
    """`<stem>_at` and `<stem>_by` are both set or both empty."""
    neither = Q(**{f"{stem}_at__isnull": True, f"{stem}_by__isnull": True})
    both = Q(**{f"{stem}_at__isnull": False, f"{stem}_by__isnull": False})
    return models.CheckConstraint(name=name, condition=neither | both)
