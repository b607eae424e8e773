"""Disclosures: drafted, measured against the register, released by a second person."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Status
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture, Region
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, as_text, cursor_page
from sonae.core.web.vocabulary import Tlp, WebRefusal
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import forms, queries, services
from sonae.response.disclosure.models import ChosenIndicator, Disclosure
from sonae.response.disclosure.vocabulary import (
    Assessment,
    Attack,
    DisclosureState,
    Found,
    Mark,
    Route,
    Statements,
    WithdrawalReason,
)
from sonae.response.incidents.models import Incident, IncidentIndicator

router = Router(tags=["disclosures"])

Summary = Annotated[str, StringConstraints(max_length=4_000)]
Beds = Annotated[int, Field(ge=0, le=100_000)]


class StatementsBody(Strict):
    """What is said of where it happened. What is left out is not said; all of it must be true of the institution."""

    kind: Annotated[InstitutionKind, as_text(InstitutionKind)] | None = None
    prefecture: Annotated[Prefecture, as_text(Prefecture)] | None = Field(None, description="Or the region, never both")
    region: Annotated[Region, as_text(Region)] | None = None
    beds_from: Beds | None = Field(None, description="The range must be one of those that the page offers")
    beds_through: Beds | None = None
    month: Annotated[str, StringConstraints(pattern="^([0-9]{4}-(0[1-9]|1[0-2]))?$")] = Field(
        "", description="This month or one of the two before, as in 2026-11"
    )
    attack: Annotated[Attack, as_text(Attack)] = Attack.UNSAID
    route: Annotated[Route, as_text(Route)] = Route.UNSAID

    def statements(self) -> Statements:
        return Statements(
            kinds=frozenset({self.kind} if self.kind else ()),
            prefecture=self.prefecture,
            region=self.region,
            beds_from=self.beds_from,
            beds_through=self.beds_through,
            month=self.month,
            attack=self.attack,
            route=self.route,
        )


class MeasureBody(StatementsBody):
    """Statements and texts to be measured."""

    summary_ja: Summary = ""
    summary_en: Summary = ""


class ChosenBody(Strict):
    """An indicator of the incident that is to go out."""

    kind: Annotated[IndicatorKind, as_text(IndicatorKind)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=2_048)]


class DraftBody(MeasureBody):
    """What a draft says and carries."""

    indicators: Annotated[list[ChosenBody], Field(max_length=500)] = []
    # A collector may not fetch RED.
    tlp: Literal["clear", "green", "amber", "amber+strict"] = "green"


class RevisionBody(DraftBody):
    """A draft written anew by someone who has read the revision named here."""

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]


class LookedAtBody(Strict):
    """A number, day or unknown name in the texts, as the measure names it."""

    mark: Annotated[Mark, as_text(Mark)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ReleaseBody(Strict):
    """The revision that the releasing person has checked, and what in it they say may be published as it stands."""

    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]
    looked_at: Annotated[list[LookedAtBody], Field(max_length=5_000)] = []


class WithdrawalBody(Strict):
    """Why a disclosure is taken back: the reason that everyone reads, and words that stay in the ledger."""

    reason: Annotated[WithdrawalReason, as_text(WithdrawalReason)]
    why: Annotated[str, StringConstraints(max_length=1_000)] = ""


class DisclosureRow(Answer):
    """A disclosure without its words."""

    id: UUID
    number: str
    state: DisclosureState
    revision: int
    tlp: Tlp
    drafted_at: datetime
    released_at: datetime | None
    withdrawn_at: datetime | None
    fitted: int | None
    needed: int | None


class StatementsAnswer(Answer):
    """What is said of where it happened."""

    kinds: list[InstitutionKind]
    prefecture: Prefecture | None
    region: Region | None
    beds_from: int | None
    beds_through: int | None
    month: str
    attack: Attack
    route: Route


class ChosenRow(Answer):
    kind: IndicatorKind
    value: str


class DisclosureDetail(DisclosureRow):
    """A disclosure with what it says and carries."""

    incident_id: UUID
    statements: StatementsAnswer
    summary_ja: str
    summary_en: str
    indicators: list[ChosenRow]
    withdrawn_for: WithdrawalReason | Literal[""]
    withdrawn_why: str


class DisclosurePage(Answer):
    items: list[DisclosureRow]
    next_cursor: str


class FoundRow(Answer):
    """A place in a text that tells whose attack it was, or, not certain, one that the releasing person looks at."""

    mark: Mark
    text: str
    is_certain: bool


class BroaderRow(Answer):
    """A broader way to say it, and how many institutions would fit then."""

    statements: StatementsAnswer
    fits: int


class AssessmentAnswer(Answer):
    """A draft measured against the register, as of a moment."""

    fits_alone: int
    fits: int = Field(description="With everything said about this institution before")
    left_over: int | None
    needed: int
    as_of: datetime
    marks: list[FoundRow]
    broader: list[BroaderRow]


@router.get("/disclosures", auth=Door(Permission.DISCLOSURE_READ), response=DisclosurePage)
def list_disclosures(
    request: SonaeRequest, state: DisclosureState | None = None, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """Drafts and what was disclosed, in the order in which they were drafted."""
    rows = Disclosure.objects.visible_to(request.viewer)
    if state is not None:
        rows = rows.filter(state=state)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/disclosures/{uuid:disclosure_id}", auth=Door(Permission.DISCLOSURE_READ), response=DisclosureDetail)
def read_disclosure(request: SonaeRequest, disclosure_id: UUID) -> DisclosureDetail:
    """One disclosure with what it says and carries."""
    return _detail(visible_or_404(Disclosure.objects, request.viewer, pk=disclosure_id))


@router.get(
    "/disclosures/{uuid:disclosure_id}/measure", auth=Door(Permission.DISCLOSURE_READ), response=AssessmentAnswer
)
def measure_disclosure(request: SonaeRequest, disclosure_id: UUID) -> AssessmentAnswer:
    """How many institutions fit a draft as it stands, and which broader statements more would fit."""
    draft = visible_or_404(Disclosure.objects.select_related("institution"), request.viewer, pk=disclosure_id)
    texts = (draft.summary_ja, draft.summary_en)
    return _assessment(queries.assess(draft.institution, draft.statements(), now=request.now, texts=texts, draft=draft))


@router.post(
    "/incidents/{uuid:incident_id}/disclosures/measure",
    auth=Door(Permission.DISCLOSURE_DRAFT),
    response=AssessmentAnswer,
)
def measure_statements(request: SonaeRequest, incident_id: UUID, body: MeasureBody) -> AssessmentAnswer:
    """How many institutions would fit these statements about an incident. Nothing is stored.

    A POST although nothing changes: an unchecked summary must not stand in an address, which proxies log.
    """
    incident = _incident(request, incident_id)
    texts = (body.summary_ja, body.summary_en)
    return _assessment(
        queries.assess(
            incident.institution, body.statements(), now=request.now, texts=texts, known_before=incident.registered_at
        )
    )


@router.post(
    "/incidents/{uuid:incident_id}/disclosures",
    auth=Door(Permission.DISCLOSURE_DRAFT),
    response={201: DisclosureDetail},
)
def draft_disclosure(request: SonaeRequest, incident_id: UUID, body: DraftBody) -> Status[DisclosureDetail]:
    """Drafts a disclosure about an incident. A second person is asked to check and release it."""
    content = _content(request, _incident(request, incident_id), body)
    return Status(201, _detail(services.draft(incident_id, content, by=request.viewer, now=request.now)))


@router.put(
    "/disclosures/{uuid:disclosure_id}/draft", auth=Door(Permission.DISCLOSURE_DRAFT), response=DisclosureDetail
)
def revise_disclosure(request: SonaeRequest, disclosure_id: UUID, body: RevisionBody) -> DisclosureDetail:
    """Writes a draft anew. Whoever does becomes one of its authors, and cannot release it."""
    disclosure = visible_or_404(Disclosure.objects, request.viewer, pk=disclosure_id)
    content = _content(request, _incident(request, disclosure.incident_id), body)
    revised = services.revise(disclosure_id, content, seen_revision=body.revision, by=request.viewer, now=request.now)
    return _detail(revised)


@router.post(
    "/disclosures/{uuid:disclosure_id}/release", auth=Door(Permission.DISCLOSURE_RELEASE), response=DisclosureDetail
)
def release_disclosure(request: SonaeRequest, disclosure_id: UUID, body: ReleaseBody) -> DisclosureDetail:
    """Lets the whole sector know. Only a person in a session, and none of the authors: no token can carry this."""
    looked_at = [Found(one.mark, one.text, is_certain=False) for one in body.looked_at]
    released = services.release(
        disclosure_id, seen_revision=body.revision, looked_at=looked_at, by=request.viewer, now=request.now
    )
    return _detail(released)


@router.post(
    "/disclosures/{uuid:disclosure_id}/withdrawal", auth=Door(Permission.DISCLOSURE_RELEASE), response=DisclosureDetail
)
def withdraw_disclosure(request: SonaeRequest, disclosure_id: UUID, body: WithdrawalBody) -> DisclosureDetail:
    """Takes a disclosure back: its indicators and its bulletin. What it said stays in the ledger and still counts."""
    return _detail(
        services.withdraw(disclosure_id, reason=body.reason, why=body.why, by=request.viewer, now=request.now)
    )


def _incident(request: SonaeRequest, incident_id: UUID) -> Incident:
    return visible_or_404(Incident.objects.select_related("institution"), request.viewer, pk=incident_id)


def _content(request: SonaeRequest, incident: Incident, body: DraftBody) -> services.Content:
    """What the body says, where the form of the page would have offered it; else each field that it would not."""
    said = body.statements()
    confirmed = IncidentIndicator.objects.filter(incident=incident, removed_at=None).values_list("kind", "value")
    form = forms.DisclosureForm(
        {
            "kind": body.kind or forms.UNSAID,
            "area": forms.area_value(said),
            "beds": forms.beds_value(said.beds_from, said.beds_through),
            "month": body.month,
            "attack": body.attack,
            "route": body.route,
            "indicators": [f"{one.kind}|{one.value}" for one in body.indicators],
            "summary_ja": body.summary_ja,
            "summary_en": body.summary_en,
            "tlp": body.tlp,
        },
        institution=incident.institution,
        months=forms.months_offered(request.now),
        indicators=list(confirmed),
    )
    if not form.is_valid():
        raise BadInput(
            Problem(WebRefusal.FIELD_INVALID, field=f"body.{name}", facts={"why": str(error)})
            for name, errors in form.errors.items()
            for error in errors
        )
    return form.content()


def _statements(said: Statements) -> StatementsAnswer:
    return StatementsAnswer(
        kinds=sorted(said.kinds),
        prefecture=said.prefecture,
        region=said.region,
        beds_from=said.beds_from,
        beds_through=said.beds_through,
        month=said.month,
        attack=said.attack,
        route=said.route,
    )


def _assessment(found: Assessment) -> AssessmentAnswer:
    return AssessmentAnswer(
        fits_alone=found.fits_alone,
        fits=found.fits,
        left_over=found.left_over,
        needed=found.needed,
        as_of=found.as_of,
        marks=[FoundRow(mark=one.mark, text=one.text, is_certain=one.is_certain) for one in found.marks],
        broader=[BroaderRow(statements=_statements(said), fits=count) for said, count in found.broader],
    )


def _detail(disclosure: Disclosure) -> DisclosureDetail:
    columns: dict[str, Any] = {name: getattr(disclosure, name) for name in DisclosureRow.model_fields}
    return DisclosureDetail(
        **columns,
        incident_id=disclosure.incident_id,
        statements=_statements(disclosure.statements()),
        summary_ja=disclosure.summary_ja,
        summary_en=disclosure.summary_en,
        indicators=[ChosenRow.model_validate(one) for one in ChosenIndicator.objects.filter(disclosure=disclosure)],
        withdrawn_for=WithdrawalReason(disclosure.withdrawn_for) if disclosure.withdrawn_for else "",
        withdrawn_why=disclosure.withdrawn_why,
    )
