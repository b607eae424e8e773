"""What must hold between the catalogue of a release and the duties already imposed."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import connections

from sonae.core.duties import catalogue


def no_edition_is_lost(*, databases: Sequence[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Refuses a release whose catalogue lacks an edition under which a duty was imposed; `migrate` asks it first."""
    duty = apps.get_model("duties", "Duty")
    lost: set[tuple[str, Any]] = set()
    for database in databases or ():
        if duty._meta.db_table in connections[database].introspection.table_names():
            named = duty._default_manager.using(database).order_by().values_list("rule", "rule_edition").distinct()
            lost |= {one for one in named if one not in catalogue.editions()}
    return [
        checks.Error(
            f"Duties name the rule “{rule}” in its edition of {edition}, which no file has any more.",
            hint="An edition stays in the files as long as a duty names it: put it back beside the newer one.",
            id="duties.E001",
        )
        for rule, edition in sorted(lost)
    ]
