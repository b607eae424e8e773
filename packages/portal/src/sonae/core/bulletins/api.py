from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Router

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins import services
from sonae.core.bulletins.models import Bulletin, Recipient
from sonae.core.bulletins.vocabulary import BulletinRefusal, BulletinState, Stage, Tlp
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, cursor_page
from sonae.kernel.decision import Refused, require

router = Router(tags=["bulletins"])


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


class BulletinPage(Answer):
    items: list[BulletinRow]
    next_cursor: str


class Acknowledgement(Strict):
    """`done` says that what the bulletin asks for is done. Without an institution: the only one the caller acts for."""

    stage: Literal["acknowledged", "done"] = "acknowledged"
    institution_id: int | None = None


class ReceiptRow(Answer):
    institution_id: int
    stage: Stage
    opened_at: datetime | None
    acknowledged_at: datetime | None
    done_at: datetime | None


@router.get("/bulletins", auth=Door(Permission.BULLETIN_READ), response=BulletinPage, operation_id="list_bulletins")
def list_bulletins(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> BulletinPage:
    """Issued and withdrawn bulletins that the caller may read, in the order in which they were written."""
    rows = Bulletin.objects.visible_to(request.viewer).exclude(state=BulletinState.DRAFT)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=_uuid)
    return BulletinPage(items=[BulletinRow.from_orm(row) for row in found], next_cursor=next_cursor)


@router.get(
    "/bulletins/{uuid:bulletin_id}",
    auth=Door(Permission.BULLETIN_READ),
    response=BulletinText,
    operation_id="read_bulletin",
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
    operation_id="acknowledge_bulletin",
)
def acknowledge_bulletin(request: SonaeRequest, bulletin_id: UUID, body: Acknowledgement) -> Recipient:
    """An institution has taken note, or has done what the bulletin asks for."""
    visible_or_404(Bulletin.objects, request.viewer, pk=bulletin_id)
    institution_id = body.institution_id or _only_recipient(request, bulletin_id)
    verb = services.mark_done if body.stage == "done" else services.acknowledge
    return verb(bulletin_id, institution_id, by=request.viewer, now=request.now)


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


def _uuid(value: str) -> UUID:
    return UUID(str(value))
