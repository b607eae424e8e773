from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class IncidentsConfig(AppConfig):
    name = "sonae.response.incidents"
    label = "incidents"

    def ready(self) -> None:
        section = navigation.Section.RESPONSE
        navigation.register(
            navigation.NavItem(_("Report an incident"), "incidents:report", Permission.INCIDENT_REPORT, 30, section)
        )
        navigation.register(navigation.NavItem(_("Incidents"), "incidents:list", Permission.INCIDENT_READ, 31, section))
