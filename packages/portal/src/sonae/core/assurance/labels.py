from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    DataFileProblem,
    Family,
    Finding,
    SourceKind,
    Standing,
    Strength,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Strength: {
        Strength.DECLARED: _("E0 Declared by the institution"),
        Strength.DOCUMENTED: _("E1 A document is on file"),
        Strength.REVIEWED: _("E2 The document was read by somebody else"),
        Strength.MEASURED: _("E3 Reported by a tool"),
        Strength.INSPECTED: _("E4 Seen at an inspection"),
        Strength.EXERCISED: _("E5 Exercised in a drill"),
        Strength.PROVEN: _("E6 Proven in practice"),
    },
    Finding: {
        Finding.IN_PLACE: _("In place"),
        Finding.PARTLY: _("Partly in place"),
        Finding.ABSENT: _("Not in place"),
    },
    SourceKind: {
        SourceKind.PERSON: _("A person of the institution"),
        SourceKind.SURVEY: _("Survey"),
        SourceKind.CHECKLIST: _("Checklist"),
        SourceKind.DUTY: _("Fulfilled duty"),
        SourceKind.DOCUMENT: _("Document"),
        SourceKind.LEDGER: _("Asset ledger"),
        SourceKind.TRAINING: _("Training"),
        SourceKind.VENDOR: _("Vendor"),
        SourceKind.ADVISORY: _("Advisory"),
        SourceKind.SENSOR: _("Sensor"),
        SourceKind.INSPECTION: _("On-site inspection"),
        SourceKind.DRILL: _("Drill"),
        SourceKind.INCIDENT: _("Incident"),
    },
    Standing: {
        Standing.IN_PLACE: _("In place"),
        Standing.PARTLY: _("Partly in place"),
        Standing.ABSENT: _("Not in place"),
        Standing.EXPIRED: _("Evidence has expired"),
        Standing.NO_EVIDENCE: _("No evidence"),
    },
    Family: {
        Family.ORGANISATION: _("Organisation"),
        Family.ASSETS: _("Assets and connections"),
        Family.ACCESS: _("Access control"),
        Family.OPERATION: _("Operation and updates"),
        Family.DETECTION: _("Detection"),
        Family.RESPONSE: _("Incident response"),
        Family.RECOVERY: _("Recovery"),
    },
    AssuranceRefusal: {
        AssuranceRefusal.UNKNOWN_CONTROL: _("The catalogue has no control “%(control)s”."),
        AssuranceRefusal.TOO_STRONG_FOR_SOURCE: _(
            "Evidence from the source “%(source)s” can be at most “%(strongest)s”, not “%(strength)s”."
        ),
        AssuranceRefusal.INSPECTED_BY_ITSELF: _(
            "Only somebody outside the institution can say this about it. Please choose another strength or source."
        ),
        AssuranceRefusal.ENDS_BEFORE_IT_BEGINS: _("The evidence would end before it begins. Please correct the dates."),
        AssuranceRefusal.BEGINS_IN_FUTURE: _(
            "Evidence is about what is already so. Its beginning lies in the future: %(since)s."
        ),
        AssuranceRefusal.ALREADY_WITHDRAWN: _("This evidence has already been withdrawn."),
        AssuranceRefusal.WHY_MISSING: _("Please write the reason in at least %(characters)s characters."),
        AssuranceRefusal.KEY_REUSED: _("This key already stands for other evidence. Please use a new one."),
    },
    DataFileProblem: {
        DataFileProblem.UNREADABLE: _("This is not readable YAML in UTF-8: %(why)s"),
        DataFileProblem.NOT_A_MAPPING: _("Fields with names are expected here."),
        DataFileProblem.NOT_A_LIST: _("A list is expected here."),
        DataFileProblem.FIELD_MISSING: _("This field is missing."),
        DataFileProblem.FIELD_UNKNOWN: _("This field is not known."),
        DataFileProblem.FIELD_TWICE: _("This field stands here twice."),
        DataFileProblem.NOT_TEXT: _("A text is expected here."),
        DataFileProblem.NOT_A_DATE: _("A date such as 2026-04-01 is expected, not “%(value)s”."),
        DataFileProblem.NOT_A_NUMBER: _("A whole number is expected, not “%(value)s”."),
        DataFileProblem.NOT_YES_OR_NO: _("true or false is expected, not “%(value)s”."),
        DataFileProblem.NOT_A_CHOICE: _("“%(value)s” is not one of: %(choices)s."),
        DataFileProblem.ID_TWICE: _("The name “%(value)s” was already given."),
        DataFileProblem.HOLES_DIFFER: _("The Japanese and the English text must have the same holes: %(holes)s."),
        DataFileProblem.OUT_OF_RANGE: _("The value “%(value)s” is not possible here: %(why)s"),
    },
}
