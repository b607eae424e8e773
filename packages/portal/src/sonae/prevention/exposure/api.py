from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.vocabulary import Prefecture
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Limit, Strict, as_text, cursor_page
from sonae.kernel.errors import Gone
from sonae.prevention.exposure import course, queries, rules, services
from sonae.prevention.exposure.models import Exposure, Hit, NamePair, Notice, Question
from sonae.prevention.exposure.vocabulary import (
    Asking,
    Automatable,
    Certainty,
    Course,
    Exploitation,
    Ground,
    HumanImpact,
    MatchReason,
    PairState,
    Priority,
    Saying,
    Step,
    SystemExposure,
    WouldChange,
)

router = Router(tags=["exposures"])

type Why = Annotated[str, StringConstraints(max_length=course.LONGEST_WHY)]


class ExposureRow(Answer):
    """An advisory that hits, or may hit, one asset of an institution. `base_score` is CVSS, `epss` a probability."""

    id: UUID
    institution_id: int
    asset_id: UUID
    notice_id: UUID
    advisory_id: UUID
    advisory: str
    course: Course
    certainty: Certainty
    priority: Priority
    exploitation: Exploitation
    system_exposure: SystemExposure
    automatable: Automatable
    human_impact: HumanImpact
    epss: float | None
    base_score: float | None
    known_at: datetime
    due_at: datetime | None
    until: date | None


class GroundAnswer(Answer):
    """Why it is so urgent, with the figures of the ground."""

    ground: Ground
    facts: dict[str, Any]


class HitAnswer(Answer):
    """What of the asset is affected by which statement. `confidence` is between 0 and 1."""

    label: str
    version: str
    vendor: str
    product: str
    versions: str
    is_within: bool
    reason: MatchReason
    confidence: float
    would_change: list[WouldChange]


class StepAnswer(Answer):
    """How it went on."""

    course: Course
    why: str
    done_on: date | None
    version: str
    until: date | None
    vendor_id: int | None
    taken_at: datetime


class ExposureDetail(ExposureRow):
    """The same with its grounds, what is affected, and its history, the newest first."""

    grounds: list[GroundAnswer]
    hits: list[HitAnswer]
    steps: list[StepAnswer]


class ExposurePage(Answer):
    items: list[ExposureRow]
    next_cursor: str


class ExposureQuery(Schema):
    """Which exposures."""

    course: Course | None = None
    priority: Priority | None = None
    certainty: Certainty | None = None
    asset_id: UUID | None = None


_STEPS: dict[str, Any] = {"type": "string", "enum": [one.value for one in course.STEPS]}


def _said_by_people(to: Course) -> Course:
    if to not in course.STEPS:
        raise ValueError("nobody says that")
    return to


class StepBody(Strict):
    """Where it stands from now on, with what belongs to that."""

    to: Annotated[Course, AfterValidator(_said_by_people), as_text(Course), WithJsonSchema(_STEPS)]
    why: Why = ""
    done_on: Day | None = None
    version: Annotated[str, StringConstraints(max_length=200)] = ""
    until: Day | None = None
    vendor_id: Annotated[int | None, Field(ge=1, lt=2**63)] = None


class QuestionRow(Answer):
    """Whether a name in the ledger and one in an advisory mean one product."""

    id: UUID
    institution_id: int
    ask: Asking
    vendor: str
    product: str
    maker: str
    typed: str
    asked_at: datetime
    answer: Saying | None
    state: PairState


class QuestionPage(Answer):
    items: list[QuestionRow]
    next_cursor: str


class AnswerBody(Strict):
    answer: Annotated[Saying, as_text(Saying)]


class PairRow(Answer):
    """Two names, and what counts of them for everybody."""

    id: UUID
    vendor: str
    product: str
    maker: str
    typed: str
    state: PairState
    is_for_triage: bool
    met_at: datetime
    decided_at: datetime | None
    why: str


