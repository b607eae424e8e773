"""Who may read a bulletin at which TLP, and when it may be issued, acknowledged or withdrawn."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sonae.core.bulletins.vocabulary import Audience, BulletinRefusal, BulletinState, Content, Reach, Relation, Stage
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal

# FIRST, TLP 2.0, in the words of this sector. RED: the eyes of those who decide at the recipients, no further.
# AMBER+STRICT: the recipient's own organisation. AMBER: also those it works with.
# GREEN: the community.
READERS: dict[Tlp, frozenset[Relation]] = {
    Tlp.RED: frozenset({Relation.ISSUER, Relation.DECIDER}),
    Tlp.AMBER_STRICT: frozenset({Relation.ISSUER, Relation.DECIDER, Relation.MEMBER}),
    Tlp.AMBER: frozenset(Relation) - {Relation.COMMUNITY},
    Tlp.GREEN: frozenset(Relation),
    Tlp.CLEAR: frozenset(Relation),
}
# A mail travels unencrypted: only what the whole community may know stands in it.
MAY_STAND_IN_MAIL = frozenset({Tlp.GREEN, Tlp.CLEAR})
# Looking at these is written down.
READS_ARE_RECORDED = frozenset({Tlp.RED, Tlp.AMBER_STRICT})

# Maker and product of a ledger, each as long as it may be there, and room for letters that fold into several.
LONGEST_PRODUCT_KEY = 300


@dataclass(frozen=True, slots=True)
class BulletinFacts:
    state: BulletinState
    tlp: Tlp
    content: Content
    audience: Audience
    acknowledge_by: datetime | None
    source: str = ""
    authors: frozenset[UUID] = frozenset()
    names: tuple[str, ...] = ()  # institutions whose name stands in the text


def readable_by(relation: Relation) -> frozenset[Tlp]:
    """Every TLP at which someone in this relation may read."""
    return frozenset(tlp for tlp, relations in READERS.items() if relation in relations)


def may_read(tlp: Tlp, state: BulletinState, relations: Iterable[Relation]) -> Decision:
    """Whether someone in these relations to a bulletin may read it; drafts are for those who write."""
    allowed = frozenset({Relation.ISSUER}) if state is BulletinState.DRAFT else READERS[tlp]
    return ALLOWED if allowed & frozenset(relations) else Refused(BulletinRefusal.NOT_FOR_YOU)


def product_key(text: str) -> str:
    """The one spelling of a maker and product: width, case and blanks do not tell two products apart."""
    # Folding may undo what was composed: hence composed again, so that a key is its own key.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())[:LONGEST_PRODUCT_KEY].rstrip()


def may_revise(state: BulletinState) -> Decision:
    return ALLOWED if state is BulletinState.DRAFT else Refused(BulletinRefusal.NOT_A_DRAFT)


def may_address(audience: Audience) -> Decision:
    """Whether the conditions of an audience can hold together at all."""
    if audience.beds_from is not None and audience.beds_to is not None and audience.beds_from > audience.beds_to:
        return Refused(BulletinRefusal.BEDS_REVERSED, {"beds_from": audience.beds_from, "beds_to": audience.beds_to})
    return ALLOWED


def may_issue(bulletin: BulletinFacts, *, by: UUID | None, reaches: int, k: int, now: datetime) -> Decision:
    """Whether this person may issue a draft that reaches this many institutions.

    Another person than its authors issues it: no list of names finds every way to say whose attack it was. By a
    product it reaches at least `k` institutions, or whoever writes it could ask who owns what. What another room wrote
    has been through that room's own rules.
    """
    return first_refusal(
        may_be_issued(bulletin, now=now),
        reaches_its_audience(bulletin, reaches=reaches, k=k),
        is_issued_by_another(bulletin, by=by),
    )


def may_be_issued(bulletin: BulletinFacts, *, now: datetime) -> Decision:
    """Whether a bulletin as written is a whole draft."""
    content = bulletin.content
    if bulletin.state is not BulletinState.DRAFT:
        return Refused(BulletinRefusal.NOT_A_DRAFT)
    if not (content.title_ja.strip() and content.title_en.strip()):
        return Refused(BulletinRefusal.TITLE_MISSING)
    if not (content.body_ja.strip() and content.body_en.strip()):
        return Refused(BulletinRefusal.BODY_MISSING)
    if bulletin.acknowledge_by is not None and bulletin.acknowledge_by <= now:
        return Refused(BulletinRefusal.DUE_MOMENT_PAST, {"acknowledge_by": bulletin.acknowledge_by})
    return ALLOWED


def reaches_its_audience(bulletin: BulletinFacts, *, reaches: int, k: int) -> Decision:
    """Whether the audience holds somebody, only whom the TLP lets it, and nobody by what they alone own."""
    if bulletin.tlp is Tlp.RED and not bulletin.audience.is_by_name_only:
        return Refused(BulletinRefusal.RED_NEEDS_NAMES)
    is_of_people = not bulletin.source
    # None is told like few: that a hospital does not own something is its own, too.
    if is_of_people and bulletin.audience.product and reaches - len(bulletin.audience.institution_ids) < k:
        return Refused(BulletinRefusal.TOO_FEW_OWNERS, {"needed": k})
    return ALLOWED if reaches else Refused(BulletinRefusal.NOBODY_REACHED)


def is_issued_by_another(bulletin: BulletinFacts, *, by: UUID | None) -> Decision:
    """Whether somebody issues it who did not write it; what another room wrote was released by that room's rules."""
    if bulletin.source or (by is not None and by not in bulletin.authors):
        return ALLOWED
    if bulletin.names:
        return Refused(BulletinRefusal.SECOND_PERSON_NEEDED, {"names": ", ".join(bulletin.names)})
    return Refused(BulletinRefusal.ANOTHER_PERSON_ISSUES)


def owners_told(count: int, *, k: int) -> int:
    """How many owners of a product are told of: full steps of `k`, so that one more or less is not seen."""
    return count - count % k


def may_acknowledge(state: BulletinState, *, is_recipient: bool) -> Decision:
    """Whether an institution may say that it has taken note; saying it twice changes nothing and is allowed."""
    if not is_recipient:
        return Refused(BulletinRefusal.NOT_A_RECIPIENT)
    return ALLOWED if state is BulletinState.ISSUED else Refused(BulletinRefusal.NOT_ISSUED)


def may_withdraw(state: BulletinState, *, why: str, names: tuple[str, ...] = ()) -> Decision:
    """Whether an issued bulletin may be taken back; the reason goes to everyone and names nobody."""
    if state is not BulletinState.ISSUED:
        return Refused(BulletinRefusal.NOT_ISSUED)
    if not why.strip():
        return Refused(BulletinRefusal.REASON_MISSING)
    return Refused(BulletinRefusal.REASON_NAMES, {"names": ", ".join(names)}) if names else ALLOWED


def is_withdrawn_here(source: str, *, asked_by: str) -> Decision:
    """Whether a bulletin is taken back by whoever wrote it: people their own, a room those of its own verbs."""
    return ALLOWED if source == asked_by else Refused(BulletinRefusal.WRITTEN_ELSEWHERE)


def may_still_move(state: BulletinState, reach: Reach) -> bool:
    """Whether the figures of a bulletin can change while somebody looks: it stands, and not everyone is done."""
    return state is BulletinState.ISSUED and reach.done < reach.recipients


def stage_of(*, opened: bool, acknowledged: bool, done: bool) -> Stage:
    """The furthest stage reached."""
    if done:
        return Stage.DONE
    if acknowledged:
        return Stage.ACKNOWLEDGED
    return Stage.OPENED if opened else Stage.UNOPENED
