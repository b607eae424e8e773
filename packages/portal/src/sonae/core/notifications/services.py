"""Queueing messages in the caller's transaction, and keeping book of their delivery. Nothing is sent here."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.notifications import mail, packing, rules
from sonae.core.notifications.models import Endpoint, Message
from sonae.core.notifications.vocabulary import (
    Channel,
    HookEvent,
    MessageState,
    NotificationRefusal,
    Outcome,
    OutcomeKind,
)
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import secret_token

MOST_AT_ONCE = 500
MOST_BODY_BYTES = 256 * 1024
_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of many, with what the mail says to them and the key that makes it theirs once."""

    account_id: UUID
    context: Mapping[str, Any]
    key: str


def queue_mail(template: str, *, to: UUID, context: Mapping[str, Any], key: str, now: datetime) -> Message:
    """A mail to an account, in its language; a second call with the same key changes nothing."""
    return _queued(Message(channel=Channel.MAIL, key=key, account_id=to, **_mail(template, context, now)))


def queue_mail_to_address(
    template: str, *, address: str, language: str, context: Mapping[str, Any], key: str, now: datetime
) -> Message:
    """A mail to an address, whether an account has it or not."""
    columns = _mail(template, context, now)
    return _queued(Message(channel=Channel.MAIL, key=key, address=address, language=language, **columns))


def queue_mails(template: str, *, to: Iterable[Recipient], now: datetime) -> None:
    """The same template to many accounts; those whose key is queued already get nothing new."""
    rows = (
        Message(channel=Channel.MAIL, key=one.key, account_id=one.account_id, **_mail(template, one.context, now))
        for one in to
    )
    Message.objects.bulk_create(rows, batch_size=MOST_AT_ONCE, ignore_conflicts=True)


def queue_webhook(endpoint_id: UUID, *, event: str, body: Mapping[str, Any], key: str, now: datetime) -> Message:
    """A call to one endpoint; a second call with the same key changes nothing."""
    context = packing.plain(body)
    assert len(json.dumps(context)) <= MOST_BODY_BYTES, "a webhook says that something happened, not all of it"
    return _queued(
        Message(
            channel=Channel.WEBHOOK,
            key=key,
            endpoint_id=endpoint_id,
            template=event,
            context=context,
            queued_at=now,
            next_try_at=now,
        )
    )


def queue_webhooks(event: str, *, institution_id: int, body: Mapping[str, Any], key: str, now: datetime) -> int:
    """A call to every open endpoint of an institution; returns how many there are."""
    endpoints = Endpoint.objects.open().filter(institution_id=institution_id).values_list("pk", flat=True)
    for endpoint_id in endpoints:
        queue_webhook(endpoint_id, event=event, body=body, key=f"{key}:{endpoint_id}", now=now)
    return len(endpoints)


@transaction.atomic
def retry_dead(message_id: UUID, *, by: Viewer, now: datetime) -> Message:
    """Gives a message that was given up a full new row of attempts."""
    message = Message.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=message_id).first()
    if message is None:
        raise Gone("message", message_id)
    require(access.may(by, Permission.MESSAGE_RETRY))
    require(rules.may_send_again(message.facts()))
    message.state, message.dead_at, message.next_try_at, message.attempts = MessageState.WAITING, None, now, 0
    message.save(update_fields=["state", "dead_at", "next_try_at", "attempts"])
    audit.record("message.retry", subject="message", subject_id=message.pk, by=by.account_id, now=now)
    return message


@transaction.atomic
def register_endpoint(url: str, *, institution_id: int | None, by: Viewer, now: datetime) -> tuple[Endpoint, str]:
    """An endpoint of an institution, or of the person themselves, and its secret, shown here once."""
    assert by.account_id is not None, "an endpoint is registered by a person"
    if institution_id is None:
        require(access.may(by, Permission.SECTOR_SEE, at=NATIONWIDE))
    else:
        require(access.may(by, Permission.TOKEN_MANAGE, at=grants.place_of_institution(institution_id)))
    require(rules.may_register(url, private_allowed=settings.WEBHOOK_ALLOW_PRIVATE))
    owner = {"account_id": by.account_id} if institution_id is None else {"institution_id": institution_id}
    if Endpoint.objects.open().filter(url=url, **owner).exists():
        require(Refused(NotificationRefusal.ENDPOINT_EXISTS))
    secret = secret_token("sonae_hook")
    endpoint = Endpoint.objects.create(
        url=url,
        secret=secret,
        created_at=now,
        created_by_id=by.account_id,
        **owner,
    )
    audit.record(
        "endpoint.register",
        subject="endpoint",
        subject_id=endpoint.pk,
        by=by.account_id,
        now=now,
        institution_id=institution_id,
    )
    return endpoint, secret


