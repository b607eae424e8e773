"""Who may do what, where: one matrix and one question.

A role is held at a place. `may` asks whether any grant of the viewer both carries the permission and reaches the place.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sonae.core.access.vocabulary import AccessRefusal, Permission, Place, PlaceKind, Reach
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal

P = Permission

type Held = tuple[Role, str, int | None]

_EVERYONE = frozenset({P.HOME_SEE, P.REGISTER_READ, P.BULLETIN_READ, P.DUTY_READ, P.ADVISORY_READ})

MATRIX: dict[Role, frozenset[Permission]] = {
    # Sees the sector and releases; sees neither a hospital's assets nor what collectors saw one by one.
    Role.MINISTRY_OFFICER: _EVERYONE
    | {
        P.SECTOR_SEE,
        P.REGISTER_CHANGE,
        P.REGISTER_IMPORT,
        P.CONTACT_READ,
        P.ACCOUNT_READ,
        P.ACCOUNT_INVITE,
        P.GRANT_CHANGE,
        P.EVIDENCE_READ,
        P.CATALOGUE_IMPORT,
        P.INSTRUMENT_PUBLISH,
        P.RESPONSE_READ,
        P.RESPONSE_DECIDE,
        P.SURVEY_READ,
        P.SURVEY_CONDUCT,
        P.SURVEY_FOLLOW_UP,
        P.DUTY_WAIVE,
        P.DUTY_REDATE,
        P.BULLETIN_WRITE,
        P.BULLETIN_ISSUE,
        P.BULLETIN_REACH,
        P.ADVISORY_STATE,
        P.EXPOSURE_COUNT,
        P.INDICATOR_READ,
        P.SIGHTING_COUNT,
        P.INCIDENT_READ,
        P.INCIDENT_REPORT,
        P.DISCLOSURE_READ,
        P.DISCLOSURE_RELEASE,
        P.DOCUMENT_READ,
        P.DOCUMENT_STORE,
    },
    Role.INSPECTOR: _EVERYONE
    | {
        P.SECTOR_SEE,
        P.DUTY_REDATE,
        P.CONTACT_READ,
        P.EVIDENCE_READ,
        P.RESPONSE_READ,
        P.RESPONSE_DECIDE,
        P.SURVEY_READ,
        P.INSPECTION_READ,
        P.INSPECTION_CONDUCT,
        P.EXPOSURE_READ,
        P.EVIDENCE_FILE,
        P.BULLETIN_REACH,
        P.INCIDENT_READ,
        P.INCIDENT_REPORT,
        P.DOCUMENT_READ,
        P.DOCUMENT_STORE,
    },
    # Follows up a territory with all its inspecting bodies; inspects nobody. It writes what the follow-up of a survey
    # is: calls, and answers that an institution gave by another way (ADR 0019).
    Role.PREFECTURE_OFFICER: _EVERYONE
    | {
        P.SECTOR_SEE,
        P.CONTACT_READ,
        P.EVIDENCE_READ,
        P.RESPONSE_READ,
        P.SURVEY_READ,
        P.SURVEY_FOLLOW_UP,
        P.INSPECTION_READ,
        P.BULLETIN_REACH,
        P.INCIDENT_READ,
        P.DOCUMENT_READ,
    },
    Role.SHARING_ANALYST: _EVERYONE
    | {
        P.SECTOR_SEE,
        P.BULLETIN_WRITE,
        P.BULLETIN_ISSUE,
        P.BULLETIN_REACH,
        P.ADVISORY_STATE,
        P.EXPOSURE_COUNT,
        P.FEED_MANAGE,
        P.INDICATOR_READ,
        P.INDICATOR_PUBLISH,
        P.SIGHTING_COUNT,
        P.INCIDENT_READ,
        P.DISCLOSURE_READ,
        P.DISCLOSURE_DRAFT,
        P.DISCLOSURE_RELEASE,
        P.DOCUMENT_STORE,
    },
    Role.RESPONDER: _EVERYONE
    | {
        P.CONTACT_READ,
        P.INDICATOR_READ,
        P.INCIDENT_READ,
        P.INCIDENT_REPORT,
        P.INCIDENT_CHANGE,
        P.DOCUMENT_READ,
        P.DOCUMENT_STORE,
    },
    Role.INSTITUTION_MANAGER: _EVERYONE
    | {
        P.CONTACT_READ,
        P.CONTACT_CHANGE,
        P.ACCOUNT_READ,
        P.ACCOUNT_INVITE,
        P.GRANT_CHANGE,
        P.TOKEN_MANAGE,
        P.EVIDENCE_READ,
        P.RESPONSE_READ,
        P.RESPONSE_ANSWER,
        P.SURVEY_READ,
        P.INSPECTION_PREPARE,
        P.INSPECTION_READ,
        P.INSPECTION_CORRECT,
        P.EVIDENCE_FILE,
        P.DUTY_FULFIL,
        P.BULLETIN_ACKNOWLEDGE,
        P.ASSET_READ,
        P.ASSET_CHANGE,
        P.EXPOSURE_READ,
        P.EXPOSURE_ANSWER,
        P.INDICATOR_READ,
        P.COLLECTOR_MANAGE,
        P.SIGHTING_READ,
        P.INCIDENT_READ,
        P.INCIDENT_REPORT,
        P.INCIDENT_CHANGE,
        P.INCIDENT_CLOSE,
        P.DOCUMENT_READ,
        P.DOCUMENT_STORE,
    },
    Role.EXECUTIVE: _EVERYONE
    | {
        P.CONTACT_READ,
        P.EVIDENCE_READ,
        P.RESPONSE_READ,
        P.SURVEY_READ,
        P.INSPECTION_PREPARE,
        P.INSPECTION_READ,
        P.BULLETIN_ACKNOWLEDGE,
        P.ASSET_READ,
        P.EXPOSURE_READ,
        P.EXPOSURE_ANSWER,
        P.SIGHTING_READ,
        P.INCIDENT_READ,
        P.INCIDENT_REPORT,
        P.DOCUMENT_READ,
    },
    Role.STAFF: _EVERYONE | {P.INCIDENT_REPORT},
    Role.VENDOR: frozenset({P.HOME_SEE, P.DUTY_READ, P.BULLETIN_READ, P.ADVISORY_READ}),
    # Runs the machine; reads no incident, no evidence, no contact.
    Role.OPERATOR: frozenset(
        {
            P.HOME_SEE,
            P.REGISTER_READ,
            P.REGISTER_CHANGE,
            P.REGISTER_IMPORT,
            P.CATALOGUE_IMPORT,
            P.ACCOUNT_READ,
            P.ACCOUNT_INVITE,
            P.GRANT_CHANGE,
            P.JOB_READ,
            P.JOB_MANAGE,
            P.MESSAGE_READ,
            P.MESSAGE_RETRY,
            P.ADVISORY_READ,
            P.FEED_MANAGE,
            P.BULLETIN_READ,
            P.DUTY_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.HOME_SEE,
            P.SECTOR_SEE,
            P.REGISTER_READ,
            P.AUDIT_READ,
            P.ACCOUNT_READ,
            P.JOB_READ,
            P.ADVISORY_READ,
            P.BULLETIN_READ,
            P.BULLETIN_REACH,
            P.DUTY_READ,
        }
    ),
}

# What a person's token may never do: hand out power, or release something in a person's name.
PERSON_TOKEN_SCOPES = frozenset(P) - {
    P.GRANT_CHANGE,
    P.TOKEN_MANAGE,
    P.ACCOUNT_INVITE,
    P.DISCLOSURE_RELEASE,
    P.COLLECTOR_EXCHANGE,
}
# What a program of an institution may do without a person behind it.
PROGRAM_TOKEN_SCOPES = frozenset({P.COLLECTOR_EXCHANGE, P.EVIDENCE_FILE, P.ASSET_READ, P.ASSET_CHANGE, P.BULLETIN_READ})

PLACE_OF_ROLE: dict[Role, PlaceKind] = {
    Role.MINISTRY_OFFICER: PlaceKind.NATION,
    Role.INSPECTOR: PlaceKind.JURISDICTION,
    Role.PREFECTURE_OFFICER: PlaceKind.PREFECTURE,
    Role.SHARING_ANALYST: PlaceKind.NATION,
    Role.RESPONDER: PlaceKind.NATION,
    Role.INSTITUTION_MANAGER: PlaceKind.INSTITUTION,
    Role.EXECUTIVE: PlaceKind.INSTITUTION,
    Role.STAFF: PlaceKind.INSTITUTION,
    Role.VENDOR: PlaceKind.VENDOR,
    Role.OPERATOR: PlaceKind.NATION,
    Role.AUDITOR: PlaceKind.NATION,
}

# Who may hand out which role. Whoever runs the machine gives nobody a role that reads what they do not; the first
# officers of an installation come from the command line. Officers found institutions and appoint who reviews them: of a
# role that reaches further others hear (`is_witnessed`). Every link goes by mail only: whoever invites must not be both
# persons, nor see by opening it whether an account has the address.
MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.OPERATOR: frozenset({Role.OPERATOR, Role.VENDOR}),
    Role.MINISTRY_OFFICER: frozenset(
        {
            Role.MINISTRY_OFFICER,
            Role.INSPECTOR,
            Role.PREFECTURE_OFFICER,
            Role.SHARING_ANALYST,
            Role.RESPONDER,
            Role.INSTITUTION_MANAGER,
            Role.AUDITOR,
        }
    ),
    Role.INSTITUTION_MANAGER: frozenset({Role.INSTITUTION_MANAGER, Role.EXECUTIVE, Role.STAFF}),
}

# Sees nothing of the sector's content, whatever place their grant names.
_CONTENT_BLIND = frozenset({Role.OPERATOR, Role.AUDITOR})


def over_prefectures(held: Collection[Held], bodies: Mapping[int, Iterable[int]]) -> frozenset[Held]:
    """These grants, and each one over a prefecture once more for every jurisdiction in it (`bodies`: ids by code)."""
    over = ((role, place_id) for role, kind, place_id in held if kind == PlaceKind.PREFECTURE and place_id is not None)
    within = ((role, PlaceKind.JURISDICTION.value, body) for role, code in over for body in bodies.get(code, ()))
    return frozenset(held) | frozenset(within)


def as_held(viewer: Viewer) -> frozenset[Held]:
    """The viewer's grants as they were given: a prefecture without its jurisdictions."""
    return frozenset(grant for grant in viewer.grants if grant[1] == PLACE_OF_ROLE[grant[0]])


