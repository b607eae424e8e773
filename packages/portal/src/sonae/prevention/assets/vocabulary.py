from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AssetKind(StrEnum):
    """What a row of the ledger is: checklist 2-① names the first three; medical devices and services come besides."""

    SERVER = "server"
    PC = "pc"
    NETWORK_DEVICE = "network_device"
    MEDICAL_DEVICE = "medical_device"
    SERVICE = "service"


class ConnectionKind(StrEnum):
    """How somebody outside reaches in."""

    VPN = "vpn"
    LEASED_LINE = "leased_line"
    REMOTE_DESKTOP = "remote_desktop"
    CELLULAR = "cellular"
    SUPPLIER_NETWORK = "supplier_network"
    CLOUD = "cloud"


class Known(StrEnum):
    """Yes, no, or nobody has looked yet: the third is an answer of its own."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Patcher(StrEnum):
    """Who installs firmware and updates on the device at the end of a connection."""

    INSTITUTION = "institution"
    VENDOR = "vendor"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


class WeakPoint(StrEnum):
    """What made the doors of Handa, Osaka, Okayama and Musashi-Kosugi open."""

    NOT_IN_CONTRACT = "not_in_contract"
    NO_MULTI_FACTOR = "no_multi_factor"
    NO_SOURCE_RESTRICTION = "no_source_restriction"
    NOBODY_PATCHES = "nobody_patches"
    FIRMWARE_UNKNOWN = "firmware_unknown"
    NOT_CHECKED_LATELY = "not_checked_lately"


class AssetRefusal(StrEnum):
    ALREADY_RETIRED = "already_retired"
    DEVICE_OF_ANOTHER_INSTITUTION = "device_of_another_institution"
    CHECKED_IN_FUTURE = "checked_in_future"


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What is known of one connection."""

    multi_factor: Known
    source_restricted: Known
    patched_by: Patcher
    firmware: str
    contract_clause: str
    last_checked_on: date | None
