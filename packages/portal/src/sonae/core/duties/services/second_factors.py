"""The duty to set up a second factor: imposed on whoever needs one and has none, settled when it is there."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from sonae.core.access.models import Grant
from sonae.core.accounts import rules as accounts
from sonae.core.accounts.vocabulary import Role
from sonae.core.duties.models import Duty
from sonae.core.duties.services import ending, imposing

RULE = "account.second-factor"
_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


@transaction.atomic
def review_second_factors(*, now: datetime) -> tuple[int, int]:
    """Looks at every account once; returns how many duties were imposed and how many settled."""
    needing_role = [role for role in Role if accounts.needs_second_factor([role])]
    equipped = Authenticator.objects.filter(type__in=_FACTORS).values("user_id")
    settled = 0
    for duty in Duty.objects.open().filter(rule=RULE, account_id__in=equipped):
        settled += ending.settle(
            RULE, subject=duty.subject, subject_id=duty.subject_id, account_id=duty.account_id, now=now
        )
    owing = Duty.objects.open().filter(rule=RULE).values("account_id")
    lacking = (
        Grant.objects.in_force(now)
        .filter(role__in=needing_role, account__is_active=True)
        .exclude(account_id__in=equipped)
        .exclude(account_id__in=owing)
        .values_list("account_id", flat=True)
        .distinct()
    )
    imposed = 0
    for account_id in lacking:
        # Whoever took the factor away again owes it again.
        imposing.impose(
            RULE, account_id=account_id, subject="account", subject_id=account_id, known_at=now, now=now,
            occasion=now.isoformat(),
        )  # fmt: skip
        imposed += 1
    return imposed, settled
