from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What someone is in the sector. A person may hold several, each at one place."""

    MINISTRY_OFFICER = "ministry_officer"
    INSPECTOR = "inspector"
    PREFECTURE_OFFICER = "prefecture_officer"
    SHARING_ANALYST = "sharing_analyst"
    RESPONDER = "responder"
    INSTITUTION_MANAGER = "institution_manager"
    EXECUTIVE = "executive"
    STAFF = "staff"
    VENDOR = "vendor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Language(StrEnum):
    JAPANESE = "ja"
    ENGLISH = "en"


class AccountRefusal(StrEnum):
    INVITATION_EXPIRED = "invitation_expired"
    INVITATION_USED = "invitation_used"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    INVITATION_FOR_ANOTHER = "invitation_for_another"
    ADDRESS_TAKEN = "address_taken"
    ACCOUNT_CLOSED = "account_closed"
    ADDRESS_INVALID = "address_invalid"
    SECOND_FACTOR_MISSING = "second_factor_missing"
    SECOND_FACTOR_NOT_SHOWN = "second_factor_not_shown"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks: their roles and the places at which they hold them. Built once per request from their grants."""

    account_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    nation: bool = False
    jurisdiction_ids: frozenset[int] = frozenset()
    institution_ids: frozenset[int] = frozenset()
    vendor_ids: frozenset[int] = frozenset()
    # (role, place kind, place id): what `may` decides from; the sets above are its summary for querysets. A role held
    # over a prefecture stands here once more for each jurisdiction in it.
    grants: frozenset[tuple[Role, str, int | None]] = field(default=frozenset())
    # Set when a token speaks: the permissions it carries. A program of an institution has no account.
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    # The one record that somebody without an account was let in to by a link; they hold no role, and no other door
    # opens to them.
    admitted_to: UUID | None = None

    @staticmethod
    def anonymous() -> "Viewer":
        return Viewer()

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def is_program(self) -> bool:
        """A token bound to an institution rather than to a person."""
        return self.account_id is None and self.scopes is not None
