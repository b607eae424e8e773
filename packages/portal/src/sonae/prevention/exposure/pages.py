"""What stands about exposures on the pages of other rooms."""

from django.utils.translation import gettext_lazy as _

from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.assets.asides import Aside
from sonae.prevention.assets.models import Asset
from sonae.prevention.exposure import queries

MOST_SHOWN = 50


def beside_asset(asset: Asset, viewer: Viewer) -> Aside | None:
    """What hits an asset now, for the page of the asset and of a connection that ends at it."""
    found = list(queries.at_asset(asset, viewer)[: MOST_SHOWN + 1])
    page = {"exposures": found[:MOST_SHOWN], "is_cut": len(found) > MOST_SHOWN}
    return Aside(_("Vulnerabilities of the ledger"), "exposure/beside_asset.html", page)
