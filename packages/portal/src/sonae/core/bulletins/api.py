from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Status
from pydantic import Field, StringConstraints

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins import queries, rules, services
from sonae.core.bulletins.models import Bulletin, Recipient
from sonae.core.bulletins.vocabulary import Audience, BulletinRefusal, BulletinState, Content, Reach, Stage
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Moment, RowNumber, Strict, as_text, cursor_page, row_number
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import Refused, require

router = Router(tags=["bulletins"])

Title = Annotated[str, StringConstraints(max_length=200)]
Markdown = Annotated[str, StringConstraints(max_length=50_000)]
Beds = Annotated[int, Field(ge=0, le=100_000)]


class BulletinRow(Answer):
    """A bulletin without its text."""

    id: UUID
    state: BulletinState
    tlp: Tlp
    title_ja: str
    title_en: str
    acknowledge_by: datetime | None
    issued_at: datetime | None
    withdrawn_at: datetime | None


class BulletinText(BulletinRow):
    """A bulletin with its text, as Markdown."""

    body_ja: str
    body_en: str
    withdrawn_why: str


class AudienceBody(Strict):
    """To whom: every listed institution that fits all conditions, and those named besides; with neither: everyone."""

    kinds: Annotated[list[Annotated[InstitutionKind, as_text(InstitutionKind)]], Field(max_length=20)] = []
    prefectures: Annotated[list[Annotated[Prefecture, as_text(Prefecture)]], Field(max_length=47)] = []
    beds_from: Beds | None = None
    beds_to: Beds | None = None
    product: Annotated[str, StringConstraints(max_length=rules.LONGEST_PRODUCT_KEY)] = Field(
        default="",
        description="Maker and product as the asset ledgers hold them; width, case and blanks do not matter",
    )
    institution_ids: Annotated[list[RowNumber], Field(max_length=2_000)] = []

    def audience(self) -> Audience:
        return Audience(
            kinds=frozenset(self.kinds),
            beds_from=self.beds_from,
            beds_to=self.beds_to,
            prefectures=frozenset(self.prefectures),
            product=rules.product_key(self.product),
            institution_ids=frozenset(self.institution_ids),
        )


class BulletinBody(Strict):
    """A draft: its words in both languages, how far it may travel, and to whom it goes."""

    tlp: Annotated[Tlp, as_text(Tlp)] = Tlp.GREEN
    title_ja: Title
    title_en: Title
    body_ja: Markdown
    body_en: Markdown
    acknowledge_by: Moment | None = Field(None, description="Absent: nobody has to acknowledge it")
    audience: AudienceBody = AudienceBody()

    def content(self) -> Content:
        return Content(self.title_ja, self.title_en, self.body_ja, self.body_en)


class AudienceCount(Answer):
    """How many institutions an audience is, now: exactly, or at least so many where it is about what they own."""

    institutions: int
    is_at_least: bool
    as_of: datetime


class ReachAnswer(Answer):
    """How many institutions a bulletin went to and how far they came, as of a moment."""

    recipients: int
    opened: int
    acknowledged: int
    done: int
    as_of: datetime


class WithdrawalBody(Strict):
    """Why the bulletin is taken back; everyone who received it reads this."""

    why: Annotated[str, StringConstraints(max_length=400)]


class BulletinPage(Answer):
    items: list[BulletinRow]
    next_cursor: str


class Acknowledgement(Strict):
    """`done` says that what the bulletin asks for is done. Without an institution: the only one the caller acts for."""

    stage: Literal["acknowledged", "done"] = "acknowledged"
    institution_id: RowNumber | None = None


class ReceiptRow(Answer):
    """How far one institution has come with a bulletin."""

    institution_id: int
    stage: Stage
    opened_at: datetime | None
    acknowledged_at: datetime | None
    done_at: datetime | None


class ReceiptPage(Answer):
    items: list[ReceiptRow]
    next_cursor: str


@router.get("/bulletins", auth=Door(Permission.BULLETIN_READ), response=BulletinPage)
def list_bulletins(
    request: SonaeRequest, state: BulletinState | None = None, cursor: str = "", limit: Limit = 100
) -> BulletinPage:
    """Bulletins that the caller may read, in the order in which they were written; without a state, no drafts."""
    rows = Bulletin.objects.visible_to(request.viewer)
    rows = rows.exclude(state=BulletinState.DRAFT) if state is None else rows.filter(state=state)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return BulletinPage(items=[BulletinRow.from_orm(row) for row in found], next_cursor=next_cursor)


@router.post("/bulletins", auth=Door(Permission.BULLETIN_WRITE), response={201: BulletinText})
def draft_bulletin(request: SonaeRequest, body: BulletinBody) -> Status[Bulletin]:
    """Writes a draft, which only those who write bulletins can see."""
    draft = services.draft(body.content(), by=request.viewer, now=request.now, **_addressed(body))
    return Status(201, draft)


