"""Fetching and authorising in one step: what a viewer may not see does not exist for them."""

from typing import Protocol, Self

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model

from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.errors import Gone


class Scoped[M: Model](Protocol):
    """A manager or queryset that knows what a viewer may see."""

    model: type[M]

    def visible_to(self, viewer: Viewer) -> Self: ...
    def get(self, **lookup: object) -> M: ...


def visible_or_404[M: Model](rows: Scoped[M], viewer: Viewer, **lookup: object) -> M:
    """The one row of `rows` that matches and that the viewer may see; raises Gone otherwise, whatever the cause."""
    try:
        return rows.visible_to(viewer).get(**lookup)
    except (ObjectDoesNotExist, ValueError, ValidationError) as missing:
        raise Gone(rows.model._meta.model_name or "", next(iter(lookup.values()), "")) from missing
