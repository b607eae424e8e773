from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class AdvisoriesConfig(AppConfig):
    name = "sonae.prevention.advisories"
    label = "advisories"

    def ready(self) -> None:
        section = navigation.Section.PREVENTION
        for label, url_name, permission, order in (
            (_("Advisories"), "advisories:list", Permission.ADVISORY_READ, 12),
            (_("Version texts to read"), "advisories:triage", Permission.ADVISORY_READ, 13),
            (_("Sources of advisories"), "advisories:sources", Permission.ADVISORY_READ, 14),
        ):
            navigation.register(navigation.NavItem(label, url_name, permission, order, section))
