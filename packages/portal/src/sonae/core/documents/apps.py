from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.documents import rules
from sonae.core.documents.vocabulary import PURPOSES
from sonae.core.web import navigation


class DocumentsConfig(AppConfig):
    name = "sonae.core.documents"
    label = "documents"

    def ready(self) -> None:
        for purpose, limits in rules.LIMITS.items():
            PURPOSES.bring(purpose, limits)
        navigation.register(
            navigation.NavItem(
                label=_("Documents"),
                url_name="documents:list",
                permission=Permission.DOCUMENT_READ,
                order=75,
                section=navigation.Section.SECTOR,
            )
        )