def prefecture_of(place_id: int) -> Prefecture:
    """The prefecture that a grant names by this number."""
    return Prefecture(f"{place_id:02}")


def may(viewer: Viewer, permission: Permission, *, at: Place | None = None) -> Decision:
    """Whether `viewer` may do this; with `at`, whether they may do it there.

    Without a place the question is "anywhere at all?", which is what menus and list pages ask.
    """
    if viewer.scopes is not None and permission not in viewer.scopes:
        return Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": permission})
    if viewer.is_program:
        reached = at is None or at.institution_id in viewer.institution_ids
        return ALLOWED if reached else Refused(AccessRefusal.OTHER_INSTITUTION)
    if not viewer.is_signed_in:
        return Refused(AccessRefusal.SIGN_IN_FIRST)
    holding = [grant for grant in viewer.grants if permission in MATRIX[grant[0]]]
    if not holding:
        return Refused(AccessRefusal.ROLE_LACKS_PERMISSION, {"permission": permission})
    if at is None or any(_reaches(kind, place_id, at) for _, kind, place_id in holding):
        return ALLOWED
    return Refused(AccessRefusal.OTHER_INSTITUTION)


def reach(viewer: Viewer, permission: Permission) -> Reach:
    """Everywhere `viewer` may do this: what a queryset of rows that belong to institutions is cut down to.

    A person who manages one institution and works at another reaches only what each role allows at its own place.
    """
    if viewer.scopes is not None and permission not in viewer.scopes:
        return Reach()
    if viewer.is_program:
        return Reach(institution_ids=viewer.institution_ids)
    held = [(kind, place_id) for role, kind, place_id in viewer.grants if permission in MATRIX[role]]

    def places(wanted: PlaceKind) -> frozenset[int]:
        return frozenset(place_id for kind, place_id in held if kind == wanted and place_id is not None)

    return Reach(
        nation=any(kind == PlaceKind.NATION for kind, _ in held),
        jurisdiction_ids=places(PlaceKind.JURISDICTION),
        institution_ids=places(PlaceKind.INSTITUTION),
    )


