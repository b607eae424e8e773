from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue, rules
from sonae.core.assurance.checks import no_edition_is_lost
from sonae.core.assurance.vocabulary import SOURCES
from sonae.core.web import navigation


class AssuranceConfig(AppConfig):
    name = "sonae.core.assurance"
    label = "assurance"

    def ready(self) -> None:
        for kind, strongest in rules.STRONGEST.items():
            SOURCES.bring(kind, strongest)
        # A catalogue with a mistake stops the start, naming file, line and field, not the first page that needs it.
        catalogue.controls()
        checks.register(no_edition_is_lost, checks.Tags.database)
        navigation.register(
            navigation.NavItem(
                label=_("Controls and evidence"),
                url_name="assurance:controls",
                permission=Permission.EVIDENCE_READ,
                order=12,
                section=navigation.Section.PREVENTION,
            )
        )
        navigation.register(
            navigation.NavItem(
                label=_("Catalogues of others"),
                url_name="assurance:catalogues",
                permission=Permission.CATALOGUE_IMPORT,
                order=12,
                section=navigation.Section.SECTOR,
            )
        )
