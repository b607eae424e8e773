from datetime import datetime
from typing import ClassVar, Self
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.notifications import rules
from sonae.core.notifications.vocabulary import Channel, MessageFacts, MessageState
from sonae.kernel.ids import new_id


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """A person's own endpoints and those of the institutions whose keys they manage; operators see no others.

        An address of a webhook often is a key itself: whoever has it can write into the place it leads to. And its
        calls tell what happened at the institution.
        """
        own = Q(account_id=viewer.account_id) if viewer.account_id else Q(pk__in=[])
        managed = access.reach(viewer, Permission.TOKEN_MANAGE).institution_ids
        return self.filter(own | Q(institution_id__in=managed))

    def open(self) -> Self:
        return self.filter(closed_at=None)


class Endpoint(models.Model):
    """An address of an institution, or of a person, that is called when something happens."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    url = models.CharField(max_length=500)
    # Kept in the clear, because a signature needs it; shown once, to whoever registers the endpoint.
    secret = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[EndpointQuerySet] = EndpointQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="endpoint_belongs_to_one",
                condition=Q(institution__isnull=True, account__isnull=False)
                | Q(institution__isnull=False, account__isnull=True),
            ),
            models.CheckConstraint(
                name="endpoint_closed_at_and_by",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["institution", "url"], condition=Q(closed_at=None), name="endpoint_once_per_institution"
            ),
            models.UniqueConstraint(
                fields=["account", "url"], condition=Q(closed_at=None), name="endpoint_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Own messages, and those to endpoints of one's institutions; all for operators, who are shown neither what a
        message is about nor whom it is for.
        """
        if Role.OPERATOR in viewer.roles:
            return self
        own = Q(account_id=viewer.account_id) if viewer.account_id else Q(pk__in=[])
        managed = access.reach(viewer, Permission.TOKEN_MANAGE).institution_ids
        return self.filter(own | Q(endpoint__institution_id__in=managed))

    def due(self, now: datetime) -> Self:
        """Waiting, their moment come, and in no living worker's hands."""
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        return self.filter(free, state=MessageState.WAITING, next_try_at__lte=now)


class Message(models.Model):
    """One message to one recipient, written in the transaction of what it tells about and sent after it."""

    # Random, not by time: operators see the id, and the moment of a message tells which report it followed.
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    channel = models.CharField(max_length=8)  # Channel
    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    address = models.EmailField(blank=True)  # for people who have no account yet
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, null=True, related_name="+")
    template = models.CharField(max_length=80)  # for a webhook: the event
    # What the template says; emptied when the message has gone, since links in it may open something.
    context = models.JSONField(default=dict)
    language = models.CharField(max_length=2, blank=True)  # accounts.Language; blank: the account's own when it is sent
    queued_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=MessageState.WAITING)  # MessageState
    next_try_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_tried_at = models.DateTimeField(null=True)
    last_code = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-queued_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], name="message_due", condition=Q(state="waiting")),
            models.Index(fields=["state", "-queued_at"], name="message_by_state"),
            models.Index(fields=["account", "-queued_at"], name="message_by_account"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="message_state_and_moments_agree",
                condition=Q(state="waiting", sent_at=None, dead_at=None, next_try_at__isnull=False)
                | Q(state="sent", sent_at__isnull=False, dead_at=None, next_try_at=None)
                | Q(state="dead", sent_at=None, dead_at__isnull=False, next_try_at=None),
            ),
            models.CheckConstraint(
                name="message_has_one_recipient",
                condition=Q(channel="mail", account__isnull=False, address="", endpoint=None)
                | (Q(channel="mail", account=None, endpoint=None) & ~Q(address=""))
                | Q(channel="webhook", account=None, address="", endpoint__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.template}"

    @property
    def message_channel(self) -> Channel:
        return Channel(self.channel)

    @property
    def domain(self) -> str:
        """Where the message goes, as far as whoever repairs the way needs to know."""
        if self.endpoint is not None:
            return urlsplit(self.endpoint.url).hostname or ""
        address = self.account.email if self.account is not None else self.address
        return address.rpartition("@")[2]

    @property
    def queued_hour(self) -> datetime | None:
        """When it was queued, as far as whoever repairs the way needs to know."""
        return rules.to_the_hour(self.queued_at)

    def facts(self) -> MessageFacts:
        return MessageFacts(MessageState(self.state), self.attempts)
