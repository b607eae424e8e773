"""STIX 2.1 objects for what is shared. The producer of everything released is the sector, never an institution."""

import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing.vocabulary import IndicatorKind, Released

type StixObject = dict[str, Any]

SECTOR_ID: Final = "identity--6a0a3c5e-9f1c-5a5b-8f57-0d7f4f0b8c11"
# Relationships between released objects get the same id whenever they are written again.
_RELATIONSHIPS: Final = UUID("7b6f1f6e-1c7c-5d43-9a34-5f0ad2f7a2c9")
_EPOCH: Final = datetime(2026, 11, 1, tzinfo=UTC)

# TLP 2.0 has its own marking objects, published by the STIX committee as an extension; the library knows TLP 1 only.
_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKING_IDS: Final[Mapping[Tlp, str]] = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

_PATTERNS: Final[Mapping[IndicatorKind, str]] = {
    IndicatorKind.IPV4: "[ipv4-addr:value = '{}']",
    IndicatorKind.IPV6: "[ipv6-addr:value = '{}']",
    IndicatorKind.DOMAIN: "[domain-name:value = '{}']",
    IndicatorKind.URL: "[url:value = '{}']",
    IndicatorKind.EMAIL: "[email-addr:value = '{}']",
    IndicatorKind.MD5: "[file:hashes.MD5 = '{}']",
    IndicatorKind.SHA1: "[file:hashes.'SHA-1' = '{}']",
    IndicatorKind.SHA256: "[file:hashes.'SHA-256' = '{}']",
    # STIX 2.1 has no property for a client's TLS fingerprint.
    IndicatorKind.JA3: "[x-tls-client:ja3 = '{}']",
}


_HASHES: Final[Mapping[IndicatorKind, str]] = {
    IndicatorKind.MD5: "MD5",
    IndicatorKind.SHA1: "SHA-1",
    IndicatorKind.SHA256: "SHA-256",
}
# Classes of the library. A network is an address object with its prefix (STIX 2.1, 6.8).
_VALUES: Final[Mapping[IndicatorKind, str]] = {
    IndicatorKind.IPV4: "IPv4Address",
    IndicatorKind.IPV6: "IPv6Address",
    IndicatorKind.CIDR: "IPv4Address",
    IndicatorKind.DOMAIN: "DomainName",
    IndicatorKind.URL: "URL",
    IndicatorKind.EMAIL: "EmailAddress",
}


def sector() -> StixObject:
    """The one producer of everything released."""
    return _plain(
        _library().Identity(
            id=SECTOR_ID,
            created=_EPOCH,
            modified=_EPOCH,
            name="Medical sector of Japan (Sonae)",
            identity_class="class",
            sectors=["healthcare"],
        )
    )


def marking(tlp: Tlp) -> StixObject:
    """The marking object of a TLP 2.0 level, as published."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKING_IDS[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp.upper()}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.value}},
    }


def pattern(kind: IndicatorKind, value: str) -> str:
    """The STIX pattern that matches the value."""
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    if kind is IndicatorKind.CIDR:
        family = "ipv6-addr" if ":" in value else "ipv4-addr"
        return f"[{family}:value ISSUBSET '{quoted}']"
    return _PATTERNS[kind].format(quoted)


def observable(kind: IndicatorKind, value: str, *, tlp: Tlp) -> StixObject | None:
    """The cyber-observable behind the value, with the id that everyone computes for it; None where STIX has no type."""
    marks = {"object_marking_refs": [MARKING_IDS[tlp]]}
    if kind in _HASHES:
        return _plain(_library().File(hashes={_HASHES[kind]: value}, **marks))
    made = _VALUES.get(IndicatorKind.IPV6 if kind is IndicatorKind.CIDR and ":" in value else kind)
    return _plain(getattr(_library(), made)(value=value, **marks)) if made else None


def indicator(released: Released) -> StixObject:
    """The indicator object, with the sector as its author."""
    return _plain(
        _library().Indicator(
            id=f"indicator--{released.id}",
            created_by_ref=SECTOR_ID,
            created=released.created,
            modified=released.modified,
            name=f"{released.kind}: {released.value}",
            description="\n\n".join(filter(None, (released.note_ja, released.note_en))),
            indicator_types=["malicious-activity"],
            pattern=pattern(released.kind, released.value),
            pattern_type="stix",
            valid_from=released.valid_from,
            valid_until=released.valid_until,
            confidence=released.confidence,
            labels=list(released.labels) or None,
            revoked=released.revoked,
            object_marking_refs=[MARKING_IDS[released.tlp]],
        )
    )


def relationship_id(indicator_id: UUID, observed_id: str) -> str:
    """The id under which it is told that an indicator rests on an observable."""
    return f"relationship--{uuid5(_RELATIONSHIPS, f'indicator--{indicator_id}{observed_id}')}"


def based_on(released: Released, observed: StixObject) -> StixObject:
    """That the indicator rests on the observable, as of the version of the indicator that is released."""
    return _plain(
        _library().Relationship(
            id=relationship_id(released.id, observed["id"]),
            created_by_ref=SECTOR_ID,
            created=released.created,
            modified=released.modified,
            relationship_type="based-on",
            source_ref=f"indicator--{released.id}",
            target_ref=observed["id"],
            object_marking_refs=[MARKING_IDS[released.tlp]],
        )
    )


def _library() -> Any:
    # Loaded with the first object: its grammar of patterns is an eighth of the start of every program. Whoever asks
    # meanwhile has to wait for the whole library: the part alone is there before the library knows its own types.
    return importlib.import_module("stix2").v21


def _plain(made: Any) -> StixObject:
    # What is stored is what goes out: the library's own JSON.
    plain: StixObject = json.loads(made.serialize())
    return plain
