from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.documents.vocabulary import DocumentRefusal, FileRefusal, Kind, Purpose, ScanState, Sensitivity

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Purpose: {
        Purpose.EVIDENCE: _("Evidence"),
        Purpose.INCIDENT: _("Material about an incident"),
        Purpose.BULLETIN: _("Attachment of a bulletin"),
        Purpose.CONTACT_DIAGRAM: _("Contact diagram"),
    },
    Sensitivity: {
        Sensitivity.PUBLIC: _("Everyone who is signed in"),
        Sensitivity.SHAREABLE: _("The institution and the bodies that supervise it"),
        Sensitivity.INSTITUTION_ONLY: _("The institution only"),
    },
    ScanState: {
        ScanState.NOT_SCANNED: _("Not scanned for viruses"),
        ScanState.CLEAN: _("No virus found"),
        ScanState.INFECTED: _("Infected"),
        ScanState.TOO_LARGE: _("Not scanned: larger than the scanner takes"),
        ScanState.LOST: _("Not scanned: its bytes are missing"),
    },
    Kind: {
        Kind.PDF: "PDF",
        Kind.XLSX: _("Excel workbook"),
        Kind.DOCX: _("Word document"),
        Kind.CSV: "CSV",
        Kind.TEXT: pgettext_lazy("kind of file", "Text"),
        Kind.JSON: "JSON",
        Kind.XML: "XML",
        Kind.PNG: _("Picture (PNG)"),
        Kind.JPEG: _("Picture (JPEG)"),
        Kind.ZIP: _("ZIP archive"),
    },
    FileRefusal: {
        FileRefusal.NAME_MISSING: _("The file has no usable name. Please rename it and try again."),
        FileRefusal.EMPTY: _("The file is empty. Please choose another one."),
        FileRefusal.TOO_LARGE: _("The file is too large. At most %(most)s MB are accepted here."),
        FileRefusal.KIND_UNKNOWN: _("Files of this kind are not accepted. Accepted are: %(accepted)s."),
        FileRefusal.KIND_NOT_FOR_PURPOSE: _(
            "Files of the kind “%(kind)s” are not accepted for this purpose. Accepted are: %(accepted)s."
        ),
        FileRefusal.CONTENT_IS_OTHER: _(
            "The content does not fit the name: it is not “%(kind)s”. Please save the file anew in that format."
        ),
        FileRefusal.NOT_TEXT: _("This is not text in UTF-8 or Shift_JIS. Please save it anew as text."),
        FileRefusal.JSON_MALFORMED: _("This is not JSON: %(why)s"),
        FileRefusal.XML_MALFORMED: _("This XML is broken: %(why)s"),
        FileRefusal.XML_ENTITIES: _("This XML declares a document type or entities, which can harm the reader."),
        FileRefusal.XML_TOO_MANY: _("The file holds more than %(most)s elements. Please divide it into several."),
        FileRefusal.XML_TOO_DEEP: _("This XML is nested deeper than %(most)s levels."),
        FileRefusal.ARCHIVE_BROKEN: _("The archive is damaged. Please make it anew."),
        FileRefusal.ARCHIVE_ENCRYPTED: _(
            "The archive is locked with a password, so it cannot be checked. Please unlock it."
        ),
        FileRefusal.ARCHIVE_TOO_MANY: _("The archive holds more than %(most)s entries."),
        FileRefusal.ARCHIVE_TOO_LARGE: _("Unpacked, the content would be far larger than the file. It is not opened."),
        FileRefusal.ARCHIVE_NESTED: _("The archive holds another archive. Please send the files themselves."),
        FileRefusal.ARCHIVE_ESCAPES: _("The archive holds a name that leads out of its folder."),
        FileRefusal.OFFICE_MACROS: _("The document holds macros. Please save it without macros."),
        FileRefusal.OFFICE_EMBEDDED: _("The document holds an embedded program or object. Please remove it."),
        FileRefusal.OFFICE_EXTERNAL: _(
            "The document loads something from elsewhere when opened. Please remove the link."
        ),
        FileRefusal.OFFICE_DDE: _("A field or formula starts another program (DDE). Please remove it."),
        FileRefusal.OFFICE_FORMULA_TOO_LONG: _(
            "A formula has more than %(most)s characters, which Excel does not write. Please shorten it."
        ),
        FileRefusal.PDF_BROKEN: _("The PDF is damaged. Please print it to PDF anew."),
        FileRefusal.PDF_ENCRYPTED: _("The PDF is locked, so nobody can check it. Please save it without a password."),
        FileRefusal.PDF_ACTIVE: _("The PDF acts when it is opened (%(what)s). Please print it to PDF anew."),
        FileRefusal.PDF_UNREADABLE: _("Parts of the PDF cannot be checked. Please print it to PDF anew."),
        FileRefusal.IMAGE_BROKEN: _("The picture is damaged. Please save it anew."),
        FileRefusal.IMAGE_TOO_LARGE: _("The picture has more than %(most)s million pixels. Please make it smaller."),
        FileRefusal.INFECTED: _("The virus scanner found “%(signature)s”. The file was not stored."),
    },
    DocumentRefusal: {
        DocumentRefusal.IS_INFECTED: _("A virus was found in this file after it was stored. It is not handed out."),
        DocumentRefusal.NOT_SCANNED: _(
            "The virus scanner has not seen this file yet, so it is not handed out. Please try again in some minutes;"
            " if it stays so, please ask the system operator."
        ),
        DocumentRefusal.TOO_LARGE_TO_SCAN: _(
            "This file is larger than the virus scanner takes, so it is not handed out. Please ask the system operator,"
            " or whoever stored it for smaller parts."
        ),
        DocumentRefusal.NEEDS_INSTITUTION: _("A file for the institution only needs an institution."),
        DocumentRefusal.NEEDS_CONFIRMATION: _(
            "The virus scanner has not seen this file. It comes from your own institution: confirm that you know where"
            " it is from, and it is handed out."
        ),
        DocumentRefusal.BYTES_LOST: _(
            "The content of this file is missing from the store. Please ask the system operator to bring it back from"
            " a backup, or store the file anew."
        ),
    },
}
