from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.duties import catalogue
from sonae.core.duties.checks import no_edition_is_lost
from sonae.core.web import navigation


class DutiesConfig(AppConfig):
    name = "sonae.core.duties"
    label = "duties"

    def ready(self) -> None:
        # A catalogue with a mistake stops the start, naming file, line and field, not the first page that needs it.
        catalogue.duty_rules()
        checks.register(no_edition_is_lost, checks.Tags.database)
        navigation.register(
            navigation.NavItem(
                label=_("Duties"),
                url_name="duties:list",
                permission=Permission.DUTY_READ,
                order=5,
                section=navigation.Section.TOP,
            )
        )
        navigation.register(
            navigation.NavItem(
                label=_("Overdue in the sector"),
                url_name="duties:overview",
                permission=Permission.SECTOR_SEE,
                order=70,
                section=navigation.Section.SECTOR,
            )
        )
