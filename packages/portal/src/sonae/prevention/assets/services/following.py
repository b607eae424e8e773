"""What has to follow when a ledger changes: who is told of bulletins about a product, evidence, and later rooms."""

from datetime import datetime
from uuid import UUID

from sonae.core.bulletins import services as bulletins
from sonae.kernel.events import publish
from sonae.prevention.assets.models import Asset
from sonae.prevention.assets.services.stocktaking import let_evidence_follow
from sonae.prevention.assets.vocabulary import LedgerChanged, LedgerPart


def follow_devices(institution_id: int, *, by: UUID | None, now: datetime) -> None:
    """Lets what rests on the devices of an institution follow them; called in the transaction that changed them."""
    # Once for each product, not for each of a thousand terminals of one make.
    of_institution = Asset.objects.in_use().filter(institution_id=institution_id)
    named = of_institution.exclude(maker="").exclude(product="").order_by().values_list("maker", "product").distinct()
    owned = (Asset(maker=maker, product=product).product_key() for maker, product in named)
    bulletins.note_owned_products(institution_id, {key for key in owned if key})
    let_evidence_follow(institution_id, LedgerPart.DEVICES, by=by, now=now)
    publish(LedgerChanged(institution_id))


def follow_connections(institution_id: int, *, by: UUID | None, now: datetime) -> None:
    """The same for its connections."""
    let_evidence_follow(institution_id, LedgerPart.CONNECTIONS, by=by, now=now)
    publish(LedgerChanged(institution_id))
