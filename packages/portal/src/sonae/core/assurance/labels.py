from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    CatalogueForm,
    CatalogueProblem,
    CatalogueRefusal,
    DataFileProblem,
    EntryMove,
    Family,
    Finding,
    Openness,
    SourceKind,
    Standing,
    Strength,
    Teller,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Strength: {
        Strength.DECLARED: _("E0 Declared: somebody says so"),
        Strength.DOCUMENTED: _("E1 On record: a document or a program reports it"),
        Strength.REVIEWED: _("E2 Looked at: the result is there and plausible"),
        Strength.MEASURED: _("E3 Quickly checked by a tool"),
        Strength.INSPECTED: _("E4 Examined in full or seen on site"),
        Strength.EXERCISED: _("E5 Tried on a sample with the right result"),
        Strength.PROVEN: _("E6 Proven under real conditions against the clock"),
    },
    Finding: {
        Finding.IN_PLACE: _("In place"),
        Finding.PARTLY: _("Partly in place"),
        Finding.ABSENT: _("Not in place"),
    },
    SourceKind: {
        SourceKind.PERSON: _("A person of the institution"),
        SourceKind.DOCUMENT: _("Document"),
        SourceKind.INSPECTION: _("On-site inspection"),
        SourceKind.PROGRAM: _("A program of the institution"),
        SourceKind.DUTY: _("Fulfilled duty"),
        SourceKind.SENSOR: _("Sensor"),
    },
    Teller: {
        Teller.INSIDE: _("Somebody of the institution"),
        Teller.OUTSIDE: _("Somebody outside the institution"),
        Teller.PROGRAM: _("A program of the institution"),
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
    Openness: {
        Openness.SUPERVISED: _("The institution and whoever supervises it"),
        Openness.OWN: _("The institution alone"),
    },
    AssuranceRefusal: {
        AssuranceRefusal.UNKNOWN_CONTROL: _("The catalogue has no control “%(control)s”."),
        AssuranceRefusal.TOO_STRONG_FOR_SOURCE: _(
            "Evidence from the source “%(source)s” can be at most “%(strongest)s”, not “%(strength)s”."
        ),
        AssuranceRefusal.NOT_BY_HAND: _(
            "Nobody enters “%(source)s” by hand: Sonae itself records it where the work is done."
        ),
        AssuranceRefusal.NOT_FOR_THIS_TELLER: _(
            "“%(source)s” does not speak here: %(teller)s files this. Please choose another source."
        ),
        AssuranceRefusal.TOO_STRONG_FOR_TELLER: _(
            "With the source “%(source)s” this can be said at most as “%(strongest)s”, not as “%(strength)s” "
            "(who files: %(teller)s)."
        ),
        AssuranceRefusal.ENDS_BEFORE_IT_BEGINS: _("The evidence would end before it begins. Please correct the dates."),
        AssuranceRefusal.BEGINS_IN_FUTURE: _(
            "Evidence is about what is already so. Its beginning lies in the future: %(since)s."
        ),
        AssuranceRefusal.ALREADY_WITHDRAWN: _("This evidence has already been withdrawn."),
        AssuranceRefusal.SAID_BY_OTHERS: _("Only the side that said this can withdraw it."),
        AssuranceRefusal.WHY_MISSING: _("Please write the reason in at least %(characters)s characters."),
        AssuranceRefusal.KEY_REUSED: _("This key already stands for other evidence. Please use a new one."),
        AssuranceRefusal.SPOKEN_AT_ONCE: _("Several filed the same at this moment. Please try again."),
        AssuranceRefusal.DOCUMENT_UNKNOWN: _("This institution has no such file, or you may not read it."),
        AssuranceRefusal.DOCUMENT_INFECTED: _("A virus was found in this file. Evidence cannot rest on it."),
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
        DataFileProblem.ID_TWICE: _("The name “%(value)s” was already given in %(first)s."),
        DataFileProblem.HOLES_DIFFER: _("The Japanese and the English text must have the same holes: %(holes)s."),
        DataFileProblem.OUT_OF_RANGE: _("The value “%(value)s” is not possible here: %(why)s"),
    },
    CatalogueForm: {
        CatalogueForm.OSCAL: _("OSCAL catalogue (JSON)"),
        CatalogueForm.CISO_ASSISTANT: _("Library of CISO Assistant (YAML)"),
    },
    CatalogueProblem: {
        CatalogueProblem.FILE_TOO_LARGE: _("The file is larger than %(most)s MB."),
        CatalogueProblem.NOT_UTF8: _("The file is not text in UTF-8."),
        CatalogueProblem.NOT_JSON: _("This is not readable JSON: %(why)s"),
        CatalogueProblem.NO_NUMBER: _("“%(value)s” is no number of JSON."),
        CatalogueProblem.TOO_DEEP: _("The file is nested deeper than %(most)s levels."),
        CatalogueProblem.ALIAS: _("Aliases (“*%(value)s”) are not read. Please write out what it stands for."),
        CatalogueProblem.SEVERAL_DOCUMENTS: _("The file holds several documents. One is expected."),
        CatalogueProblem.NAME_NO_TEXT: _("The name of a field has to be a text."),
        CatalogueProblem.TEXT_TOO_LONG: _("This text is longer than %(most)s characters."),
        CatalogueProblem.TEXT_UNSOUND: _("This text holds a character that cannot be kept (%(code)s)."),
        CatalogueProblem.NOT_A_MOMENT: _(
            "A date with time and zone such as 2026-04-01T09:00:00+09:00 is expected, not “%(value)s”."
        ),
        CatalogueProblem.NOT_A_CATALOGUE: _(
            "This is neither an OSCAL catalogue (“catalog” at its top) nor a library of CISO Assistant with one "
            "framework."
        ),
        CatalogueProblem.VERSION_UNKNOWN: _("OSCAL 1.x is read, not “%(value)s”."),
        CatalogueProblem.NAME_MALFORMED: _("“%(value)s” is not a name of the expected form."),
        CatalogueProblem.NAME_TWICE: _("The name “%(value)s” stands in the catalogue more than once."),
        CatalogueProblem.PARENT_UNKNOWN: _("Nothing that stands before it has the name “%(value)s”."),
        CatalogueProblem.NO_CONTROLS: _("The catalogue has no control."),
        CatalogueProblem.TOO_MANY_CONTROLS: _("The catalogue has more than %(most)s entries."),
        CatalogueProblem.TOO_MUCH_TEXT: _("The texts of the catalogue are longer than %(most)s characters in all."),
        CatalogueProblem.TOO_MANY_PARTS: _("The file consists of more than %(most)s values."),
    },
    CatalogueRefusal: {
        CatalogueRefusal.OLDER_THAN_KNOWN: _(
            "A later version of this catalogue (%(known)s) was taken in already. This one is %(version)s."
        ),
        CatalogueRefusal.OTHER_FORM: _(
            "The catalogue that this one is to follow is written in another way (%(form)s)."
        ),
        CatalogueRefusal.OTHER_CATALOGUE: _(
            "This file is a version of another catalogue that was taken in: “%(title)s”."
        ),
        CatalogueRefusal.TAKEN_IN_AT_ONCE: _(
            "Somebody took in the same catalogue at this moment. Please look at the list."
        ),
        CatalogueRefusal.DATED_IN_FUTURE: _(
            "This catalogue is dated %(dated)s, which is still to come. Please ask whoever publishes it for the "
            "right file."
        ),
        CatalogueRefusal.OTHER_PUBLISHER: _(
            "“%(known)s” published the catalogue of this name that was taken in, and “%(publisher)s” this one. If it "
            "is a later version of that one, please choose that one as what it follows."
        ),
        CatalogueRefusal.NOT_THE_NEWEST: _(
            "A later version has taken the place of this one. Only the newest version can be taken back."
        ),
    },
    EntryMove: {
        EntryMove.ADDED: _("Added"),
        EntryMove.CHANGED: _("Changed"),
        EntryMove.REMOVED: _("Removed"),
    },
}
