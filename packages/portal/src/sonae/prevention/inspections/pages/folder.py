"""All papers that an inspector asks for, in one folder, with a page that says what is there and what is not.

The names are the same every time; what is not there stands on the first page with the reason.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import SOURCES, Finding, Strength
from sonae.core.documents import rendering as documents
from sonae.core.documents import services as files
from sonae.core.instruments import paper
from sonae.core.instruments import queries as instruments
from sonae.core.web import words
from sonae.kernel import calendar
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.assets.models import Asset, Connection
from sonae.prevention.assets.vocabulary import AssetKind, ConnectionKind, Known, Patcher
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.pages import preparation as pages
from sonae.prevention.inspections.queries import Preparation
from sonae.prevention.inspections.visits.wording import year_words


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the folder: its file, or why there is none."""

    name: str
    title: str
    content: bytes | None = None
    why_not: str = ""


def name_of(found: Preparation) -> str:
    """The name of the folder and of its file: the fiscal year and the code of the register."""
    return f"inspection-{found.fiscal_year}-{found.institution.register_code}"


def folder_of(found: Preparation, *, viewer: Viewer, now: datetime, language: str) -> bytes:
    """The folder as a ZIP file, with what this viewer may read and nothing else."""
    with override(language):
        papers = list(papers_of(found, viewer=viewer, now=now, language=language))
        first = Paper("00-index.pdf", _("Index"), _pdf(index_of(found, papers, now=now), language=language, now=now))
        file = io.BytesIO()
        moment = now.astimezone(calendar.JST).timetuple()[:6]
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for paper in (first, *papers):
                if paper.content is not None:
                    entry = zipfile.ZipInfo(f"{name_of(found)}/{paper.name}", date_time=moment)
                    archive.writestr(entry, paper.content, zipfile.ZIP_DEFLATED)
        return file.getvalue()


def papers_of(found: Preparation, *, viewer: Viewer, now: datetime, language: str) -> Iterator[Paper]:
    """Every paper that an inspector asks for, with what this viewer may read in it, or why it is not there."""
    yield from _facility_form(found, viewer=viewer, now=now, language=language)
    yield from _vendor_forms(found, viewer=viewer, now=now, language=language)
    yield _contact_diagram(found, viewer, now=now)
    yield _assets(found, viewer)
    yield _connections(found, viewer)
    yield _evidence(found, viewer, now=now)


def _facility_form(found: Preparation, *, viewer: Viewer, now: datetime, language: str) -> Iterator[Paper]:
    printed, sheet = _("Facility form (PDF)"), _("Facility form (Excel)")
    if found.response is None or found.readiness is None:
        why = _("The self-check has not been submitted yet.") if found.response else _("The self-check was not begun.")
        yield Paper("", printed, why_not=why)
        yield Paper("", sheet, why_not=why)
        return
    report = _facility_report(found, now=now)
    yield Paper("10-facility-form.pdf", printed, _pdf(report, language=language, now=now))
    book = instruments.workbook_of(found.response, viewer, now=now, language=language)
    yield Paper("11-facility-form.xlsx", sheet, book)


def _vendor_forms(found: Preparation, *, viewer: Viewer, now: datetime, language: str) -> Iterator[Paper]:
    if not found.vendor_sheets and not found.vendors:
        why = _("No vendor has a form for this fiscal year yet.")
        yield Paper("", _("Forms of the vendors"), why_not=why)
    for sheet in found.vendors:
        if sheet.response is None:
            title = _("Form of the vendor %(vendor)s") % {"vendor": sheet.vendor}
            yield Paper("", title, why_not=words.of(sheet.standing))
    for number, response in enumerate(found.vendor_sheets, 1):
        title = _("Form of the vendor %(vendor)s") % {"vendor": response.vendor}
        if instruments.handed_in(response) is None:
            yield Paper("", title, why_not=_("It has not been submitted yet."))
            continue
        submission = instruments.last_submission(response, viewer)
        content = paper.pdf(response, submission, viewer=viewer, now=now, language=language)
        yield Paper(f"20-vendor-form-{number:02}.pdf", title, content)


def _contact_diagram(found: Preparation, viewer: Viewer, *, now: datetime) -> Paper:
    """The newest of the institution, under the ending that its file came with."""
    title = _("Contact diagram")
    newest = queries.contact_diagrams(found.institution, viewer).first()
    if newest is None:
        return Paper("", title, why_not=_("None is on record. It can be uploaded on the page of the preparation."))
    try:
        document, content = files.open_document(newest.pk, by=viewer, now=now)
    except NotAllowed as refused:
        return Paper("", title, why_not=words.of(refused.refusal))
    except Gone:
        return Paper("", title, why_not=_("Its file is missing. Please upload it again."))
    with content:
        ending = document.name.rpartition(".")[2].lower()
        return Paper(f"25-contact-diagram.{ending}", title, content.read())


