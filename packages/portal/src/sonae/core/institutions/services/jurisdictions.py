"""Loading the shipped list of inspecting bodies."""

from sonae.core.institutions import editions
from sonae.core.institutions.models import Jurisdiction


def ensure_jurisdictions() -> dict[str, int]:
    """Every inspecting body of the shipped edition, stored; answers their ids by code. Twice is as good as once."""
    edition = editions.jurisdictions()
    stored = dict(Jurisdiction.objects.filter(as_of__gte=edition.as_of).values_list("code", "id"))
    if len(stored) >= len(edition.jurisdictions):
        return stored
    rows = [
        Jurisdiction(
            code=body.code,
            kind=body.kind,
            prefecture=body.prefecture,
            name_ja=body.name_ja,
            name_en=body.name_en,
            as_of=edition.as_of,
            source=edition.source,
            is_confirmed=edition.is_confirmed,
        )
        for body in edition.jurisdictions
    ]
    Jurisdiction.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["kind", "prefecture", "name_ja", "name_en", "as_of", "source", "is_confirmed"],
    )
    return dict(Jurisdiction.objects.values_list("code", "id"))