@transaction.atomic
def close_endpoint(endpoint_id: UUID, *, by: Viewer, now: datetime) -> Endpoint:
    """Stops calling an endpoint; what still waits for it is given up."""
    endpoint = _own_endpoint(endpoint_id, by=by)
    if endpoint.closed_at is None:
        endpoint.closed_at, endpoint.closed_by_id = now, by.account_id
        endpoint.save(update_fields=["closed_at", "closed_by"])
        audit.record(
            "endpoint.close",
            subject="endpoint",
            subject_id=endpoint.pk,
            by=by.account_id,
            now=now,
            institution_id=endpoint.institution_id,
        )
    return endpoint


@transaction.atomic
def queue_trial(endpoint_id: UUID, *, by: Viewer, now: datetime) -> Message:
    """A call that says nothing, so that its owner sees whether the endpoint answers; one at a time.

    While one waits, asking again lets that one be tried again, unless it was tried a moment ago.
    """
    endpoint = _own_endpoint(endpoint_id, by=by)
    if endpoint.closed_at is not None:
        require(Refused(NotificationRefusal.ENDPOINT_CLOSED))
    waiting = Message.objects.filter(endpoint=endpoint, template=HookEvent.TRIAL, state=MessageState.WAITING).first()
    if waiting is not None:
        rested = Q(last_tried_at=None) | Q(last_tried_at__lte=now - rules.ENDPOINT_RESTS)
        Message.objects.filter(rested, pk=waiting.pk, claim=None, next_try_at__gt=now).update(next_try_at=now)
        return waiting
    return queue_webhook(
        endpoint.pk, event=HookEvent.TRIAL, body={}, key=f"trial:{endpoint.pk}:{now.isoformat()}", now=now
    )


def claim_next(channel: Channel, *, without_endpoints: Collection[UUID] = (), now: datetime) -> Message | None:
    """A due message that from now on is this caller's for the length of the lease, or None.

    The claim is one conditional UPDATE: of several workers that want the same row, one changes it, the others none.
    An attempt is counted here, so that a message that kills its worker is given up in the end as well.
    """
    due = Message.objects.due(now).filter(channel=channel).order_by("next_try_at", "pk")
    if without_endpoints:
        due = due.exclude(endpoint_id__in=list(without_endpoints))
    for candidate in due.values_list("pk", flat=True)[:_CANDIDATES]:
        claim = uuid4()
        won = (
            Message.objects.due(now)
            .filter(pk=candidate)
            .update(claim=claim, claimed_until=now + rules.LEASE, attempts=F("attempts") + 1, last_tried_at=now)
        )
        if won:
            return Message.objects.select_related("account", "endpoint").get(pk=candidate)
    return None


def mark(message: Message, outcome: Outcome, *, now: datetime, spread: float) -> bool:
    """Writes down what came of an attempt; False when the lease had run out and someone else has the message now."""
    step = rules.next_step(outcome, attempts=message.attempts, now=now, spread=spread)
    columns: dict[str, Any] = {
        "state": step.state,
        "next_try_at": step.next_try_at,
        "last_code": rules.without_recipient(outcome.code, address=_address_of(message)),
        "claim": None,
        "claimed_until": None,
    }
    if step.state is MessageState.SENT:
        columns |= {"sent_at": now, "context": {}}
    if step.state is MessageState.DEAD:
        columns |= {"dead_at": now}
    mine = Message.objects.filter(pk=message.pk, claim=message.claim, state=MessageState.WAITING)
    if outcome.kind is OutcomeKind.FAILED and message.endpoint_id is not None:
        _let_rest(message.endpoint_id, until=now + rules.ENDPOINT_RESTS)
    return bool(mine.update(**columns))


def forget_old(*, now: datetime) -> int:
    """Removes messages sent more than 400 days ago; their keys may then be used anew."""
    old = Message.objects.filter(state=MessageState.SENT, sent_at__lt=now - rules.KEPT_FOR)
    return old.filter(pk__in=list(old.values_list("pk", flat=True)[:10_000])).delete()[0]


def _let_rest(endpoint_id: UUID, *, until: datetime) -> None:
    """Puts off what else waits for an endpoint that failed, at no cost of an attempt: it would fail the same way."""
    others = Message.objects.filter(endpoint_id=endpoint_id, state=MessageState.WAITING, claim=None)
    others.filter(next_try_at__lt=until).update(next_try_at=until)


def _mail(template: str, context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    assert mail.is_template(template), f"there is no mail template {mail.template_path(template)}"
    return {"template": template, "context": packing.packed(context), "queued_at": now, "next_try_at": now}


def _queued(message: Message) -> Message:
    # Not get_or_create: a collision inside the caller's transaction must not cost a savepoint, nor the transaction.
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.get(key=message.key)


def _address_of(message: Message) -> str:
    return message.account.email if message.account is not None else message.address


def _own_endpoint(endpoint_id: UUID, *, by: Viewer) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None or (endpoint.account_id != by.account_id and endpoint.institution_id is None):
        raise Gone("endpoint", endpoint_id)
    if endpoint.institution_id is not None:
        require(access.may(by, Permission.TOKEN_MANAGE, at=grants.place_of_institution(endpoint.institution_id)))
    return endpoint
