from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import AfterValidator

from sonae.core.access.vocabulary import Permission
from sonae.core.notifications import rules, services
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Channel, MessageState
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.operations import Answer, Door, Limit, cursor_page

router = Router(tags=["messages"])


Hour = Annotated[datetime, AfterValidator(rules.to_the_hour)]


class MessageAnswer(Answer):
    """An outgoing message without what it says and whom it is for; its moments to the hour."""

    id: UUID
    channel: Channel
    domain: str
    state: MessageState
    queued_at: Hour
    attempts: int
    last_code: str
    last_tried_at: Hour | None
    next_try_at: Hour | None
    sent_at: Hour | None
    dead_at: Hour | None


class MessagePage(Answer):
    items: list[MessageAnswer]
    next_cursor: str


@router.get("/messages", auth=Door(Permission.MESSAGE_READ), response=MessagePage)
def list_messages(
    request: HttpRequest, state: MessageState | None = None, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """Outgoing messages, in an order of their own that does not change."""
    rows = Message.objects.visible_to(request.viewer).select_related("account", "endpoint")  # type: ignore[attr-defined]
    if state is not None:
        rows = rows.filter(state=state)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/messages/{message_id}", auth=Door(Permission.MESSAGE_READ), response=MessageAnswer)
def read_message(request: HttpRequest, message_id: UUID) -> Message:
    """One outgoing message."""
    return visible_or_404(Message.objects, request.viewer, pk=message_id)  # type: ignore[attr-defined]


@router.post("/messages/{message_id}/retry", auth=Door(Permission.MESSAGE_RETRY), response=MessageAnswer)
def retry_message(request: HttpRequest, message_id: UUID) -> Message:
    """Sends a message again that was given up."""
    return services.retry_dead(message_id, by=request.viewer, now=request.now)  # type: ignore[attr-defined]
