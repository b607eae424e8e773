"""The page on which an institution prepares for an inspection. It counts no points; a no with a plan is no fault."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.assurance.vocabulary import ControlState
from sonae.core.institutions.models import Institution
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import FindingReason, ResponseState, YesNo
from sonae.core.web import words
from sonae.core.web.components import Tone
from sonae.kernel import calendar
from sonae.kernel.decision import Refused
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.forms import AskForm, DiagramForm
from sonae.prevention.inspections.pages import year_form
from sonae.prevention.inspections.queries import Preparation, PreparedRow, VendorSheet
from sonae.prevention.inspections.visits.wording import year_words
from sonae.prevention.inspections.vocabulary import Lack, RowStanding, SheetStanding

# Contact diagrams on the page; the list of documents has them all.
MOST_DIAGRAMS = 5


@dataclass(frozen=True, slots=True)
class Missing:
    """One row that still needs something: what it needs, and the way to its answer where this person may change it."""

    label: str
    href: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """What already speaks for a row: a control, how it stands, and who says so how strongly since when."""

    href: str
    title: str
    standing: str
    source: str = ""
    strength: str = ""
    since: date | None = None
    until: date | None = None
    is_contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the form as it stands."""

    label: str
    standing: str
    answer: str
    checked_on: str
    target_on: date | None
    covers: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One vendor with its form as it stands: the way to it, whom the link went to, and the way to ask."""

    vendor: str
    services: str
    state: str
    tone: Tone
    href: str = ""
    name: str = ""
    sent_at: datetime | None = None
    form: AskForm | None = None
    action: str = ""


def choices(institutions: Iterable[Institution], *, today: date) -> list[dict[str, Any]]:
    """For each institution the fiscal years of which it may prepare the inspection."""
    years = queries.years(today=today)
    return [
        {
            "name": one.name,
            "years": [(reverse("inspections:preparation", args=[one.pk, year]), year_words(year)) for year in years],
        }
        for one in institutions
    ]


def preparation_page(
    found: Preparation,
    *,
    viewer: Viewer,
    today: date,
    asking: Mapping[int, AskForm] | None = None,
    diagram_form: DiagramForm | None = None,
) -> dict[str, Any]:
    """Everything that the page of one institution and one fiscal year says; `asking` and `diagram_form` are forms that
    were refused."""
    response = found.response
    may_answer = response is not None and instruments.may_answer(response, viewer).ok
    source = instruments.plan_of(found.edition).instrument.source
    return {
        "found": found,
        "year": year_words(found.fiscal_year),
        "year_form": year_form.to_institution(found.institution.pk, found.fiscal_year, today=today),
        "years": [
            (reverse("inspections:preparation", args=[found.institution.pk, year]), year_words(year))
            for year in queries.years(today=today)
            if year != found.fiscal_year
        ],
        "state": words.of(ResponseState(response.state)) if response else "",
        "counts": _counts(found),
        "missing": missing(found, may_answer=may_answer),
        "lines": [line_of(found, row) for row in found.rows],
        "sheets": [_sheet(found, one, viewer=viewer, asking=asking or {}) for one in found.vendors],
        "handed_in": sum(sheet.is_handed_in for sheet in found.vendors),
        "may_remind": any(sheet.may_be_reminded for sheet in found.vendors),
        "earlier_sheets": _earlier_sheets(found),
        "diagrams": list(queries.contact_diagrams(found.institution, viewer)[:MOST_DIAGRAMS]),
        "diagram_form": (diagram_form or DiagramForm()) if _may_store(found, viewer) else None,
        "source": source,
        "source_title": catalogue.in_language(source.title) if source else "",
        "is_handed_in": response is not None and response.submitted_at is not None,
        "synthetic": found.institution.is_synthetic,
    }


def _may_store(found: Preparation, viewer: Viewer) -> bool:
    place = Place(institution_id=found.institution.pk, jurisdiction_id=found.institution.jurisdiction_id)
    return access.may(viewer, Permission.DOCUMENT_STORE, at=place).ok


def _counts(found: Preparation) -> dict[str, int]:
    """How many rows say what; the gate is no row about a measure and counts in none."""
    answers = [one.row.answer for one in found.rows if one.question.dates is not None]
    return {
        "yes": answers.count(YesNo.YES),
        "no": answers.count(YesNo.NO),
        "out": answers.count(YesNo.OUT_OF_SCOPE),
    }


def missing(found: Preparation, *, may_answer: bool) -> list[Missing]:
    """What is still needed, one entry for each row in the order of the form; what concerns no row comes first."""
    if found.readiness is None:
        return []
    loose = [lack for lack in found.readiness.lacks if not any(lack.question == row.question.id for row in found.rows)]
    whole = [Missing(edition_title(found.edition), "", (_sentence(lack),)) for lack in loose]
    return whole + [
        Missing(
            label_of(found, prepared),
            _answer_of(found.response, prepared) if may_answer else "",
            tuple(_sentence(lack) for lack in prepared.row.lacks),
        )
        for prepared in found.rows
        if prepared.row.lacks
    ]


def line_of(found: Preparation, prepared: PreparedRow) -> Line:
    """One row as it stands, in words."""
    row = prepared.row
    standing = "" if row.standing is RowStanding.COMPLETE else words.of(row.standing)
    return Line(
        label_of(found, prepared),
        standing,
        words.of(YesNo(row.answer)) if row.answer else "",
        "、".join(words.jdate(day) for day in row.checked_on),
        row.target_on,
        tuple(cover_of(name, state) for name, state in prepared.controls),
    )


def cover_of(name: str, state: ControlState) -> Cover:
    """What speaks for a row through one of its controls."""
    href, title, standing = (
        reverse("assurance:control", args=[name]),
        catalogue.title_of(name),
        words.of(state.standing),
    )
    leading = state.leading
    if leading is None:
        return Cover(href, title, standing)
    return Cover(
        href, title, standing, words.of(leading.source.kind), words.of(leading.strength),
        leading.stated.named_day or calendar.jst_day(leading.since),
        calendar.jst_day(leading.until) if leading.until else None,
        state.is_contradicted,
    )  # fmt: skip


def label_of(found: Preparation, prepared: PreparedRow) -> str:
    """What the form calls a row, with its number."""
    return instruments.title_of(instruments.plan_of(found.edition), prepared.question.id)


def edition_title(edition: Edition) -> str:
    """The title of a form in the language of the page."""
    return edition.title_ja if words.is_japanese() else edition.title_en or edition.title_ja


def _answer_of(response: Response | None, prepared: PreparedRow) -> str:
    assert response is not None, "rows are read from a response"
    page = reverse("instruments:page", args=[response.pk, prepared.page])
    return f"{page}#q-{prepared.line}"


def _sentence(lack: Lack) -> str:
    if lack.reason is FindingReason.MISSING:
        return _("Please answer this row.")
    return words.of(Refused(lack.reason, lack.facts))


def _sheet(found: Preparation, sheet: VendorSheet, *, viewer: Viewer, asking: Mapping[int, AskForm]) -> Sheet:
    place = Place(institution_id=found.institution.pk, jurisdiction_id=found.institution.jurisdiction_id)
    may_ask = access.may(viewer, Permission.RESPONSE_ANSWER, at=place).ok
    form = asking.get(sheet.vendor.pk)
    if form is None and may_ask and sheet.standing in (SheetStanding.NOT_BEGUN, SheetStanding.NOT_ASKED):
        form = AskForm(initial={"address": sheet.vendor.email}, auto_id=f"vendor{sheet.vendor.pk}_%s")
    return Sheet(
        sheet.vendor.name,
        "、".join(sheet.services),
        words.of(sheet.standing),
        Tone.SUCCESS if sheet.is_handed_in else Tone.NEUTRAL,
        reverse("instruments:response", args=[sheet.response.pk]) if sheet.response else "",
        sheet.link.name if sheet.link else "",
        sheet.link.sent_at if sheet.link else None,
        form,
        reverse("inspections:ask-vendor", args=[found.institution.pk, found.fiscal_year, sheet.vendor.pk]),
    )


def _earlier_sheets(found: Preparation) -> list[tuple[str, str]]:
    """Forms of vendors that do not work here any more, or of another form: the way to each, and what it is."""
    shown = {sheet.response.pk for sheet in found.vendors if sheet.response is not None}
    return [
        (
            reverse("instruments:response", args=[response.pk]),
            f"{response.vendor}: {edition_title(response.edition)} – {words.of(ResponseState(response.state))}",
        )
        for response in found.vendor_sheets
        if response.pk not in shown
    ]