class PairPage(Answer):
    items: list[PairRow]
    next_cursor: str


class DecisionBody(Strict):
    """Whether the two mean one product; null takes the decision back."""

    is_same: bool | None
    why: Annotated[str, StringConstraints(max_length=1_000)]


class BandAnswer(Answer):
    """A number of institutions told in steps: at least `fewest`, at most `most`."""

    fewest: int
    most: int


class NationRow(Answer):
    """How many institutions an advisory concerns at least, and how many of these have nothing left to do.

    Both are made of what is told of each prefecture.
    """

    notice_id: UUID
    advisory_id: UUID
    advisory: str
    institutions_at_least: int
    done_at_least: int


class NationPage(Answer):
    items: list[NationRow]
    next_cursor: str


class PrefectureRow(Answer):
    prefecture: Prefecture
    institutions: BandAnswer
    done: BandAnswer


@router.get("/exposures", auth=Door(Permission.EXPOSURE_READ), response=ExposurePage)
def list_exposures(
    request: SonaeRequest, asked: Query[ExposureQuery], cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """What advisories hit on ledgers that the caller answers for or inspects, as it was found."""
    rows = queries.for_list(request.viewer).filter(**asked.model_dump(exclude_none=True))
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_row(one) for one in found], "next_cursor": next_cursor}


@router.get("/exposures/nation", auth=Door(Permission.EXPOSURE_COUNT), response=NationPage)
def list_exposures_nationwide(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """How many institutions each advisory concerns, told in steps."""
    found, next_cursor = cursor_page(queries.concerned(request.viewer), cursor=cursor, limit=limit, parse=UUID)
    counted = queries.by_prefecture([one.pk for one in found])
    return {"items": [_of_nation(one, counted[one.pk].values()) for one in found], "next_cursor": next_cursor}


@router.get("/exposures/nation/{uuid:notice_id}", auth=Door(Permission.EXPOSURE_COUNT), response=list[PrefectureRow])
def list_exposures_by_prefecture(request: SonaeRequest, notice_id: UUID) -> list[PrefectureRow]:
    """How many institutions of each prefecture an advisory concerns, told in steps."""
    notice = queries.concerned(request.viewer).filter(pk=notice_id).first()
    if notice is None:
        raise Gone("notice", notice_id)
    return [
        PrefectureRow(prefecture=prefecture, institutions=_band(number), done=_band(done))
        for prefecture, (number, done) in queries.by_prefecture([notice.pk])[notice.pk].items()
    ]


@router.get("/exposures/{uuid:exposure_id}", auth=Door(Permission.EXPOSURE_READ), response=ExposureDetail)
def read_exposure(request: SonaeRequest, exposure_id: UUID) -> ExposureDetail:
    """One exposure with its grounds, what is affected, and its history."""
    return _detail(visible_or_404(Exposure.objects.select_related("notice"), request.viewer, pk=exposure_id))


@router.post("/exposures/{uuid:exposure_id}/steps", auth=Door(Permission.EXPOSURE_ANSWER), response=ExposureDetail)
def take_step(request: SonaeRequest, exposure_id: UUID, body: StepBody) -> ExposureDetail:
    """Says where an exposure stands from now on; its duty and the evidence follow."""
    visible_or_404(Exposure.objects, request.viewer, pk=exposure_id)
    taken = services.take_step(exposure_id, Step(**body.model_dump()), by=request.viewer, now=request.now)
    return _detail(taken)


@router.get("/exposure-questions", auth=Door(Permission.EXPOSURE_ANSWER), response=QuestionPage)
def list_product_questions(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The questions to the caller's institutions whether two names mean one product."""
    rows = queries.open_questions(request.viewer)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_question(one) for one in found], "next_cursor": next_cursor}


