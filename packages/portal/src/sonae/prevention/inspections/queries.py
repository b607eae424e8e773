"""What an institution has for the inspection of a fiscal year: its self-check, what covers the rows, its vendors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import ControlState
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import Purpose
from sonae.core.institutions.models import Institution, Vendor, VendorLink
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments import link_rules
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import AnswerLink, Edition, Response, Submission
from sonae.core.instruments.outline import leaves
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import ResponseState
from sonae.kernel import calendar
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.inspections import rules, self_check
from sonae.prevention.inspections.oscal.facts import Assessment
from sonae.prevention.inspections.oscal.self_assessment import assessment_of
from sonae.prevention.inspections.vocabulary import ExportRefusal, Readiness, RowReadiness, SheetStanding

# The ids that every year's forms give themselves.
FACILITY_FORM, PHARMACY_FORM, VENDOR_FORM = "checklist-facility", "checklist-pharmacy", "checklist-vendor"


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A row of the form, how far it is, the way to its answer, and how the controls stand that it asks about."""

    question: Question
    row: RowReadiness
    page: int
    line: int
    controls: tuple[tuple[str, ControlState], ...]


@dataclass(frozen=True, slots=True)
class VendorSheet:
    """A vendor that works for the institution, for what, and how far its form of a fiscal year is.

    `link` is the one that was sent last, where this viewer may send links.
    """

    vendor: Vendor
    services: tuple[str, ...]
    standing: SheetStanding
    response: Response | None = None
    link: AnswerLink | None = None

    @property
    def is_handed_in(self) -> bool:
        return self.standing is SheetStanding.HANDED_IN

    @property
    def may_be_reminded(self) -> bool:
        return self.link is not None and not self.is_handed_in