def may_grant(viewer: Viewer, role: Role, *, at: Place, to_self: bool) -> Decision:
    """Whether `viewer` may give `role` at this place to someone; nobody gives a role to themselves."""
    if viewer.scopes is not None:
        return Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.GRANT_CHANGE})
    if to_self:
        return Refused(AccessRefusal.OWN_GRANT)
    if not place_fits(role, at):
        return Refused(AccessRefusal.GRANT_NEEDS_PLACE)
    for own, kind, place_id in viewer.grants:
        if role in MAY_GRANT.get(own, frozenset()) and _reaches(kind, place_id, at):
            return ALLOWED
    return Refused(AccessRefusal.MAY_NOT_GRANT_ROLE, {"role": role})


def is_witnessed(role: Role, *, at: Place, by: Viewer | None) -> bool:
    """Whether others hear of this role: one that reaches many institutions, or is given from outside its own."""
    match PLACE_OF_ROLE[role]:
        case PlaceKind.INSTITUTION:
            own = {place_id for _, kind, place_id in by.grants if kind == PlaceKind.INSTITUTION} if by else set()
            return at.institution_id not in own
    return True


def grantable(viewer: Viewer) -> frozenset[Role]:
    """Every role that `viewer` may give somewhere."""
    if viewer.scopes is not None:
        return frozenset()
    return frozenset().union(*(MAY_GRANT.get(role, frozenset()) for role in viewer.roles))


