from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class AssetsConfig(AppConfig):
    name = "sonae.prevention.assets"
    label = "assets"

    def ready(self) -> None:
        for label, url_name, order in (
            (_("Asset ledger"), "assets:list", 10),
            (_("Connections"), "assets:connections", 11),
        ):
            navigation.register(
                navigation.NavItem(
                    label=label,
                    url_name=url_name,
                    permission=Permission.ASSET_READ,
                    order=order,
                    section=navigation.Section.PREVENTION,
                )
            )
