from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance.vocabulary import SOURCES, Strength
from sonae.core.documents.rules import MEGABYTE
from sonae.core.documents.vocabulary import PURPOSES, Kind, Limits
from sonae.core.instruments import year_maps
from sonae.core.instruments.vocabulary import EvidenceSource, FilePurpose
from sonae.core.web import navigation

# What somebody has at hand who answers: papers, tables, pictures of either.
_KINDS = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.CSV, Kind.TEXT, Kind.PNG, Kind.JPEG})


class InstrumentsConfig(AppConfig):
    name = "sonae.core.instruments"
    label = "instruments"

    def ready(self) -> None:
        # Models can be read only once every room is there.
        import_module("sonae.core.instruments.register_facts").bring_all()
        # A comparison with a mistake stops the start, naming file, line and field, not the first page that compares.
        year_maps.files()
        # Who answers says so, and no more than that stands behind it.
        SOURCES.bring(EvidenceSource.SUBMISSION, Strength.DECLARED)
        PURPOSES.bring(FilePurpose.ANSWER, Limits(10 * MEGABYTE, _KINDS))
        # What is asked is no secret, and a response may be handed to anybody of the institution.
        section = navigation.Section.PREVENTION
        navigation.register(
            navigation.NavItem(
                _("Surveys and checklists"), "instruments:editions", Permission.REGISTER_READ, 18, section
            )
        )
        navigation.register(
            navigation.NavItem(
                pgettext_lazy("ministry", "Forms"), "instruments:drafts", Permission.INSTRUMENT_PUBLISH, 20, section
            )
        )
        navigation.register(
            navigation.NavItem(_("Responses"), "instruments:list", Permission.REGISTER_READ, 19, section)
        )
