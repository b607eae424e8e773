from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.response.disclosure.vocabulary import (
    Attack,
    DisclosureRefusal,
    DisclosureState,
    Mark,
    Route,
    WithdrawalReason,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    DisclosureState: {
        DisclosureState.DRAFT: _("Draft"),
        DisclosureState.RELEASED: _("Released"),
        DisclosureState.WITHDRAWN: _("Withdrawn"),
    },
    Attack: {
        Attack.RANSOMWARE: _("Ransomware"),
        Attack.INTRUSION: _("Intrusion"),
        Attack.MALWARE: _("Malware other than ransomware"),
        Attack.PHISHING: _("Phishing"),
        Attack.DENIAL_OF_SERVICE: _("Denial of service"),
        Attack.UNSAID: _("Not said"),
    },
    Route: {
        Route.VPN_DEVICE: _("VPN device"),
        Route.VENDOR_LINK: _("Vendor's maintenance or supply link"),
        Route.REMOTE_DESKTOP: _("Remote desktop"),
        Route.MAIL: _("E-mail"),
        Route.WEBSITE: _("Website"),
        Route.STORAGE_MEDIUM: _("USB or other storage medium"),
        Route.UNSAID: _("Not said"),
    },
    WithdrawalReason: {
        WithdrawalReason.WRONG: _("It was wrong."),
        WithdrawalReason.SUPERSEDED: _("A newer notice takes its place."),
        WithdrawalReason.HARMLESS: _("The indicators turned out to be harmless."),
    },
    Mark: {
        Mark.NAME: _("Name of the institution"),
        Mark.READING: _("Reading of the institution's name"),
        Mark.PLACE: _("Place name"),
        Mark.WEBSITE: _("Website"),
        Mark.BEDS: _("Exact number of beds"),
        Mark.DAY: _("Exact day"),
        Mark.CONTACT: _("Address, telephone number or person"),
        Mark.VENDOR: _("Vendor"),
        Mark.OTHER_INSTITUTION: _("Another institution"),
        Mark.NUMBER: _("A number"),
        Mark.FOREIGN_WORD: _("Word that may be a name"),
        Mark.SINGLES_OUT: _("Word that may single an institution out"),
    },
    DisclosureRefusal: {
        DisclosureRefusal.NOT_A_DRAFT: _("This disclosure is no longer a draft."),
        DisclosureRefusal.NOT_RELEASED: _("Only a released disclosure can be withdrawn."),
        DisclosureRefusal.DRILL_STAYS_INSIDE: _("This is a drill. Nothing of it is released to the sector."),
        DisclosureRefusal.SECOND_PERSON_NEEDED: _(
            "Whoever wrote a disclosure cannot release it. Please ask a colleague to check and release it."
        ),
        DisclosureRefusal.NOTHING_TO_SAY: _(
            "There is nothing to release yet. Please choose indicators or write a summary."
        ),
        DisclosureRefusal.DIFFERENCE_TELLS: _(
            "Compared with what was said before, %(left)s institutions would stand out; it must be none or at least"
            " %(needed)s. Please say the same as before, or less."
        ),
        DisclosureRefusal.TOO_FEW_FIT: _(
            "Only %(fits)s institutions of the register fit everything said so far; at least %(needed)s are needed. "
            "Please say less, for example a region instead of a prefecture."
        ),
        DisclosureRefusal.TEXT_NAMES_SOMEONE: _(
            "The text could tell whose attack it was: %(found)s. Please rewrite it."
        ),
        DisclosureRefusal.NOT_LOOKED_AT: _(
            "Please look at each of these and tick that it may be published as it stands: %(found)s."
        ),
        DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE: _(
            "Please write the summary in both Japanese and English, or leave both empty."
        ),
        DisclosureRefusal.INDICATOR_IS_THE_VICTIMS: _(
            "These indicators belong to the institution itself or name it: %(indicators)s. Please take them out."
        ),
        DisclosureRefusal.INDICATOR_NOT_OF_INCIDENT: _(
            "This indicator is not attached to the incident: %(indicator)s."
        ),
        DisclosureRefusal.CHANGED_MEANWHILE: _(
            "Someone changed this disclosure meanwhile. Please read it again and then decide."
        ),
        DisclosureRefusal.AREA_NAMED_TWICE: _("Please choose a prefecture or a region, not both."),
        DisclosureRefusal.BEDS_REVERSED: _("The lower number of beds is larger than the higher one."),
        DisclosureRefusal.INDICATOR_TAKEN_OFF: _(
            "The institution has taken these indicators off its report: %(indicators)s. Please take them out here, too."
        ),
        DisclosureRefusal.UNTRUE: _("What is said is not true of the institution itself: %(said)s. Please correct it."),
    },
}
