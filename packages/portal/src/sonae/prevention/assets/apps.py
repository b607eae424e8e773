from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance.vocabulary import SOURCES
from sonae.core.web import navigation
from sonae.prevention.assets import proofs
from sonae.prevention.assets.vocabulary import STRONGEST


class AssetsConfig(AppConfig):
    name = "sonae.prevention.assets"
    label = "assets"

    def ready(self) -> None:
        for kind, strongest in STRONGEST.items():
            SOURCES.bring(kind, strongest)
        # A proof with a mistake stops the start, naming file, line and field, not the first stocktake.
        proofs.proofs()
        for label, url_name, order in (
            (_("Asset ledger"), "assets:list", 10),
            (_("Connections"), "assets:connections", 11),
            (_("Stocktake of the ledger"), "assets:stocktakes", 11),
            (_("Ledger imports"), "assets:imports", 12),
            (_("Questions about the ledger"), "assets:questions", 12),
            (_("Network zones"), "assets:zones", 12),
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
