from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.notifications.vocabulary import EVENTS
from sonae.core.web import navigation
from sonae.prevention.detection.vocabulary import HookEvent


class DetectionConfig(AppConfig):
    name = "sonae.prevention.detection"
    label = "detection"

    def ready(self) -> None:
        EVENTS.bring(HookEvent.SIGHTING_RECORDED, None)
        section = navigation.Section.PREVENTION
        for label, url_name, permission, order in (
            (_("Sightings"), "detection:sightings", Permission.SIGHTING_READ, 21),
            (_("Collectors"), "detection:collectors", Permission.COLLECTOR_MANAGE, 22),
            (_("Seen in the sector"), "detection:sector", Permission.SIGHTING_COUNT, 23),
        ):
            navigation.register(navigation.NavItem(label, url_name, permission, order, section))
