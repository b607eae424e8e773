from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.assets.intake.vocabulary import (
    FileFormat,
    Identity,
    ImportState,
    IntakeRefusal,
    LedgerField,
    Newcomers,
    QuestionAnswer,
    QuestionKind,
    QuestionState,
    RowProblem,
    Verdict,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    FileFormat: {
        FileFormat.TABLE_CSV: _("Table (CSV)"),
        FileFormat.TABLE_XLSX: _("Table (Excel)"),
        FileFormat.CYCLONEDX_JSON: _("Components (CycloneDX, JSON)"),
        FileFormat.CYCLONEDX_XML: _("Components (CycloneDX, XML)"),
        FileFormat.SPDX_JSON: _("Components (SPDX 2, JSON)"),
        FileFormat.SPDX_TAG: _("Components (SPDX 2, tag and value)"),
        FileFormat.SPDX_YAML: _("Components (SPDX 2, YAML)"),
        FileFormat.SPDX3: _("Components (SPDX 3, JSON-LD)"),
        FileFormat.NMAP: _("Scan of the network (nmap)"),
    },
    ImportState: {
        ImportState.MAPPING: _("Waits for its columns"),
        ImportState.PLANNING: _("Is being read"),
        ImportState.PLANNED: _("Waits to be applied"),
        ImportState.APPLYING: _("Is being applied"),
        ImportState.APPLIED: _("Applied"),
        ImportState.UNDOING: _("Is being taken back"),
        ImportState.UNDONE: pgettext_lazy("import", "Taken back"),
        ImportState.REFUSED: pgettext_lazy("import", "Refused"),
        ImportState.CANCELLED: pgettext_lazy("import", "Given up"),
        ImportState.EXPIRED: pgettext_lazy("import", "Expired"),
    },
    Verdict: {
        Verdict.ADDED: pgettext_lazy("row of a list", "New"),
        Verdict.CHANGED: pgettext_lazy("row of a list", "Changed"),
        Verdict.UNCHANGED: pgettext_lazy("row of a list", "As before"),
        Verdict.VANISHED: pgettext_lazy("row of a list", "Vanished"),
        Verdict.UNKNOWN: pgettext_lazy("row of a list", "Not in the ledger"),
        Verdict.NOT_UNDERSTOOD: pgettext_lazy("row of a list", "Not understood"),
    },
    LedgerField: {
        LedgerField.NAME: _("Name"),
        LedgerField.KIND: _("Kind"),
        LedgerField.MAKER: _("Maker"),
        LedgerField.PRODUCT: _("Product"),
        LedgerField.MODEL_NUMBER: _("Model number"),
        LedgerField.VERSION: _("Version"),
        LedgerField.OS: _("Operating system"),
        LedgerField.FIRMWARE: _("Firmware version"),
        LedgerField.ASSET_NUMBER: _("Asset number"),
        LedgerField.SERIAL: _("Serial number"),
        LedgerField.HOSTNAME: _("Host name"),
        LedgerField.MAC_ADDRESS: _("MAC address"),
        LedgerField.IP_ADDRESS: _("IP address"),
        LedgerField.UDI: _("UDI (unique device identification)"),
        LedgerField.EXTERNAL_KEY: _("Key in another program"),
        LedgerField.ZONE: _("Network zone"),
        LedgerField.INTERNET_FACING: _("Reachable from the internet"),
        LedgerField.CRITICALITY: _("Criticality"),
        LedgerField.PLACE: _("Place"),
        LedgerField.RESPONSIBLE: _("Responsible"),
        LedgerField.ACQUIRED_ON: _("Acquired on"),
        LedgerField.SUPPORT_ENDS_ON: _("Support ends on"),
        LedgerField.NOTE: _("Note"),
    },
    Identity: {
        Identity.ASSET_NUMBER: _("Asset number"),
        Identity.SERIAL: _("Serial number"),
        Identity.EXTERNAL_KEY: _("Key in another program"),
        Identity.HOSTNAME_MAC: _("Host name and MAC address"),
        Identity.MAC_ADDRESS: _("MAC address"),
        Identity.IP_ADDRESS: _("IP address"),
        Identity.NAME_PLACE: _("Name and place"),
    },
    Newcomers: {
        Newcomers.ADD: _("Add it to the ledger"),
        Newcomers.ASK: _("Ask about each of them"),
    },
    RowProblem: {
        RowProblem.NO_NAME: _("The row has neither a name nor a host name. Please write one into the list."),
        RowProblem.NO_IDENTITY: _(
            "Nothing in the row tells its device from others. Please write an asset number, a serial number or a name "
            "into the list."
        ),
        RowProblem.AMBIGUOUS: _(
            "%(assets)s assets of the ledger may be meant. Please tell them apart in the ledger or in the list."
        ),
        RowProblem.CONTRADICTORY: _(
            "The numbers of this row belong to different devices, or the ledger has another one for the device. "
            "Please correct the list or the ledger."
        ),
        RowProblem.REPEATED: _("Line %(line)s is about the same device. Please keep one of the two lines."),
        RowProblem.DAY_UNREADABLE: _("This is no day that can be read. Please write it like 2024/4/1 or R6.4.1."),
        RowProblem.ADDRESS_UNREADABLE: _("This is not one address. Please write a single address into the cell."),
        RowProblem.KIND_UNKNOWN: _("No kind of device is known by this word. Please choose the kind in the ledger."),
        RowProblem.ANSWER_UNREADABLE: _("This is no answer that is known here. Please write it like ○ or ×, 高 or 低."),
        RowProblem.TOO_LONG: _("The text is too long (at most %(most)s characters). Please shorten it."),
    },
    IntakeRefusal: {
        IntakeRefusal.FORMAT_UNKNOWN: _(
            "The file is none of those that are read here: CSV, Excel (.xlsx), CycloneDX, SPDX (JSON, tag and value, "
            "YAML) or nmap (-oX)."
        ),
        IntakeRefusal.NEEDS_AN_ASSET: _(
            "The file lists components. Please upload it from the page of the asset whose components they are."
        ),
        IntakeRefusal.OLD_WORKBOOK: _(
            "This is an old or encrypted workbook. Please save it as .xlsx without a password."
        ),
        IntakeRefusal.WORKBOOK_BROKEN: _("The workbook cannot be opened. Please save it again, or as CSV."),
        IntakeRefusal.NO_TABLE: _("No table with headers was found in the file. Please check it and save it again."),
        IntakeRefusal.TOO_MANY_COLUMNS: _(
            "The table has more than %(most)s columns. Please leave out those not needed."
        ),
        IntakeRefusal.TOO_MANY_ROWS: _("The table has more than %(most)s rows. Please bring it in several files."),
        IntakeRefusal.BOM_MALFORMED: _(
            "The list of components is malformed: %(why)s. Please ask its maker for another."
        ),
        IntakeRefusal.BOM_TOO_DEEP: _("The file is nested deeper than %(most)s levels, and is not read."),
        IntakeRefusal.XML_MALFORMED: _("The XML is malformed: %(why)s. Please export it once more."),
        IntakeRefusal.XML_ENTITIES: _("The XML declares entities, and is not read."),
        IntakeRefusal.FILE_GONE: _("The file is there no more. Please upload it again."),
        IntakeRefusal.NO_COLUMN_FOR_NAME: _(
            "No column says the name. Please choose the one with the name or host name."
        ),
        IntakeRefusal.COLUMN_UNKNOWN: _("The mapping names more columns than the table has (%(value)s)."),
        IntakeRefusal.FIELD_TWICE: _("Two columns go to “%(field)s”. Please choose one of them."),
        IntakeRefusal.NOT_AT_THIS_STEP: _("This is not possible now. The import: %(state)s."),
        IntakeRefusal.PLAN_STALE: _(
            "The ledger was changed since the plan was made. Please have the file read once more, and look at the plan."
        ),
        IntakeRefusal.PLAN_EXPIRED: _("The plan expired on %(expires_at)s. Please upload the file again."),
        IntakeRefusal.NOTHING_TO_APPLY: _("The file changes nothing in the ledger."),
        IntakeRefusal.CHANGED_SINCE: _(
            "“%(name)s” was changed after the import, or something was attached to it. "
            "Please correct the ledger by hand."
        ),
        IntakeRefusal.CANCELLED: _("Somebody stopped it."),
        IntakeRefusal.ALREADY_ANSWERED: _("Somebody has answered this question."),
        IntakeRefusal.REASON_MISSING: _("Please write down how you know."),
        IntakeRefusal.ANSWER_NOT_FOR_THIS: _("This answer does not fit the question: %(answer)s."),
        IntakeRefusal.ONLY_PEOPLE_ANSWER: _("Whether a device is gone, a person says, not a program."),
        IntakeRefusal.PLACE_MISSING: _("Please write down where it is now."),
    },
    QuestionKind: {
        QuestionKind.VANISHED: _("Is this device gone?"),
        QuestionKind.UNKNOWN: _("Whose is this device?"),
    },
    QuestionState: {
        QuestionState.OPEN: pgettext_lazy("question", "Open"),
        QuestionState.ANSWERED: pgettext_lazy("question", "Answered"),
        QuestionState.WITHDRAWN: _("No longer asked: the import was taken back"),
    },
    QuestionAnswer: {
        QuestionAnswer.RETIRE: _("It is gone: take it out of the ledger"),
        QuestionAnswer.KEEP: _("It is still in use: keep it"),
        QuestionAnswer.MOVED: _("It moved to another place"),
        QuestionAnswer.ADD: _("It is ours: add it to the ledger"),
        QuestionAnswer.NOT_OURS: _("It is not ours, or needs no row: do not ask again"),
    },
}