@router.post("/bulletins/audience", auth=Door(Permission.BULLETIN_WRITE), response=AudienceCount)
def count_audience(request: SonaeRequest, body: AudienceBody) -> AudienceCount:
    """How many institutions an audience would be now; about a product, a number they reach. Nothing is stored."""
    told = queries.told_of(body.audience())
    return AudienceCount(institutions=told.institutions, is_at_least=told.is_at_least, as_of=request.now)


@router.get(
    "/bulletins/{uuid:bulletin_id}",
    auth=Door(Permission.BULLETIN_READ),
    response=BulletinText,
)
def read_bulletin(request: SonaeRequest, bulletin_id: UUID) -> Bulletin:
    """One bulletin; that a person's institution has opened it is remembered."""
    bulletin = visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    services.note_opened(bulletin_id, by=request.viewer, now=request.now)
    return bulletin


@router.post(
    "/bulletins/{uuid:bulletin_id}/acknowledgement",
    auth=Door(Permission.BULLETIN_ACKNOWLEDGE),
    response=ReceiptRow,
)
def acknowledge_bulletin(request: SonaeRequest, bulletin_id: UUID, body: Acknowledgement) -> Recipient:
    """An institution has taken note, or has done what the bulletin asks for."""
    visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    institution_id = body.institution_id or _only_recipient(request, bulletin_id)
    verb = services.mark_done if body.stage == "done" else services.acknowledge
    return verb(bulletin_id, institution_id, by=request.viewer, now=request.now)


@router.put("/bulletins/{uuid:bulletin_id}/draft", auth=Door(Permission.BULLETIN_WRITE), response=BulletinText)
def revise_bulletin(request: SonaeRequest, bulletin_id: UUID, body: BulletinBody) -> Bulletin:
    """Writes a draft anew."""
    return services.revise(bulletin_id, body.content(), by=request.viewer, now=request.now, **_addressed(body))


@router.post("/bulletins/{uuid:bulletin_id}/issue", auth=Door(Permission.BULLETIN_ISSUE), response=BulletinText)
def issue_bulletin(request: SonaeRequest, bulletin_id: UUID) -> Bulletin:
    """Sends a draft to its audience as it is at this moment; from here on its words stand."""
    return services.issue_draft(bulletin_id, by=request.viewer, now=request.now)


@router.post("/bulletins/{uuid:bulletin_id}/withdrawal", auth=Door(Permission.BULLETIN_ISSUE), response=BulletinText)
def withdraw_bulletin(request: SonaeRequest, bulletin_id: UUID, body: WithdrawalBody) -> Bulletin:
    """Takes an issued bulletin back. It stays readable with the reason, and its duties fall away."""
    return services.withdraw(bulletin_id, why=body.why, by=request.viewer, now=request.now)


@router.get("/bulletins/{uuid:bulletin_id}/reach", auth=Door(Permission.BULLETIN_REACH), response=ReachAnswer)
def read_bulletin_reach(request: SonaeRequest, bulletin_id: UUID) -> Reach:
    """How far a bulletin has come among the institutions that the caller may follow."""
    visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    return queries.reach_of(bulletin_id, viewer=request.viewer, now=request.now)


@router.get("/bulletins/{uuid:bulletin_id}/recipients", auth=Door(Permission.BULLETIN_REACH), response=ReceiptPage)
def list_bulletin_recipients(
    request: SonaeRequest, bulletin_id: UUID, cursor: str = "", limit: Limit = 100
) -> ReceiptPage:
    """How far each institution has come that the caller may follow."""
    visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    rows = Recipient.objects.visible_to(request.viewer).filter(bulletin_id=bulletin_id)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    return ReceiptPage(items=[ReceiptRow.from_orm(row) for row in found], next_cursor=next_cursor)


def _addressed(body: BulletinBody) -> dict[str, Any]:
    return {"tlp": body.tlp, "audience": body.audience.audience(), "acknowledge_by": body.acknowledge_by}


def _only_recipient(request: SonaeRequest, bulletin_id: UUID) -> int:
    own = access.reach(request.viewer, Permission.BULLETIN_ACKNOWLEDGE).institution_ids
    found = list(
        Recipient.objects.filter(bulletin_id=bulletin_id, institution_id__in=own).values_list(
            "institution_id", flat=True
        )
    )
    if not found:
        require(Refused(BulletinRefusal.NOT_A_RECIPIENT))
    if len(found) > 1:
        require(Refused(BulletinRefusal.INSTITUTION_AMBIGUOUS))
    return found[0]
