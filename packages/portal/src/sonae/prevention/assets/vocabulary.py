from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sonae.core.assurance.vocabulary import Citation, Strength
from sonae.kernel.events import Event


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


class ClinicalService(StrEnum):
    """What a hospital does with a device: the services whose stop somebody at the bedside notices. The list is Sonae's
    own; no source prescribes one."""

    EHR = "ehr"
    ORDERING = "ordering"
    ACCOUNTING = "accounting"
    RADIOLOGY = "radiology"
    LABORATORY = "laboratory"
    PHYSIOLOGY = "physiology"
    SURGERY = "surgery"
    INTENSIVE_CARE = "intensive_care"
    EMERGENCY = "emergency"
    PHARMACY = "pharmacy"
    DIALYSIS = "dialysis"
    NURSE_CALL = "nurse_call"
    CATERING = "catering"
    FACILITIES = "facilities"


class Criticality(StrEnum):
    """What happens to a service when the device stops, the gravest first; in this order also by the alphabet, so that a
    list sorts by it. The levels are Sonae's own."""

    # Care stops at once.
    CRITICAL = "critical"
    # Care goes on by paper, for a day or so.
    ESSENTIAL = "essential"
    # Work is late, care is not.
    IMPORTANT = "important"
    LOW = "low"
    UNKNOWN = "unknown"


class ComponentOrigin(StrEnum):
    """How a component came into the ledger."""

    BOM = "bom"


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


class LedgerPart(StrEnum):
    """The two lists of the ledger; each is looked through by itself."""

    DEVICES = "devices"
    CONNECTIONS = "connections"


class LedgerSource(StrEnum):
    """Who speaks through the ledger: a person of the institution who looked through it."""

    STOCKTAKE = "stocktake"


class Measure(StrEnum):
    """What is asked of each row of the ledger, so that a part of it is evidence for a control."""

    # A device with its version, its place and who is responsible.
    RECORDED_IN_FULL = "recorded_in_full"
    # A connection with its vendor, looked at within a year.
    KNOWN_PER_VENDOR = "known_per_vendor"
    # A connection that accepts known sources only.
    RESTRICTED_TO_SOURCES = "restricted_to_sources"


# The strongest word of each: rows that the institution keeps itself are on record, and no more.
STRONGEST: dict[LedgerSource, Strength] = {LedgerSource.STOCKTAKE: Strength.DOCUMENTED}


class AssetRefusal(StrEnum):
    ALREADY_RETIRED = "already_retired"
    NOTHING_TO_LOOK_THROUGH = "nothing_to_look_through"
    ONLY_PEOPLE_LOOK = "only_people_look"
    DEVICE_OF_ANOTHER_INSTITUTION = "device_of_another_institution"
    CHECKED_IN_FUTURE = "checked_in_future"
    ZONE_OF_ANOTHER_INSTITUTION = "zone_of_another_institution"
    ZONE_NAME_TAKEN = "zone_name_taken"
    ZONE_IN_USE = "zone_in_use"


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What is known of one connection."""

    multi_factor: Known
    source_restricted: Known
    patched_by: Patcher
    firmware: str
    contract_clause: str
    last_checked_on: date | None
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the ledger says of one device."""

    version: str
    place: str
    responsible: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a part of the ledger: how many rows it has, how many of them show what a measure asks, and the last day on
    which they all still do though nobody changes them; None where no day ends it."""

    rows: int
    full: int
    full_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a stocktake of a part of the ledger says about a control: by which measure, how strongly, for how long."""

    control: str
    edition: date
    part: LedgerPart
    measure: Measure
    strength: Strength
    lasts_days: int
    source: Citation


@dataclass(frozen=True, slots=True)
class LedgerChanged(Event):
    """Something of an institution's ledger was written: devices, their components, connections, or zones."""

    institution_id: int