@router.post(
    "/exposure-questions/{uuid:exposure_question_id}/answer", auth=Door(Permission.EXPOSURE_ANSWER),
    response=QuestionRow,
)  # fmt: skip
def answer_product_question(request: SonaeRequest, exposure_question_id: UUID, body: AnswerBody) -> QuestionRow:
    """Answers for an institution; its exposures follow at once."""
    visible_or_404(Question.objects, request.viewer, pk=exposure_question_id)
    services.answer_question(exposure_question_id, body.answer, by=request.viewer, now=request.now)
    return _question(Question.objects.select_related("pair").get(pk=exposure_question_id))


@router.get("/product-names", auth=Door(Permission.ADVISORY_STATE), response=PairPage)
def list_product_names(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The pairs of names about which institutions were asked."""
    rows = NamePair.objects.visible_to(request.viewer)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_pair(one) for one in found], "next_cursor": next_cursor}


@router.post("/product-names/{uuid:pair_id}/decision", auth=Door(Permission.ADVISORY_STATE), response=PairRow)
def decide_product_names(request: SonaeRequest, pair_id: UUID, body: DecisionBody) -> PairRow:
    """Says for everybody whether two names mean one product, or takes that back."""
    if body.is_same is None:
        return _pair(services.reopen_pair(pair_id, why=body.why, by=request.viewer, now=request.now))
    decided = services.decide_pair(pair_id, is_same=body.is_same, why=body.why, by=request.viewer, now=request.now)
    return _pair(decided)


_OF_NOTICE = ("advisory_id", "advisory")


def _columns(exposure: Exposure) -> dict[str, Any]:
    own = {name: getattr(exposure, name) for name in ExposureRow.model_fields if name not in _OF_NOTICE}
    return own | {"advisory_id": exposure.notice.advisory_id, "advisory": exposure.notice.identifier}


def _row(exposure: Exposure) -> ExposureRow:
    return ExposureRow(**_columns(exposure))


def _detail(exposure: Exposure) -> ExposureDetail:
    steps = [
        StepAnswer(**{name: getattr(one, name) for name in StepAnswer.model_fields})
        for one in queries.history_of(exposure)
    ]
    hits = [_hit(one) for one in queries.hits_with_all(exposure)]
    grounds = [GroundAnswer(ground=Ground(one["ground"]), facts=one["facts"]) for one in exposure.grounds]
    return ExposureDetail(**_columns(exposure), grounds=grounds, hits=hits, steps=steps)


def _hit(hit: Hit) -> HitAnswer:
    statement = hit.statement
    return HitAnswer(
        label=hit.label, version=hit.version, vendor=statement.vendor, product=statement.product,
        versions=statement.version.standing if statement.version else "", is_within=hit.is_within,
        reason=MatchReason(hit.reason), confidence=hit.confidence,
        would_change=[WouldChange(one) for one in hit.would_change],
    )  # fmt: skip


def _question(question: Question) -> QuestionRow:
    pair = question.pair
    return QuestionRow(
        id=question.pk, institution_id=question.institution_id, ask=Asking(question.ask), vendor=pair.vendor,
        product=pair.product, maker=pair.maker, typed=pair.typed, asked_at=question.asked_at,
        answer=question.saying(), state=PairState(pair.state),
    )  # fmt: skip


def _pair(pair: NamePair) -> PairRow:
    return PairRow(**{name: getattr(pair, name) for name in PairRow.model_fields})


def _band(number: int) -> BandAnswer:
    told = rules.told_as(number, k=settings.DISCLOSURE_K)
    return BandAnswer(fewest=told.fewest, most=told.most)


def _of_nation(notice: Notice, counted: Iterable[tuple[int, int]]) -> NationRow:
    k, numbers = settings.DISCLOSURE_K, list(counted)
    return NationRow(
        notice_id=notice.pk, advisory_id=notice.advisory_id, advisory=notice.identifier,
        institutions_at_least=rules.told_in_all((number for number, _ in numbers), k=k),
        done_at_least=rules.told_in_all((done for _, done in numbers), k=k),
    )  # fmt: skip
