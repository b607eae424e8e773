"""When the link by which a vendor answers may be sent, and whether it still opens."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sonae.core.instruments.vocabulary import LinkRefusal, LinkState, ResponseState
from sonae.kernel.decision import ALLOWED, Decision, Refused

# A vendor asks around in its own house: two weeks, and the institution can send another.
LINK_LASTS = timedelta(days=14)
# Mails to one vendor about one response in a day: reminders, and an address that was mistyped; no more.
MOST_LINKS = 5
# Mails of one institution to all its vendors together in a day: nobody writes to the world by its name.
MOST_LINKS_OF_INSTITUTION = 50
LINKS_COUNT_FOR = timedelta(days=1)
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What became of a link so far."""

    expires_at: datetime
    opened_at: datetime | None = None
    replaced_at: datetime | None = None
    revoked_at: datetime | None = None


def state_of(link: LinkFacts, *, now: datetime) -> LinkState:
    """Where a link is; one that was taken back or gave way stays so, however old it grows."""
    if link.revoked_at:
        return LinkState.REVOKED
    if link.replaced_at:
        return LinkState.REPLACED
    if now >= link.expires_at:
        return LinkState.EXPIRED
    return LinkState.OPENED if link.opened_at else LinkState.SENT


_CLOSED = {
    LinkState.OPENED: LinkRefusal.USED,
    LinkState.REPLACED: LinkRefusal.REPLACED,
    LinkState.REVOKED: LinkRefusal.REVOKED,
    LinkState.EXPIRED: LinkRefusal.EXPIRED,
}


def may_open(link: LinkFacts, *, now: datetime) -> Decision:
    """Whether the link of a mail still opens; each works once."""
    state = state_of(link, now=now)
    return ALLOWED if state is LinkState.SENT else Refused(_CLOSED[state], {"expired_at": link.expires_at})


def lets_in(link: LinkFacts, *, now: datetime) -> bool:
    """Whether whoever opened the link may go on."""
    return state_of(link, now=now) is LinkState.OPENED


def why_outside(link: LinkFacts, *, now: datetime) -> Refused:
    """Why whoever opened the link is outside now."""
    return Refused(_CLOSED[state_of(link, now=now)], {"expired_at": link.expires_at})


def holds(*, works_here: bool, sender_answers: bool) -> Decision:
    """Whether a link still rests on what it was sent on: the vendor works for the institution, and whoever sent the
    link may still answer there."""
    if not works_here:
        return Refused(LinkRefusal.VENDOR_ENDED)
    return ALLOWED if sender_answers else Refused(LinkRefusal.SENDER_LEFT)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """For whom a link would be sent, and how many were lately: for the response, and by the institution for all."""

    is_of_vendor: bool
    works_here: bool
    for_response: int
    by_institution: int


def may_send(facts: SendFacts, *, name: str) -> Decision:
    """Whether a link may be sent: to a vendor that works there, to somebody with a name, and not without end."""
    if not facts.is_of_vendor:
        return Refused(LinkRefusal.NOT_FOR_A_VENDOR)
    if not facts.works_here:
        return Refused(LinkRefusal.VENDOR_ENDED)
    if facts.for_response >= MOST_LINKS:
        return Refused(LinkRefusal.TOO_MANY, {"most": MOST_LINKS})
    if facts.by_institution >= MOST_LINKS_OF_INSTITUTION:
        return Refused(LinkRefusal.TOO_MANY_HERE, {"most": MOST_LINKS_OF_INSTITUTION})
    return may_be_named(name)


def may_be_named(name: str) -> Decision:
    """Whether a mail may begin with this name: it leads nowhere and stays in its line."""
    if not name.strip() or len(name) > LONGEST_NAME:
        return Refused(LinkRefusal.NAME_MISSING, {"most": LONGEST_NAME})
    plain = unicodedata.normalize("NFKC", name.strip()).lower()
    leads_away = "://" in plain or "www." in plain or len(plain.splitlines()) > 1
    return Refused(LinkRefusal.NAME_NO_NAME) if leads_away else ALLOWED


def may_sign(*, name: str, position: str) -> Decision:
    """Whether a vendor says who submits: a name and a position, each of which fits its field."""
    is_said = all(text.strip() and len(text) <= LONGEST_NAME for text in (name, position))
    return ALLOWED if is_said else Refused(LinkRefusal.SIGNATURE_MISSING, {"most": LONGEST_NAME})


def may_return_to_vendor(state: ResponseState, *, is_signed_by_vendor: bool) -> Decision:
    """Whether the institution may give back what its vendor handed in, before anybody else decided about it."""
    if state is ResponseState.SUBMITTED and is_signed_by_vendor:
        return ALLOWED
    return Refused(LinkRefusal.NOT_BY_VENDOR, {"state": state})
