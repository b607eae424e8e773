from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class InspectionsConfig(AppConfig):
    name = "sonae.prevention.inspections"
    label = "inspections"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                label=_("Preparing an inspection"),
                url_name="inspections:preparations",
                permission=Permission.INSPECTION_PREPARE,
                order=20,
                section=navigation.Section.PREVENTION,
            )
        )
        navigation.register(
            navigation.NavItem(
                label=_("Read the ministry's checklist"),
                url_name="inspections:read-form",
                permission=Permission.INSTRUMENT_PUBLISH,
                order=21,
                section=navigation.Section.PREVENTION,
            )
        )
