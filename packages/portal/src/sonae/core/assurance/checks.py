"""What must hold between the catalogue of a release and the evidence already filed."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections

from sonae.core.assurance import catalogue, imported


def no_edition_is_lost(*, databases: Sequence[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Refuses a release whose catalogue lacks an edition under which evidence was filed; `migrate` asks it first."""
    evidence = apps.get_model("assurance", "Evidence")
    lost: set[tuple[str, Any]] = set()
    for database in databases or ():
        if evidence._meta.db_table in connections[database].introspection.table_names():
            named = evidence._default_manager.using(database).order_by().values_list("control", "edition").distinct()
            own = named.exclude(control__startswith=imported.PREFIX)
            lost |= {one for one in own if one not in catalogue.editions()}
    return [
        checks.Error(
            f"Evidence names the control “{control}” in its edition of {edition}, which no file has any more.",
            hint="An edition stays in the files as long as evidence names it: put it back beside the newer one.",
            id="assurance.E001",
        )
        for control, edition in sorted(lost)
    ]
