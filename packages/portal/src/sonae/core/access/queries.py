from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sonae.core.access import rules
from sonae.core.access.models import ApiToken, Grant
from sonae.core.access.vocabulary import AccessRefusal, Permission, PlaceKind
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.models import Jurisdiction
from sonae.kernel.decision import Refused, require
from sonae.kernel.ids import digest


def viewer_of(account_id: UUID, *, now: datetime) -> Viewer:
    """The viewer this person is at this moment: one query over their grants, and one more for who has a prefecture."""
    held = frozenset(
        (Role(grant.role), grant.kind, grant.place_id())
        for grant in Grant.objects.in_force(now).filter(account_id=account_id)
    )
    grants = rules.over_prefectures(held, _bodies_in(held))

    def places(kind: PlaceKind) -> frozenset[int]:
        return frozenset(place for _, held_at, place in grants if held_at == kind and place is not None)

    return Viewer(
        account_id=account_id,
        roles=frozenset(role for role, _, _ in grants),
        nation=rules.sees_nation(grants),
        jurisdiction_ids=places(PlaceKind.JURISDICTION),
        institution_ids=places(PlaceKind.INSTITUTION),
        vendor_ids=places(PlaceKind.VENDOR),
        grants=grants,
    )


def viewer_of_orderer(account: Account, *, now: datetime) -> Viewer:
    """What somebody may do at this moment who ordered a long work earlier: nothing once the account is closed."""
    return viewer_of(account.pk, now=now) if account.is_active else Viewer(account_id=account.pk)


def viewer_of_token(secret: str, *, now: datetime) -> Viewer:
    """The viewer behind a token: its institution's program, or its person cut down to the token's scopes."""
    token = ApiToken.objects.filter(secret_digest=digest(secret)).first()
    if token is None:
        require(Refused(AccessRefusal.TOKEN_UNKNOWN))
    assert token is not None
    require(rules.token_opens(expires_at=token.expires_at, revoked_at=token.revoked_at, now=now))
    scopes = frozenset(token.scopes)
    if token.account_id:
        if not Account.objects.filter(pk=token.account_id, is_active=True).exists():
            require(Refused(AccessRefusal.TOKEN_UNKNOWN))
        return replace(viewer_of(token.account_id, now=now), scopes=scopes, token_id=token.pk)
    assert token.institution_id is not None
    return Viewer(institution_ids=frozenset({token.institution_id}), scopes=scopes, token_id=token.pk)


def holders(
    roles: Iterable[Role],
    *,
    now: datetime,
    institution_id: int | None = None,
    jurisdiction_id: int | None = None,
) -> list[Account]:
    """Everyone who holds one of these roles at exactly this place (none named: nationwide), oldest account first."""
    grants = Grant.objects.in_force(now).filter(role__in=list(roles))
    if institution_id is not None:
        grants = grants.filter(institution_id=institution_id)
    elif jurisdiction_id is not None:
        grants = grants.filter(jurisdiction_id=jurisdiction_id)
    else:
        grants = grants.filter(kind=PlaceKind.NATION)
    return list(
        Account.objects.filter(Q(pk__in=grants.values("account_id")), is_active=True).order_by("created_at", "pk")
    )


def accounts_visible_to(viewer: Viewer) -> QuerySet[Account]:
    """The people whose grants the viewer may see, past ones included, and the viewer themselves."""
    if rules.reach(viewer, Permission.ACCOUNT_READ).nation:
        return Account.objects.all()
    return Account.objects.filter(pk__in=Grant.objects.visible_to(viewer).values("account_id"))


def _bodies_in(held: Collection[rules.Held]) -> dict[int, list[int]]:
    """The jurisdictions in each prefecture that these grants name."""
    named = [
        rules.prefecture_of(place_id)
        for _, kind, place_id in held
        if kind == PlaceKind.PREFECTURE and place_id is not None
    ]
    found: dict[int, list[int]] = defaultdict(list)
    if named:
        for code, body in Jurisdiction.objects.filter(prefecture__in=named).values_list("prefecture", "pk"):
            found[int(code)].append(body)
    return found
