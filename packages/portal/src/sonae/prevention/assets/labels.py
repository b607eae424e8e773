from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.assets.vocabulary import (
    AssetKind,
    AssetRefusal,
    ClinicalService,
    ComponentOrigin,
    ConnectionKind,
    Criticality,
    Known,
    LedgerPart,
    LedgerSource,
    Measure,
    Patcher,
    WeakPoint,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    AssetKind: {
        AssetKind.SERVER: _("Server"),
        AssetKind.PC: _("PC"),
        AssetKind.NETWORK_DEVICE: _("Network device"),
        AssetKind.MEDICAL_DEVICE: _("Medical device"),
        AssetKind.SERVICE: _("Service"),
    },
    ConnectionKind: {
        ConnectionKind.VPN: _("VPN"),
        ConnectionKind.LEASED_LINE: _("Leased line"),
        ConnectionKind.REMOTE_DESKTOP: _("Remote desktop"),
        ConnectionKind.CELLULAR: _("Mobile line in a device"),
        ConnectionKind.SUPPLIER_NETWORK: _("Network of a supplier"),
        ConnectionKind.CLOUD: _("Cloud service"),
    },
    ClinicalService: {
        ClinicalService.EHR: _("Electronic health record"),
        ClinicalService.ORDERING: _("Ordering"),
        ClinicalService.ACCOUNTING: _("Medical accounting and claims"),
        ClinicalService.RADIOLOGY: _("Radiology"),
        ClinicalService.LABORATORY: _("Laboratory"),
        ClinicalService.PHYSIOLOGY: _("Physiological examination"),
        ClinicalService.SURGERY: _("Operating theatre"),
        ClinicalService.INTENSIVE_CARE: _("Intensive care"),
        ClinicalService.EMERGENCY: _("Emergency"),
        ClinicalService.PHARMACY: pgettext_lazy("clinical service", "Pharmacy"),
        ClinicalService.DIALYSIS: _("Dialysis"),
        ClinicalService.NURSE_CALL: _("Nurse call"),
        ClinicalService.CATERING: _("Catering"),
        ClinicalService.FACILITIES: _("Power, air and lifts"),
    },
    Criticality: {
        Criticality.CRITICAL: _("Care stops at once"),
        Criticality.ESSENTIAL: _("Care goes on by paper for a day"),
        Criticality.IMPORTANT: _("Work is late, care is not"),
        Criticality.LOW: _("Hardly noticed"),
        Criticality.UNKNOWN: _("Not known"),
    },
    ComponentOrigin: {ComponentOrigin.BOM: _("List of components (SBOM)")},
    Known: {Known.YES: _("Yes"), Known.NO: _("No"), Known.UNKNOWN: _("Not known")},
    Patcher: {
        Patcher.INSTITUTION: _("The institution"),
        Patcher.VENDOR: _("The vendor, by contract"),
        Patcher.NOBODY: _("Nobody"),
        Patcher.UNKNOWN: _("Not known"),
    },
    WeakPoint: {
        WeakPoint.NOBODY_PATCHES: _("Nobody is known to install its updates"),
        WeakPoint.NO_MULTI_FACTOR: _("No multi-factor authentication confirmed"),
        WeakPoint.NO_SOURCE_RESTRICTION: _("No restriction of the source confirmed"),
        WeakPoint.FIRMWARE_UNKNOWN: _("Firmware version not recorded"),
        WeakPoint.NOT_IN_CONTRACT: _("No clause of the contract recorded"),
        WeakPoint.NOT_CHECKED_LATELY: _("Not checked within a year"),
    },
    LedgerPart: {LedgerPart.DEVICES: _("Asset ledger"), LedgerPart.CONNECTIONS: _("Connections")},
    LedgerSource: {LedgerSource.STOCKTAKE: _("Stocktake of the ledger")},
    Measure: {
        Measure.RECORDED_IN_FULL: _("With version, place and who is responsible"),
        Measure.KNOWN_PER_VENDOR: _("With vendor, and checked within a year"),
        Measure.RESTRICTED_TO_SOURCES: _("Restricted to known sources"),
    },
    AssetRefusal: {
        AssetRefusal.NOTHING_TO_LOOK_THROUGH: _(
            "This part of the ledger is empty: %(part)s. Please add its rows first."
        ),
        AssetRefusal.ONLY_PEOPLE_LOOK: _("That somebody looked through the ledger, a person says, not a program."),
        AssetRefusal.ALREADY_RETIRED: _(
            "This row was taken out of the ledger on %(retired_at)s. Please add a new one."
        ),
        AssetRefusal.DEVICE_OF_ANOTHER_INSTITUTION: _(
            "The device belongs to another institution. Please choose one of your own."
        ),
        AssetRefusal.ZONE_OF_ANOTHER_INSTITUTION: _(
            "The network zone belongs to another institution. Please choose one of your own."
        ),
        AssetRefusal.ZONE_NAME_TAKEN: _("Another zone has this name. Please choose another one."),
        AssetRefusal.ZONE_IN_USE: _(
            "%(devices)s devices stand, or stood, in this zone. Please move them first; a zone with history stays."
        ),
        AssetRefusal.CHECKED_IN_FUTURE: _("This day lies in the future (%(last_checked_on)s)."),
    },
}
