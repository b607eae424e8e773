"""What of a ledger is held against advisories: devices, firmware, systems, components, and the ends of connections."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import batched, chain
from uuid import UUID

from sonae.prevention.assets.models import Asset, Component, Connection
from sonae.prevention.exposure.vocabulary import Surrounding, Thing

_AT_ONCE = 2_000


def things_at(institution_ids: Collection[int]) -> Iterator[tuple[int, Thing]]:
    """Everything of these institutions, with the institution."""
    for asset in Asset.objects.in_use().filter(institution_id__in=institution_ids).iterator(_AT_ONCE):
        for thing in things_of(asset):
            yield asset.institution_id, thing
    owned = Component.objects.filter(asset__institution_id__in=institution_ids, asset__retired_at=None)
    for part in owned.select_related("asset").iterator(_AT_ONCE):
        yield part.asset.institution_id, of_component(part)
    ends = Connection.objects.in_use().filter(institution_id__in=institution_ids, device__retired_at=None)
    for connection in ends.exclude(firmware="").exclude(device=None).select_related("device"):
        yield connection.institution_id, of_connection(connection)


def things_of(asset: Asset) -> Iterator[Thing]:
    """A device with its version, with its firmware where that is another one, and its system."""
    key = str(asset.pk)
    identifiers = {"model_numbers": (asset.model_number,)} if asset.model_number else {}
    if asset.product or asset.model_number:
        versions = dict.fromkeys(filter(None, (asset.version, asset.firmware))) or {"": None}
        for at, version in zip("af", versions, strict=False):
            yield Thing(f"{at}:{key}", asset.maker, asset.product, asset.model_number, version, identifiers)
    if asset.os:
        yield Thing(f"o:{key}", "", asset.os)


def of_component(part: Component) -> Thing:
    """A part as its list of components names it."""
    named = {"cpes": part.cpe, "purls": part.purl, "hashes": part.hash_value}
    identifiers = {kind: (value,) for kind, value in named.items() if value}
    key = f"c:{part.asset_id}:{part.pk}"
    return Thing(key, part.supplier, part.name, version=part.version, identifiers=identifiers)


def of_connection(connection: Connection) -> Thing:
    """The device at which a connection ends, with the firmware that the connection names."""
    device = connection.device
    assert device is not None, "asked for by the query"
    return Thing(
        f"n:{device.pk}:{connection.pk}", device.maker, device.product, device.model_number, connection.firmware
    )


def asset_of(key: str) -> UUID:
    """The asset to which a thing belongs."""
    return UUID(key.split(":")[1])


def things_by_key(keys: Collection[str]) -> dict[str, Thing]:
    """These things as the ledger has them now; what is gone, or out of use, is missing."""
    return {thing.key: thing for some in batched(sorted(keys), _AT_ONCE) for thing in _things(set(some))}


def _things(keys: Collection[str]) -> Iterator[Thing]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_kind[key[0]].append(key)
    assets = Asset.objects.in_use().filter(pk__in={asset_of(key) for kind in "afo" for key in by_kind[kind]})
    parts = Component.objects.filter(pk__in=[int(key.split(":")[2]) for key in by_kind["c"]], asset__retired_at=None)
    ends = Connection.objects.in_use().filter(pk__in=[key.split(":")[2] for key in by_kind["n"]])
    ended = ends.exclude(device=None).filter(device__retired_at=None).select_related("device")
    of_assets = (thing for asset in assets for thing in things_of(asset))
    found = chain(of_assets, map(of_component, parts), map(of_connection, ended))
    return (thing for thing in found if thing.key in keys)


def surroundings_of(assets: Iterable[Asset]) -> dict[UUID, Surrounding]:
    """What reaches each of these assets; their zones are fetched with them."""
    known = list(assets)
    ends = set(Connection.objects.in_use().filter(device__in=known).values_list("device_id", flat=True))
    return {
        one.pk: Surrounding(
            one.internet_facing,
            one.zone.internet_reachable if one.zone else "",
            one.zone.vendor_reachable if one.zone else "",
            ends_a_connection=one.pk in ends,
        )
        for one in known
    }