def may_close(viewer: Viewer, held: Iterable[tuple[Role, Place]], *, is_self: bool) -> Decision:
    """Whether `viewer` may close an account that holds these roles: whoever could end every one of them."""
    return first_refusal(
        Refused(AccessRefusal.OWN_GRANT) if is_self else ALLOWED,
        may(viewer, Permission.GRANT_CHANGE),
        *(may_grant(viewer, role, at=at, to_self=False) for role, at in held),
    )


def place_fits(role: Role, at: Place) -> bool:
    """Whether the place names exactly what this role is held at."""
    kind = PLACE_OF_ROLE[role]
    return {
        PlaceKind.NATION: at == Place(),
        PlaceKind.PREFECTURE: at.prefecture is not None and at == Place(prefecture=at.prefecture),
        PlaceKind.JURISDICTION: at.jurisdiction_id is not None and at.institution_id is None,
        PlaceKind.INSTITUTION: at.institution_id is not None,
        PlaceKind.VENDOR: at.vendor_id is not None,
    }[kind]


def token_opens(*, expires_at: datetime, revoked_at: datetime | None, now: datetime) -> Decision:
    """Whether a token still opens anything."""
    if revoked_at is not None:
        return Refused(AccessRefusal.TOKEN_REVOKED, {"revoked_at": revoked_at})
    if now >= expires_at:
        return Refused(AccessRefusal.TOKEN_EXPIRED, {"expired_at": expires_at})
    return ALLOWED


def may_carry(scopes: Iterable[Permission], *, program: bool) -> Decision:
    """Whether a token of this kind may carry these permissions."""
    surplus = sorted(set(scopes) - (PROGRAM_TOKEN_SCOPES if program else PERSON_TOKEN_SCOPES))
    return Refused(AccessRefusal.SCOPE_NOT_FOR_TOKENS, {"scope": ", ".join(surplus)}) if surplus else ALLOWED


def may_issue_own_token(viewer: Viewer) -> Decision:
    """Whether `viewer` may make a token that speaks for them: a person at a page, never a token."""
    if viewer.scopes is not None:
        return Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.TOKEN_MANAGE})
    return ALLOWED if viewer.is_signed_in else Refused(AccessRefusal.SIGN_IN_FIRST)


def sees_nation(grants: Iterable[Held]) -> bool:
    """Whether some grant lets its holder read the sector's content nationwide."""
    return any(kind == PlaceKind.NATION and role not in _CONTENT_BLIND for role, kind, _ in grants)


def _reaches(kind: str, place_id: int | None, at: Place) -> bool:
    return {
        PlaceKind.NATION: True,
        # The prefecture itself: of what lies in it, the grants over its jurisdictions tell.
        PlaceKind.PREFECTURE: at.prefecture is not None and place_id == int(at.prefecture),
        PlaceKind.JURISDICTION: place_id is not None and place_id == at.jurisdiction_id,
        PlaceKind.INSTITUTION: place_id is not None and place_id == at.institution_id,
        PlaceKind.VENDOR: place_id is not None and place_id == at.vendor_id,
    }[PlaceKind(kind)]
