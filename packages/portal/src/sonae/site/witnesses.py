"""Others hear that power over many was given: a role nationwide or over a prefecture, or one from outside its place."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from sonae.core.access import queries, rules
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Place
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions import queries as register
from sonae.core.notifications import services as notifications


def tell_of_invitation(invitation: Invitation, role: Role, *, by: Viewer | None, at: Place, now: datetime) -> None:
    """Queues a mail about an invitation to whoever else could have sent it; `by` is None on the command line."""
    context = {"name": invitation.name, "address": invitation.email, "path": reverse("grants:invitations")}
    _tell(role, context | {"is_invitation": True}, by=by, at=at, key=f"role:{invitation.pk}", now=now)


def tell_of_grant(grant: Grant, account: Account, *, by: Viewer, at: Place, now: datetime) -> None:
    """Queues a mail about a role given to an account that exists to whoever else could have given it."""
    path = reverse("accounts:detail", args=[account.pk])
    context = {"name": account.name, "address": account.email, "path": path, "is_invitation": False}
    _tell(Role(grant.role), context, by=by, at=at, key=f"role:{grant.pk}", now=now)


def _tell(role: Role, context: dict[str, Any], *, by: Viewer | None, at: Place, key: str, now: datetime) -> None:
    if not rules.is_witnessed(role, at=at, by=by):
        return
    giver = Account.objects.filter(pk__in=[by.account_id]).first() if by else None
    said = context | {"role": role, "giver": giver.name if giver else ""}
    told = _witnesses(at, now=now)
    notifications.queue_mails(
        "site/role_given",
        to=[notifications.Recipient(one, said, f"{key}:{one}") for one in told if giver is None or one != giver.pk],
        now=now,
    )


def _witnesses(at: Place, *, now: datetime) -> list[UUID]:
    """The managers of the institution; of a role that reaches further, the officers.

    Of a role at a vendor also the managers of the institutions it serves: what is shared with them, its people read.
    """
    if at.institution_id is not None:
        found = list(queries.holders([Role.INSTITUTION_MANAGER], now=now, institution_id=at.institution_id))
    else:
        found = list(queries.holders([Role.MINISTRY_OFFICER], now=now))
    if at.vendor_id is not None:
        served = register.served_by(at.vendor_id)
        managers = Grant.objects.in_force(now).filter(role=Role.INSTITUTION_MANAGER, institution_id__in=served)
        found += Account.objects.filter(is_active=True, pk__in=managers.values("account_id"))
    return list(dict.fromkeys(account.pk for account in found))
