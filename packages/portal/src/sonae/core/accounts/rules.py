"""Who needs a second factor, and whether an invitation still opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sonae.core.accounts.vocabulary import AccountRefusal, Role
from sonae.kernel.decision import ALLOWED, Decision, Refused

INVITATION_LASTS = timedelta(days=7)
# Ward staff share terminals and vendors come by one-time link; everyone else decides something for others.
WITHOUT_SECOND_FACTOR = frozenset({Role.STAFF, Role.VENDOR})


def needs_second_factor(roles: Iterable[Role]) -> bool:
    return bool(frozenset(roles) - WITHOUT_SECOND_FACTOR)


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    expires_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None


def may_accept(invitation: InvitationFacts, *, now: datetime) -> Decision:
    if invitation.accepted_at:
        return Refused(AccountRefusal.INVITATION_USED)
    if invitation.withdrawn_at:
        return Refused(AccountRefusal.INVITATION_WITHDRAWN)
    if now >= invitation.expires_at:
        return Refused(AccountRefusal.INVITATION_EXPIRED, {"expired_at": invitation.expires_at})
    return ALLOWED


def is_for(invited: str, *, own: str) -> Decision:
    """Whether an invitation to the first address is for whoever has an account with the second."""
    return ALLOWED if invited.strip().lower() == own.strip().lower() else Refused(AccountRefusal.INVITATION_FOR_ANOTHER)