@dataclass(frozen=True, slots=True)
class Preparation:
    """What an institution has for one fiscal year, as far as one viewer may read it.

    Without a response nobody began; without a readiness this viewer reads none of it yet. `submission` is what was read
    where the draft is not this viewer's.
    """

    institution: Institution
    fiscal_year: int
    edition: Edition
    response: Response | None
    submission: Submission | None
    readiness: Readiness | None
    rows: tuple[PreparedRow, ...]
    vendor_sheets: tuple[Response, ...]
    # Of every vendor under contract; nothing where the fiscal year has no form for vendors.
    vendors: tuple[VendorSheet, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether an inspector can be shown everything: the self-check, and the form of every vendor under contract."""
        is_answered = self.readiness is not None and self.readiness.is_ready
        return is_answered and all(sheet.is_handed_in for sheet in self.vendors)


def institutions_of(viewer: Viewer) -> QuerySet[Institution]:
    """The institutions at which this viewer prepares inspections."""
    reach = access.reach(viewer, Permission.INSPECTION_PREPARE)
    return Institution.objects.filter(pk__in=reach.institution_ids).order_by("name", "pk")


def form_of(institution: Institution) -> str:
    """Which form of the checklist an institution answers: pharmacies have one of their own, where a year has it."""
    return PHARMACY_FORM if institution.kind == InstitutionKind.PHARMACY else FACILITY_FORM


def years(*, today: date) -> list[int]:
    """The fiscal years up to this one that have a facility form, the newest first."""
    this = calendar.fiscal_year(today)
    found = Edition.objects.current().filter(instrument=FACILITY_FORM, fiscal_year__lte=this)
    return sorted({year for year in found.values_list("fiscal_year", flat=True) if year is not None}, reverse=True)


def asked_in(fiscal_year: int) -> QuerySet[Institution]:
    """The institutions of the register that a form of this fiscal year is for; none where it has no form yet."""
    listed = Institution.objects.filter(vanished_on=None)
    facility, pharmacy = (_newest(form, fiscal_year) for form in (FACILITY_FORM, PHARMACY_FORM))
    if facility is not None:
        return listed
    of_pharmacies = listed.filter(kind=InstitutionKind.PHARMACY)
    return of_pharmacies if pharmacy is not None else of_pharmacies.none()


def preparation(institution_id: int, fiscal_year: int, viewer: Viewer, *, now: datetime) -> Preparation:
    """What this institution has for the inspection of a fiscal year.

    Raises Gone for an institution of somebody else, and for a year without a form; NotAllowed for a token that may not
    read responses. A token that may not answer reads what was handed in.
    """
    institution = institutions_of(viewer).filter(pk=institution_id).first()
    if institution is None:
        raise Gone("institution", institution_id)
    # A token without this scope would be told that nobody began.
    require(access.may(viewer, Permission.RESPONSE_READ, at=_place_of(institution)))
    response = _self_check(institution, fiscal_year, viewer)
    edition = response.edition if response else _form_of(institution, fiscal_year)
    if edition is None or fiscal_year not in years(today=calendar.jst_day(now)):
        raise Gone("edition", fiscal_year)
    plan = instruments.plan_of(edition)
    answers_here = response is not None and instruments.answers_here(response, viewer)
    submission = None if response is None or answers_here else instruments.handed_in(response)
    found = None
    if response is not None and (answers_here or submission is not None):
        found = self_check.readiness_of(plan, instruments.answers_for(response, viewer), now=now)
    states = _states(institution, viewer, now=now)
    return Preparation(
        institution, fiscal_year, edition, response, submission, found,
        _prepared(plan, found, states) if found else (),
        tuple(_vendor_sheets(institution, fiscal_year, viewer)),
        tuple(vendors(institution, fiscal_year, viewer, now=now)),
    )  # fmt: skip


def contact_diagrams(institution: Institution, viewer: Viewer) -> QuerySet[Document]:
    """The contact diagrams of an institution that this viewer may read: the newest counts, and comes first."""
    rows = Document.objects.visible_to(viewer).filter(institution=institution, purpose=Purpose.CONTACT_DIAGRAM)
    return rows.order_by("-stored_at", "-pk")


def self_assessment(institution_id: int, fiscal_year: int, viewer: Viewer, *, now: datetime) -> Assessment:
    """The self-check of a fiscal year as it was handed in last, as an assessment in the language of the moment.

    Raises what `preparation` raises, and NotAllowed where nothing was handed in.
    """
    found = preparation(institution_id, fiscal_year, viewer, now=now)
    submission = instruments.handed_in(found.response) if found.response else None
    if submission is None:
        raise NotAllowed(Refused(ExportRefusal.NOT_HANDED_IN))
    return assessment_of(submission)


def vendor_form(fiscal_year: int) -> Edition | None:
    """The form that vendors fill in for a fiscal year, in its newest version."""
    return _newest(VENDOR_FORM, fiscal_year)


def vendors(institution: Institution, fiscal_year: int, viewer: Viewer, *, now: datetime) -> Iterator[VendorSheet]:
    """Every vendor that works for the institution now, with its form of the fiscal year: four queries.

    One form for each vendor, however many systems it looks after: whoever has a contract is asked once.
    """
    if vendor_form(fiscal_year) is None:
        return
    links = VendorLink.objects.current().filter(institution=institution).select_related("vendor")
    services: dict[Vendor, list[str]] = {}
    for link in links.order_by("vendor__name", "vendor_id", "service"):
        services.setdefault(link.vendor, []).append(link.service)
    sheets = {
        response.vendor_id: response
        for response in _vendor_sheets(institution, fiscal_year, viewer).filter(edition__instrument=VENDOR_FORM)
    }
    of_sheets = AnswerLink.objects.filter(response__in=[response.pk for response in sheets.values()])
    sent = {link.response_id: link for link in of_sheets.order_by("sent_at", "pk")}
    may_send = access.may(viewer, Permission.RESPONSE_ANSWER, at=_place_of(institution)).ok
    for vendor, of in services.items():
        response = sheets.get(vendor.pk)
        last = sent.get(response.pk) if response is not None else None
        standing = rules.sheet_standing(
            ResponseState(response.state) if response else None,
            link=link_rules.state_of(last.facts(), now=now) if last else None,
        )
        yield VendorSheet(vendor, tuple(of), standing, response, last if may_send else None)


def _form_of(institution: Institution, fiscal_year: int) -> Edition | None:
    """A pharmacy's own form; in a year without one, that of medical institutions, into which it was merged."""
    own = form_of(institution)
    return _newest(own, fiscal_year) or (_newest(FACILITY_FORM, fiscal_year) if own != FACILITY_FORM else None)


def _newest(form: str, fiscal_year: int) -> Edition | None:
    found = Edition.objects.current().filter(instrument=form, fiscal_year=fiscal_year)
    return found.order_by("-rank", "-version").first()


def _self_check(institution: Institution, fiscal_year: int, viewer: Viewer) -> Response | None:
    """The response of the institution itself: one that was handed in before a draft, that of the year before one of
    another occasion, and of these the one begun last, where a form was corrected meanwhile."""
    rows = Response.objects.visible_to(viewer).filter(
        institution=institution, vendor=None, edition__instrument__in={FACILITY_FORM, form_of(institution)},
        edition__fiscal_year=fiscal_year,
    )  # fmt: skip
    ranked = rows.select_related("edition", "institution").annotate(
        was_handed_in=Q(submitted_at__isnull=False), is_of_the_year=Q(occasion=str(fiscal_year))
    )
    return ranked.order_by("-was_handed_in", "-is_of_the_year", "-opened_at", "-pk").first()


def _vendor_sheets(institution: Institution, fiscal_year: int, viewer: Viewer) -> QuerySet[Response]:
    rows = Response.objects.visible_to(viewer).filter(
        institution=institution, vendor__isnull=False, edition__fiscal_year=fiscal_year
    )
    return rows.select_related("edition", "vendor", "institution").order_by("vendor__name", "edition__title_ja", "pk")


def _states(institution: Institution, viewer: Viewer, *, now: datetime) -> Mapping[str, ControlState]:
    if not access.may(viewer, Permission.EVIDENCE_READ, at=_place_of(institution)).ok:
        return {}
    return assurance.states_of(institution.pk, now=now)


def _place_of(institution: Institution) -> Place:
    return Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)


def _prepared(plan: Plan, found: Readiness, states: Mapping[str, ControlState]) -> tuple[PreparedRow, ...]:
    places = {
        line.item.id: (leaf.number, number)
        for leaf in leaves(plan.instrument)
        for number, line in enumerate(leaf.lines, 1)
    }
    prepared = []
    for row in found.rows:
        question = plan.items[row.question]
        assert isinstance(question, Question), "only questions are rows"
        controls = tuple((name, states[name]) for name in question.controls if name in states)
        prepared.append(PreparedRow(question, row, *places.get(row.question, (1, 1)), controls))
    return tuple(prepared)
