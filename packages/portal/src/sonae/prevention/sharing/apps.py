from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class SharingConfig(AppConfig):
    name = "sonae.prevention.sharing"
    label = "sharing"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                label=_("Indicators"),
                url_name="sharing:list",
                permission=Permission.INDICATOR_READ,
                order=20,
                section=navigation.Section.PREVENTION,
            )
        )
