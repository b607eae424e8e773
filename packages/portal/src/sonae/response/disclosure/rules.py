"""What may be said of an incident, and by whom it may be released.

Whoever wants to know "whose attack was it?" holds the register of institutions, not our list of incidents. So
everything said about an institution is taken together, over all its disclosures, and at least `needed` must fit it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from uuid import UUID

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import Facets, InstitutionFacts
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal
from sonae.response.disclosure.vocabulary import (
    DisclosureRefusal,
    DisclosureState,
    DraftFacts,
    Found,
    Statements,
)

# Bed ranges that can be said, the narrowest first; each is followed by the ranges that contain it.
BED_RANGES: tuple[tuple[int | None, int | None], ...] = (
    (None, 19), (20, 49), (50, 99), (100, 199), (200, 299), (300, 399), (400, 499), (500, None),
    (20, 99), (200, 399), (400, None), (20, 199), (200, None), (20, None), (None, None),
)  # fmt: skip


def may_release(draft: DraftFacts, *, by: UUID | None) -> Decision:
    """Whether this person may release this draft as it stands."""
    return first_refusal(
        ALLOWED if draft.state is DisclosureState.DRAFT else Refused(DisclosureRefusal.NOT_A_DRAFT),
        Refused(DisclosureRefusal.DRILL_STAYS_INSIDE) if draft.is_drill else ALLOWED,
        has_something_to_say(draft),
        is_true(draft),
        still_attached(draft),
        names_nobody(draft),
        enough_fit(draft.fits, needed=draft.needed),
        leaves_enough(draft.left_over, needed=draft.needed),
        Refused(DisclosureRefusal.SECOND_PERSON_NEEDED) if by is None or by in draft.authors else ALLOWED,
        is_looked_at(draft.marks, draft.looked_at),
    )


def is_looked_at(marks: Iterable[Found], looked_at: Collection[Found]) -> Decision:
    """Whether each number, day and unknown name in the texts was ticked by the person who releases them."""
    missing = [doubt.text for doubt in doubts(marks) if doubt not in looked_at]
    if missing:
        return Refused(DisclosureRefusal.NOT_LOOKED_AT, {"found": ", ".join(missing)})
    return ALLOWED


def doubts(marks: Iterable[Found]) -> tuple[Found, ...]:
    """What may tell whose attack it was, and what no list can decide."""
    return tuple(mark for mark in marks if not mark.is_certain)


def enough_fit(fits: int, *, needed: int) -> Decision:
    """Whether so many institutions fit that nobody can tell which one it was."""
    if fits < needed:
        return Refused(DisclosureRefusal.TOO_FEW_FIT, {"fits": fits, "needed": needed})
    return ALLOWED


def leaves_enough(left_over: int | None, *, needed: int) -> Decision:
    """Whether no subtraction of this and an earlier text singles out a few: a difference leaves nobody, or enough."""
    if left_over is not None and left_over < needed:
        return Refused(DisclosureRefusal.DIFFERENCE_TELLS, {"left": left_over, "needed": needed})
    return ALLOWED


def has_something_to_say(draft: DraftFacts) -> Decision:
    """Whether there is an indicator or a summary, the summary in both languages."""
    if bool(draft.summary_ja.strip()) != bool(draft.summary_en.strip()):
        return Refused(DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE)
    if not draft.indicator_count and not draft.summary_ja.strip():
        return Refused(DisclosureRefusal.NOTHING_TO_SAY)
    return ALLOWED


def is_true(draft: DraftFacts) -> Decision:
    """Whether the institution itself fits what is said: a false statement would hide it and mislead everyone."""
    return Refused(DisclosureRefusal.UNTRUE, {"said": ", ".join(draft.untrue)}) if draft.untrue else ALLOWED


def still_attached(draft: DraftFacts) -> Decision:
    """Whether the institution still says of every chosen indicator that it was used against it."""
    if draft.taken_off:
        return Refused(DisclosureRefusal.INDICATOR_TAKEN_OFF, {"indicators": ", ".join(draft.taken_off)})
    return ALLOWED


def names_nobody(draft: DraftFacts) -> Decision:
    """Whether neither text nor indicators carry anything by which the institution is known."""
    if draft.victims_indicators:
        return Refused(DisclosureRefusal.INDICATOR_IS_THE_VICTIMS, {"indicators": ", ".join(draft.victims_indicators)})
    certain = [mark.text for mark in draft.marks if mark.is_certain]
    if certain:
        return Refused(DisclosureRefusal.TEXT_NAMES_SOMEONE, {"found": ", ".join(certain)})
    return ALLOWED


def may_say(statements: Statements) -> Decision:
    """Whether the statements make one sentence."""
    if statements.prefecture and statements.region:
        return Refused(DisclosureRefusal.AREA_NAMED_TWICE)
    lowest, highest = statements.beds_from, statements.beds_through
    if lowest is not None and highest is not None and lowest > highest:
        return Refused(DisclosureRefusal.BEDS_REVERSED)
    return ALLOWED


def may_revise(state: DisclosureState) -> Decision:
    return ALLOWED if state is DisclosureState.DRAFT else Refused(DisclosureRefusal.NOT_A_DRAFT)


def may_withdraw(state: DisclosureState) -> Decision:
    """Whether a released disclosure may be taken back. What it said stays in the ledger: it cannot be unsaid."""
    return ALLOWED if state is DisclosureState.RELEASED else Refused(DisclosureRefusal.NOT_RELEASED)


def untrue_of(institution: InstitutionFacts, facets: Facets) -> tuple[str, ...]:
    """Which of the things said are not true of the institution itself; unknown beds make a bed range untrue."""
    parts = {
        "kinds": Facets(population=facets.population, kinds=facets.kinds),
        "area": Facets(population=facets.population, prefectures=facets.prefectures, regions=facets.regions),
        "beds": Facets(population=facets.population, beds_from=facets.beds_from, beds_through=facets.beds_through),
    }
    return tuple(part for part, said in parts.items() if not register.fits(institution, said))


def generalisations(statements: Statements) -> Iterator[Statements]:
    """The statements that say one step less, each a little broader than this."""
    if statements.prefecture:
        yield replace(statements, prefecture=None, region=register.region_of(statements.prefecture))
        yield replace(statements, prefecture=None, region=None)
    elif statements.region:
        yield replace(statements, region=None)
    for lowest, highest in wider_bed_ranges(statements.beds_from, statements.beds_through):
        yield replace(statements, beds_from=lowest, beds_through=highest)
    if statements.prefecture and (statements.beds_from is not None or statements.beds_through is not None):
        region = register.region_of(statements.prefecture)
        for lowest, highest in wider_bed_ranges(statements.beds_from, statements.beds_through):
            yield replace(statements, prefecture=None, region=region, beds_from=lowest, beds_through=highest)
    if statements.kinds:
        yield replace(statements, kinds=frozenset())


def wider_bed_ranges(lowest: int | None, highest: int | None) -> Iterator[tuple[int | None, int | None]]:
    """The ranges that can be said and truly contain this one, the narrowest first."""
    if lowest is None and highest is None:
        return
    for wide_lowest, wide_highest in BED_RANGES:
        contains_low = wide_lowest is None or (lowest is not None and wide_lowest <= lowest)
        contains_high = wide_highest is None or (highest is not None and highest <= wide_highest)
        if contains_low and contains_high and (wide_lowest, wide_highest) != (lowest, highest):
            yield wide_lowest, wide_highest
