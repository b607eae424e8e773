from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance.vocabulary import SOURCES
from sonae.core.web import navigation
from sonae.prevention.exposure.vocabulary import STRONGEST


class ExposureConfig(AppConfig):
    name = "sonae.prevention.exposure"
    label = "exposure"

    def ready(self) -> None:
        for kind, strongest in STRONGEST.items():
            SOURCES.bring(kind, strongest)
        section = navigation.Section.PREVENTION
        for label, url_name, permission, order in (
            (_("Vulnerabilities of the ledger"), "exposure:list", Permission.EXPOSURE_READ, 13),
            (_("Questions about products"), "exposure:questions", Permission.EXPOSURE_ANSWER, 13),
            (_("Vulnerabilities nationwide"), "exposure:nation", Permission.EXPOSURE_COUNT, 14),
            (_("Names of products"), "exposure:pairs", Permission.ADVISORY_STATE, 15),
        ):
            navigation.register(navigation.NavItem(label, url_name, permission, order, section))
