from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class FeesConfig(AppConfig):
    name = "sonae.prevention.fees"
    label = "fees"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                label=_("Fee standards"),
                url_name="fees:standards",
                permission=Permission.EVIDENCE_READ,
                order=30,
                section=navigation.Section.PREVENTION,
            )
        )
