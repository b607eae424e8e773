"""What counts of a match, of a pair of names, and of an institution's patches. Pure."""

import hashlib
import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sonae.core.assurance.vocabulary import Finding
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.assets.vocabulary import Criticality, Known
from sonae.prevention.exposure.priority import SETTLED_WITHIN
from sonae.prevention.exposure.vocabulary import (
    Band,
    Certainty,
    HumanImpact,
    NameRefusal,
    PairState,
    Priority,
    Reach,
    Saying,
    Standing,
    Surrounding,
    Tally,
)

# So many institutions have to agree, and none to disagree, until two names are one for everybody. Sonae's own value (to
# be confirmed), as small as an agreement can be.
AGREEING: Final = 2
SHORTEST_REASON: Final = 10

_IMPACTS: Final = {
    Criticality.CRITICAL: HumanImpact.VERY_HIGH,
    Criticality.ESSENTIAL: HumanImpact.HIGH,
    Criticality.IMPORTANT: HumanImpact.MEDIUM,
    Criticality.LOW: HumanImpact.LOW,
}
_OWN: Final = {Saying.YES: Standing.SAME, Saying.NO: Standing.DIFFERENT}


def state_of_pair(sayings: Iterable[Saying], *, confirmed: bool | None) -> PairState:
    """How far the nation has come with a pair, by what its institutions say and an analyst decided (None: nothing).

    Agreement makes two names one. It never parts them: a wrong “yes” asks others once too often, a wrong “no” would
    hide a vulnerability from all of them. That is what a person decides who can be asked for the reason.
    """
    if confirmed is not None:
        return PairState.CONFIRMED if confirmed else PairState.REJECTED
    said = list(sayings)
    yes, no = said.count(Saying.YES), said.count(Saying.NO)
    if yes and no:
        return PairState.DISPUTED
    return PairState.AGREED if yes >= AGREEING else PairState.OPEN


def needs_triage(state: PairState, *, noes: int) -> bool:
    """Whether an analyst looks at a pair: institutions contradict each other, or several say that it is another."""
    return state is PairState.DISPUTED or (state is PairState.OPEN and noes >= AGREEING)


def standing(own: Saying | None, nation: PairState) -> Standing:
    """What counts of a pair at one institution: its own answer first, which it gave in front of the device."""
    if own in _OWN:
        return _OWN[own]
    if nation in (PairState.AGREED, PairState.CONFIRMED):
        return Standing.SAME
    return Standing.DIFFERENT if nation is PairState.REJECTED else Standing.OPEN


def may_decide(is_same: bool, state: PairState, *, why: str) -> Decision:  # noqa: FBT001 - it is what is decided
    """Whether an analyst may say this of a pair."""
    if state is (PairState.CONFIRMED if is_same else PairState.REJECTED):
        return Refused(NameRefusal.DECIDED_SO_ALREADY)
    return _has_reason(why)


def may_reopen(state: PairState, *, why: str) -> Decision:
    """Whether an analyst may take such a decision back."""
    if state not in (PairState.CONFIRMED, PairState.REJECTED):
        return Refused(NameRefusal.NOT_DECIDED)
    return _has_reason(why)


def _has_reason(why: str) -> Decision:
    if len(why.strip()) < SHORTEST_REASON:
        return Refused(NameRefusal.REASON_TOO_SHORT, {"characters": SHORTEST_REASON})
    return ALLOWED


def certainty_of(hits: Collection[tuple[Standing, bool]]) -> Certainty | None:
    """How sure it is that a device is hit, by what counts of the names and whether the version is within; None: not."""
    meant = [(names, within) for names, within in hits if names is not Standing.DIFFERENT]
    if not meant:
        return None
    if (Standing.SAME, True) in meant:
        return Certainty.CERTAIN
    is_known = any(names is Standing.SAME for names, _ in meant)
    return Certainty.VERSION_UNKNOWN if is_known else Certainty.PRODUCT_UNCLEAR


def digest_of(hits: Iterable[tuple[str, str, str]]) -> str:
    """What is hit, in one text: by thing its version, and what the advisory says of it. Another one asks anew."""
    rows = sorted(set(hits))
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest() if rows else ""


def reach_of(about: Surrounding) -> Reach:
    """From where a device is reached; what speaks for a way counts before what speaks against it."""
    if Known.YES in (about.internet_facing, about.zone_from_internet):
        return Reach.INTERNET
    if about.ends_a_connection or about.zone_from_vendor == Known.YES:
        return Reach.VENDOR_LINK
    is_inside = about.internet_facing == Known.NO and about.zone_from_vendor != Known.UNKNOWN
    return Reach.INSIDE if is_inside else Reach.UNKNOWN


def impact_of(criticality: Criticality) -> HumanImpact | None:
    """What the clinic loses with a device; None where the ledger does not say it."""
    return _IMPACTS.get(criticality)


def due_at(priority: Priority, certainty: Certainty, *, since: datetime) -> datetime | None:
    """Until when it has to be settled, counted from when it was known to be so urgent; None: nothing is owed."""
    if certainty is Certainty.PRODUCT_UNCLEAR or priority not in SETTLED_WITHIN:
        return None
    return since + SETTLED_WITHIN[priority]


def is_more_urgent(now: Priority, before: Priority) -> bool:
    """Whether less time is left than before."""
    order = list(Priority)
    return order.index(now) > order.index(before)


def finding_of(tally: Tally) -> Finding:
    """What the course of an institution's exposures says about its patches.

    In place while nothing is past its due day, partly while most is settled in spite of that, else absent.
    """
    if not tally.overdue:
        return Finding.IN_PLACE
    return Finding.PARTLY if tally.settled * 2 >= tally.exposures else Finding.ABSENT


def is_said_anew(last: datetime | None, *, now: datetime, lasts: timedelta) -> bool:
    """Whether what stands about the patches is renewed before it ends."""
    return last is None or last - now < lasts / 2


def told_as(count: int, *, k: int) -> Band:
    """The step of `k` in which a number of institutions is told. Below the threshold not even none is told apart."""
    assert count >= 0, "a count is not negative"
    assert k > 1, "a step of one tells everything"
    first = count // k * k
    return Band(first, first + k - 1)


def told_in_all(counts: Iterable[int], *, k: int) -> int:
    """How many institutions there are at least, by what is told of their parts and by nothing else.

    A total that is counted by itself would narrow its small parts down, however coarsely it is told: three parts below
    three and a total of six are two each.
    """
    return sum(told_as(one, k=k).fewest for one in counts)