def _facility_report(found: Preparation, *, now: datetime) -> dict[str, Any]:
    assert found.response is not None, "only an answered form is printed"
    lines = [pages.line_of(found, row) for row in found.rows]
    source = instruments.plan_of(found.edition).instrument.source
    submitted = found.response.submitted_at
    return {
        "title": pages.edition_title(found.edition),
        "subtitle": found.institution.name,
        "as_of": now,
        "source": catalogue.in_language(source.title) if source else "",
        "synthetic": found.institution.is_synthetic,
        "sections": [
            {"facts": [(_("Submitted at"), submitted or _("Not submitted yet: this is a draft."))]},
            {
                "table": {
                    "columns": [
                        {"title": _("Row of the form"), "width": 46},
                        {"title": _("Answer"), "width": 14},
                        {"title": _("Checked on"), "width": 20},
                        {"title": _("To be done by"), "width": 20},
                    ],
                    "rows": [
                        [one.label, one.answer or one.standing, one.checked_on, _day(one.target_on)] for one in lines
                    ],
                }
            },
        ],
    }


def index_of(found: Preparation, papers: list[Paper], *, now: datetime) -> dict[str, Any]:
    """The first page: which papers are in the folder under which names, and which are not and why."""
    there = [[paper.name, paper.title] for paper in papers if paper.content is not None]
    lacking = [[paper.title, paper.why_not] for paper in papers if paper.content is None]
    return {
        "title": _("Papers for the inspection of %(year)s") % {"year": year_words(found.fiscal_year)},
        "subtitle": found.institution.name,
        "as_of": now,
        "source": "",
        "synthetic": found.institution.is_synthetic,
        "sections": [
            {
                "heading": _("In this folder"),
                "table": {"columns": [{"title": _("File"), "width": 40}, {"title": _("What it is")}], "rows": there},
            },
            {
                "heading": _("Not in this folder"),
                "table": {"columns": [{"title": _("Paper"), "width": 40}, {"title": _("Why")}], "rows": lacking},
            },
        ],
    }


def _assets(found: Preparation, viewer: Viewer) -> Paper:
    rows = Asset.objects.visible_to(viewer).in_use().filter(institution=found.institution)
    title = _("Extract of the ledger: devices")
    if not rows.exists():
        return Paper("", title, why_not=_("The ledger is empty, or you may not read it."))
    columns = [_("Name"), _("Kind"), _("Maker"), _("Product"), _("Version"), _("Place"), _("Responsible")]
    cells = [
        [one.name, words.of(AssetKind(one.kind)), one.maker, one.product, one.version, one.place, one.responsible]
        for one in rows
    ]
    return Paper("30-ledger-devices.xlsx", title, documents.render_xlsx(columns, cells))


def _connections(found: Preparation, viewer: Viewer) -> Paper:
    rows = Connection.objects.visible_to(viewer).in_use().filter(institution=found.institution)
    title = _("Extract of the ledger: connections")
    if not rows.exists():
        return Paper("", title, why_not=_("No connection is recorded, or you may not read the ledger."))
    columns = [
        _("Name"), _("Kind"), _("Vendor"), _("Purpose"), _("Who installs updates"), _("Multi-factor authentication"),
        _("Restricted to known sources"), _("Last checked"),
    ]  # fmt: skip
    cells = [
        [
            one.name, words.of(ConnectionKind(one.kind)), one.vendor, one.purpose, words.of(Patcher(one.patched_by)),
            words.of(Known(one.multi_factor)), words.of(Known(one.source_restricted)), one.last_checked_on,
        ]
        for one in rows
    ]  # fmt: skip
    return Paper("31-ledger-connections.xlsx", title, documents.render_xlsx(columns, cells))


def _evidence(found: Preparation, viewer: Viewer, *, now: datetime) -> Paper:
    """What stands of the controls that the form asks about. What only the institution reads stays with it."""
    asked = {name for row in found.rows for name in row.question.controls} - catalogue.kept_inside()
    rows = Evidence.objects.visible_to(viewer).standing().filter(institution=found.institution, control__in=asked)
    rows = rows.filter(since__lte=now).order_by("control", "-since", "pk")
    title = _("List of the evidence on record")
    if not rows.exists():
        return Paper("", title, why_not=_("No evidence is on record about the rows of the form."))
    columns = [_("Control"), _("Finding"), _("Strength"), _("Who says so"), _("Reference"), _("Since"), _("Until")]
    cells = [
        [
            catalogue.title_of_said(one.control, one.edition, one.facts), words.of(Finding(one.finding)),
            words.of(Strength(one.strength)), words.of(SOURCES(one.source)), one.reference,
            one.stated().named_day or one.since, one.until,
        ]
        for one in rows
    ]  # fmt: skip
    return Paper("40-evidence.xlsx", title, documents.render_xlsx(columns, cells))


def _day(day: Any) -> str:
    return words.jdate(day) if day else ""


def _pdf(report: dict[str, Any], *, language: str, now: datetime) -> bytes:
    return documents.render_pdf("documents/report", report, language=language, now=now).content
