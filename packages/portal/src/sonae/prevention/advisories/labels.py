from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.prevention.advisories.vocabulary import (
    AdvisoryRefusal,
    Certainty,
    Covered,
    DocumentRefusal,
    FaultReason,
    Format,
    Outcome,
    ProductStatus,
    RunStatus,
    ScoreSystem,
    Severity,
    SourceKind,
    Trouble,
    Unread,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Format: {
        Format.CSAF: _("CSAF"),
        Format.OKA: _("MyJVN (OKA)"),
        Format.VULDEF: _("MyJVN (HND)"),
        Format.JVNRSS: _("JVN RSS and overview"),
        Format.NVD_2_0: _("NVD API 2.0"),
        Format.NVD_1_1: _("NVD feed 1.1"),
        Format.CVE_5: _("CVE record"),
        Format.OSV: _("OSV"),
        Format.KEV: _("KEV catalogue"),
        Format.EPSS: _("EPSS"),
    },
    ProductStatus: {
        ProductStatus.AFFECTED: pgettext_lazy("product", "Affected"),
        ProductStatus.NOT_AFFECTED: pgettext_lazy("product", "Not affected"),
        ProductStatus.FIXED: pgettext_lazy("product", "Fixed"),
        ProductStatus.UNDER_INVESTIGATION: pgettext_lazy("product", "Under investigation"),
    },
    ScoreSystem: {
        ScoreSystem.V2: _("CVSS 2.0"),
        ScoreSystem.V3_0: _("CVSS 3.0"),
        ScoreSystem.V3_1: _("CVSS 3.1"),
        ScoreSystem.V4: _("CVSS 4.0"),
    },
    Severity: {
        Severity.NONE: pgettext_lazy("severity", "None"),
        Severity.LOW: pgettext_lazy("severity", "Low"),
        Severity.MEDIUM: pgettext_lazy("severity", "Medium"),
        Severity.HIGH: pgettext_lazy("severity", "High"),
        Severity.CRITICAL: pgettext_lazy("severity", "Critical"),
    },
    Outcome: {
        Outcome.READ: _("Read without a fault"),
        Outcome.FAULTY: _("Read with faults"),
        Outcome.REPEATED: _("Taken in before"),
        Outcome.REFUSED: pgettext_lazy("document", "Refused"),
        Outcome.UNREAD: _("Holds no advisory"),
    },
    RunStatus: {
        RunStatus.WAITING: _("Waiting"),
        RunStatus.READING: pgettext_lazy("import", "Being read"),
        RunStatus.DONE: _("Done"),
        RunStatus.REFUSED: pgettext_lazy("import", "Refused"),
        RunStatus.CANCELLED: pgettext_lazy("import", "Cancelled"),
    },
    SourceKind: {
        SourceKind.CSAF_DIRECTORY: _("CSAF directory (index.txt, changes.csv)"),
        SourceKind.CSAF_ROLIE: _("CSAF feed (ROLIE)"),
        SourceKind.CSAF_PROVIDER: _("CSAF provider (provider-metadata.json)"),
        SourceKind.MYJVN: _("MyJVN API"),
        SourceKind.JVN_RSS: _("JVN RSS"),
        SourceKind.NVD: _("NVD API 2.0"),
        SourceKind.OSV: _("OSV archive"),
        SourceKind.KEV: _("KEV catalogue"),
        SourceKind.EPSS: _("EPSS"),
        SourceKind.FILES: _("Files that people bring"),
    },
    Certainty: {
        Certainty.WHOLE: _("Read whole"),
        Certainty.CONDITIONAL: _("Read, with a condition"),
        Certainty.NOTHING_STATED: _("The publisher says nothing"),
        Certainty.UNREADABLE: _("Waits for a person"),
        Certainty.STATED: _("Stated by a person"),
    },
    Covered: {
        Covered.YES: _("In the range"),
        Covered.NO: _("Not in the range"),
        Covered.UNKNOWN: _("Cannot be told"),
    },
    Unread: {
        Unread.TOO_LONG: _("The text is too long."),
        Unread.TOO_MANY_PARTS: _("The text has too many parts."),
        Unread.BRACKET_OPEN: _("A bracket is not closed."),
        Unread.NAME_AFTER_SIGN: _("A name stands where a version is expected."),
        Unread.DAY_WITHOUT_YEAR: _("A day has no year."),
        Unread.MIXED_KINDS: _("Versions are mixed with days or serial numbers."),
        Unread.ENDS_CONTRADICT: _("The ends of the range contradict each other."),
        Unread.REVERSED: _("The range runs from the later to the earlier version."),
        Unread.WILDCARD_INSIDE: _("It is not said what a wildcard stands for."),
        Unread.PUBLISHER_UNSURE: _("The publisher is not sure."),
        Unread.WORDS_UNKNOWN: _("Some words are not known."),
        Unread.ORDER_UNKNOWN: _("The words are known, but not in this order."),
    },
    FaultReason: {
        FaultReason.FIELD_MISSING: _("A field that every advisory has is missing."),
        FaultReason.WRONG_TYPE: _("The value is of another type than expected (%(expected)s)."),
        FaultReason.NOT_A_MOMENT: _("This is not a date or time between 1970 and 2099: %(value)s"),
        FaultReason.NOT_A_CVE: _("This is not the number of a CVE: %(value)s"),
        FaultReason.VALUE_UNKNOWN: _("This value is not known here, and was left out: %(value)s"),
        FaultReason.TEXT_CUT: _("The text is longer than %(most)s characters. It was cut."),
        FaultReason.CHARACTER_NOT_STORABLE: _("The text holds characters that cannot be stored. They were replaced."),
        FaultReason.PRODUCT_NOT_DEFINED: _("A product is named that the document does not define. It was left out."),
        FaultReason.PRODUCTS_MISSING: _("The document makes no statement about a product."),
        FaultReason.VENDOR_MISSING: _("A product has no vendor."),
        FaultReason.SCORE_IMPOSSIBLE: _("This is not a vector of CVSS, and was left out: %(value)s"),
        FaultReason.COMMITS_NOT_COMPARED: _(
            "The range names commits. They cannot be compared with installed versions."
        ),
        FaultReason.TOO_MANY_STATEMENTS: _("There are more than %(most)s statements. The others were left out."),
        FaultReason.CSAF_SCHEMA: _("The document does not fit the schema of CSAF: %(message)s"),
        FaultReason.CSAF_TEST: _("The document fails the mandatory test %(test)s of CSAF: %(message)s"),
        FaultReason.CSAF_NOT_TESTED: _("The document was not tested as CSAF %(version)s."),
        FaultReason.SAME_REVISION_CHANGED: _(
            "Revision %(revision)s was taken in before with another content. The publisher changed it without a new "
            "number."
        ),
        FaultReason.DUE_BEFORE_ADDED: _("The due day is earlier than the day on which the entry was added."),
    },
    DocumentRefusal: {
        DocumentRefusal.EMPTY: _("The document is empty."),
        DocumentRefusal.NOT_UTF8: _("The text is not encoded in UTF-8."),
        DocumentRefusal.NOT_JSON: _("This is not well-formed JSON."),
        DocumentRefusal.NOT_XML: _("This is not well-formed XML."),
        DocumentRefusal.NOT_YAML: _("This is not well-formed YAML."),
        DocumentRefusal.NOT_CSV: _("This is not a table with the columns that are expected."),
        DocumentRefusal.FORMAT_UNKNOWN: _("This is none of the formats that are read here."),
        DocumentRefusal.TOO_LARGE: _("The document is larger than %(most)s MB."),
        DocumentRefusal.TOO_DEEP: _("The content is nested too deeply."),
        DocumentRefusal.TEXT_TOO_LONG: _("A text in the document is longer than %(most)s characters."),
        DocumentRefusal.NUMBER_TOO_LONG: _("A number in the document has too many digits."),
        DocumentRefusal.NOT_A_NUMBER: _("A number in the document is infinite or none (NaN)."),
        DocumentRefusal.KEY_TWICE: _("An object in the document has the same key twice."),
        DocumentRefusal.ENTITIES: _("The document defines entities or references, which are not resolved here."),
        DocumentRefusal.UNFINISHED: _("The document ends before it is complete."),
        DocumentRefusal.COMPRESSION_DAMAGED: _("The compressed file is damaged."),
        DocumentRefusal.EXPANDS_TOO_MUCH: _("The compressed file grows far beyond what texts do (%(ratio)s times)."),
        DocumentRefusal.ENCRYPTED: _("The compressed file is encrypted."),
        DocumentRefusal.TOO_MANY_MEMBERS: _("The archive holds more than %(most)s files."),
        DocumentRefusal.ID_MISSING: _("The document has no number by which it would be known again."),
        DocumentRefusal.SERVICE_ERROR: _("The service answered with an error (%(code)s): %(message)s"),
        DocumentRefusal.CHECKSUM_WRONG: _("The checksum beside the document does not fit it."),
        DocumentRefusal.NOT_A_FILE: _("This is not a file."),
    },
    AdvisoryRefusal: {
        AdvisoryRefusal.RUN_OVER: _("This import is already over."),
        AdvisoryRefusal.SOURCE_PAUSED: _("This source is paused. Please resume it first."),
        AdvisoryRefusal.SOURCE_NOT_PAUSED: _("This source is not paused."),
        AdvisoryRefusal.SOURCE_TOO_SOON: _("This source is asked again at %(retry_at)s."),
        AdvisoryRefusal.SOURCE_HAS_NO_ADDRESS: _("This source has no address. Please import its files."),
        AdvisoryRefusal.ADDRESS_REFUSED: _("This address cannot be used. It must begin with https:// and be public."),
        AdvisoryRefusal.NAME_TAKEN: _("There is already a source of the name %(name)s."),
        AdvisoryRefusal.RANGE_NOT_READ: _(
            "This range is not read at “%(part)s”. Please write it like >=1.0 <2.3, or in the notation "
            "vers:generic/>=1.0|<2.3."
        ),
        AdvisoryRefusal.RANGE_SAYS_NOTHING: _("This says nothing about versions. Please write a range."),
        AdvisoryRefusal.REASON_TOO_SHORT: _("Please say in at least %(shortest)s characters why it means this."),
    },
    Trouble: {
        Trouble.UNREACHABLE: _("The source cannot be reached."),
        Trouble.ADDRESS_REFUSED: _("The address leads to a place that this portal may not ask."),
        Trouble.ANSWERED: _("The source answered with the status %(status)s."),
        Trouble.TOO_LARGE: _("The answer is larger than %(most)s MB."),
        Trouble.TOO_SLOW: _("The answer did not come to its end in time."),
        Trouble.NOT_UNDERSTOOD: _("The answer is not what a source of this kind gives."),
    },
}


def outcome_sentence(document: Any) -> str:
    """Where a document of an import is broken, and why: name, part, line and column, reason."""
    place = [document.name, *([document.part] if document.part else [])]
    if document.line:
        place.append(_now("line %(line)d, column %(column)d") % {"line": document.line, "column": document.column})
    return f"{', '.join(place)}: {reason_of(document)}"


def reason_of(document: Any) -> str:
    """Why a document was not taken in; nothing for one that was."""
    if document.outcome == Outcome.UNREAD:
        return words.of(Outcome.UNREAD)
    return words.of(Refused(DocumentRefusal(document.reason), document.facts)) if document.reason else ""


def fault_sentence(fault: dict[str, Any]) -> str:
    """A fault as it is kept, in words."""
    return words.of(Refused(FaultReason(fault["reason"]), fault["facts"]))
