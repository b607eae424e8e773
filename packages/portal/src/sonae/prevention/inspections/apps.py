from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.documents.rules import MEGABYTE
from sonae.core.documents.vocabulary import PURPOSES, Kind, Limits
from sonae.core.web import navigation
from sonae.prevention.inspections.visits.vocabulary import VisitPurpose

_PICTURES = frozenset({Kind.PNG, Kind.JPEG})
# Tablets take pictures of 8 to 13 million pixels (iPad: 4,032 × 3,024); their page sends at most 2,000 a side.
_MOST_PIXELS = 16_000_000
_PAPERS = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.CSV, Kind.TEXT})


class InspectionsConfig(AppConfig):
    name = "sonae.prevention.inspections"
    label = "inspections"

    def ready(self) -> None:
        PURPOSES.bring(VisitPurpose.PHOTO, Limits(15 * MEGABYTE, _PICTURES, most_pixels=_MOST_PIXELS))
        PURPOSES.bring(VisitPurpose.CORRECTION, Limits(20 * MEGABYTE, _PAPERS | _PICTURES))
        # The institution reads what was seen once the visit is over, not while it goes on.
        import_module("sonae.prevention.inspections.visits.pictures").hand_out()
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
                label=_("On-site inspections"),
                url_name="visits:list",
                permission=Permission.INSPECTION_READ,
                order=21,
                section=navigation.Section.PREVENTION,
            )
        )
        navigation.register(
            navigation.NavItem(
                label=_("Read the ministry's checklist"),
                url_name="inspections:read-form",
                permission=Permission.INSTRUMENT_PUBLISH,
                order=22,
                section=navigation.Section.PREVENTION,
            )
        )
