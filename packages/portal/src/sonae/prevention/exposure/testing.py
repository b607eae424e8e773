"""Ledgers and advisories that meet, for tests of all rooms."""

from datetime import datetime
from typing import Any

from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.advisories import testing as advisories
from sonae.prevention.advisories.models import Advisory
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.models import Asset
from sonae.prevention.exposure import services
from sonae.prevention.exposure.models import Exposure

MAKER, PRODUCT, HIT, FREE = "Fortinet", "FortiGate 60F", "6.0.3", "7.4.1"


def a_device(institution_id: int, *, by: Viewer, now: datetime, **said: Any) -> Asset:
    """A device of a ledger; without more, a VPN device that `a_notice` hits."""
    content: dict[str, Any] = {
        "kind": "network_device", "name": "VPN装置", "maker": MAKER, "product": PRODUCT, "version": HIT, "place": "",
        "responsible": "", "note": "",
    } | said  # fmt: skip
    return assets.record_asset(institution_id, assets.AssetContent(**content), by=by, now=now)  # type: ignore[typeddict-item]


def a_notice(
    *said: tuple[str, str, str],
    now: datetime,
    identifier: str = "EX-26-001",
    revision: str = "1",
    withdrawn: bool = False,
) -> Advisory:
    """An advisory that says of (vendor, product, versions) that they are affected; without any, of `a_device`."""
    document = advisories.a_csaf(id=identifier, version=revision)
    branches, ids = [], []
    for at, (vendor, product, versions) in enumerate(said or ((MAKER, "FortiOS", "< 6.0.5"),)):
        ids.append(f"P-{at}")
        branches.append(_vendor(vendor, product, versions, ids[-1]))
    document["product_tree"] = {"branches": branches}
    document["vulnerabilities"][0] |= {
        "product_status": {"known_affected": ids},
        "remediations": [{"category": "vendor_fix", "details": "Update.", "product_ids": ids}],
    }
    document["vulnerabilities"][0]["scores"][0]["products"] = ids
    if withdrawn:
        document["vulnerabilities"][0]["product_status"] = {"known_not_affected": ids}
        document["vulnerabilities"][0].pop("scores")
        document["vulnerabilities"][0].pop("remediations")
    run = advisories.import_documents((f"{identifier}.json", advisories.as_bytes(document)), now=now)
    return Advisory.objects.get(run=run)


def _vendor(vendor: str, product: str, versions: str, product_id: str) -> dict[str, Any]:
    named = {"product_id": product_id, "name": f"{vendor} {product} {versions}"}
    ranged = {"category": "product_version_range", "name": versions, "product": named}
    of_product = {"category": "product_name", "name": product, "branches": [ranged]}
    return {"category": "vendor", "name": vendor, "branches": [of_product]}


def an_exposure(institution_id: int, *, by: Viewer, now: datetime, product: str = "", **said: Any) -> Exposure:
    """A device that an advisory hits, as the job writes it down; with `product`, of a maker and an advisory apart."""
    if product:
        said |= {"maker": "Example Medical", "product": product}
    device = a_device(institution_id, by=by, now=now, **said)
    identifier = f"EX-{product}" if product else "EX-26-001"
    if not Advisory.objects.filter(identifier=identifier).exists():
        a_notice(*([("Example Medical", product, "< 6.0.5")] if product else []), now=now, identifier=identifier)
    services.hold(now=now)
    return Exposure.objects.get(asset=device)
