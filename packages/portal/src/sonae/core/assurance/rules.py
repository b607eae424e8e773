"""Which evidence stands. Pure: the queries that count the sector in SQL are tested against these lines."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    CatalogueContent,
    CatalogueRefusal,
    ControlState,
    EvidenceFacts,
    Finding,
    KnownCatalogue,
    Said,
    SourceKind,
    Standing,
    Strength,
    Teller,
)
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal

SOON = timedelta(days=30)
SHORTEST_REASON = 5
# How long a word about a control that others publish is taken as fresh when nobody says until when; Sonae's suggestion.
IMPORTED_LASTS_DAYS = 365

# What each kind of source of the ground floor can give at most.
STRONGEST: dict[SourceKind, Strength] = {
    SourceKind.PERSON: Strength.DECLARED,
    SourceKind.DOCUMENT: Strength.REVIEWED,
    SourceKind.INSPECTION: Strength.INSPECTED,
    SourceKind.PROGRAM: Strength.MEASURED,
    SourceKind.DUTY: Strength.DECLARED,
    SourceKind.SENSOR: Strength.MEASURED,
}
# Who may say what by hand, and how strongly. Whatever else there is, only the verb of a room records:
# nobody types that a drill went well, that a sensor runs, or how an inspection ended.
MAY_SPEAK: dict[Teller, dict[StrEnum, Strength]] = {
    Teller.INSIDE: {SourceKind.PERSON: Strength.DECLARED, SourceKind.DOCUMENT: Strength.DOCUMENTED},
    Teller.OUTSIDE: {SourceKind.DOCUMENT: Strength.REVIEWED},
    Teller.PROGRAM: {SourceKind.PROGRAM: Strength.MEASURED},
}
# The sources through which people speak by hand, knowing who will read it.
SPOKEN_BY_PEOPLE = frozenset(MAY_SPEAK[Teller.INSIDE]) | frozenset(MAY_SPEAK[Teller.OUTSIDE])

STANDING_OF: dict[Finding, Standing] = {
    Finding.IN_PLACE: Standing.IN_PLACE,
    Finding.PARTLY: Standing.PARTLY,
    Finding.ABSENT: Standing.ABSENT,
}


def teller(*, is_program: bool, is_inside: bool) -> Teller:
    """Who speaks: a program for its institution, somebody inside, or somebody outside."""
    if is_program:
        return Teller.PROGRAM
    return Teller.INSIDE if is_inside else Teller.OUTSIDE


def may_file(said: Said, *, teller: Teller, now: datetime) -> Decision:
    """Whether this teller may say this by hand, this strongly, about this time."""
    return first_refusal(_may_speak(teller, said.source.kind, said.strength), _fits_time(said, now=now))


def may_record(said: Said, *, strongest: Strength, now: datetime) -> Decision:
    """Whether a room may record this; `strongest` is what its kind of source can show."""
    return first_refusal(_fits_source(said, strongest), _fits_time(said, now=now))


def strengths_of(teller: Teller) -> tuple[Strength, ...]:
    """What this teller can choose from: everything up to the strongest word of any of their sources."""
    most = max(strength.value for strength in MAY_SPEAK[teller].values())
    return tuple(strength for strength in Strength if strength.value <= most)


def may_withdraw(*, is_withdrawn: bool, why: str) -> Decision:
    """Whether evidence may be withdrawn: once, and with a reason in writing."""
    if is_withdrawn:
        return Refused(AssuranceRefusal.ALREADY_WITHDRAWN)
    if len(why.strip()) < SHORTEST_REASON:
        return Refused(AssuranceRefusal.WHY_MISSING, {"characters": SHORTEST_REASON})
    return ALLOWED


def may_take_back(kind: StrEnum, strength: Strength, *, teller: Teller) -> Decision:
    """Whether this teller is of the side that said it: what was seen from outside is not taken back from inside.

    What an inspection found only its room takes back; what other rooms recorded speaks for the institution.
    """
    is_from_outside = kind is SourceKind.DOCUMENT and strength.value > MAY_SPEAK[Teller.INSIDE][kind].value
    side = Teller.OUTSIDE if is_from_outside else Teller.INSIDE
    is_its_own = kind is not SourceKind.INSPECTION and teller is side
    return ALLOWED if is_its_own else Refused(AssuranceRefusal.SAID_BY_OTHERS)


def is_live(evidence: EvidenceFacts, *, now: datetime) -> bool:
    """Whether the evidence holds at this moment."""
    return not evidence.is_withdrawn and evidence.since <= now and (evidence.until is None or now < evidence.until)


def words_that_stand(evidence: Iterable[EvidenceFacts], *, now: datetime) -> list[EvidenceFacts]:
    """The newest word of each speaker. It has replaced the older ones for good: they do not return when it expires."""
    newest: dict[tuple[StrEnum, str], EvidenceFacts] = {}
    for one in evidence:
        if one.is_withdrawn or one.since > now:
            continue
        speaker = (one.source.kind, one.source.speaker)
        if speaker not in newest or age_order(one) > age_order(newest[speaker]):
            newest[speaker] = one
    return list(newest.values())


def state_of(evidence: Iterable[EvidenceFacts], *, now: datetime) -> ControlState:
    """How a control stands by all the evidence about it at one institution; replaced words may be left out of it."""
    standing = words_that_stand(evidence, now=now)
    if not standing:
        return ControlState(Standing.NO_EVIDENCE)
    live = [one for one in standing if is_live(one, now=now)]
    if not live:
        return ControlState(Standing.EXPIRED, max(standing, key=lambda one: (one.until or one.since, *age_order(one))))
    speaking = sorted(live, key=lambda one: (one.strength.value, *age_order(one)), reverse=True)
    leading = speaking[0]
    return ControlState(
        STANDING_OF[leading.finding],
        leading,
        tuple(one for one in speaking[1:] if one.finding is not leading.finding),
        expires_soon=leading.until is not None and leading.until <= now + SOON,
    )


def may_renew(standing: EvidenceFacts, said: Said, *, now: datetime) -> bool:
    """Whether saying this again only lengthens the word that stands: the same word, without a gap in between."""
    return (
        is_live(standing, now=now)
        and (standing.source, standing.strength, standing.finding) == (said.source, said.strength, said.finding)
        and standing.document_id == said.document_id
        and standing.since <= said.since
    )


def later_of(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends, of which none at all is the latest."""
    return None if one is None or other is None else max(one, other)


def age_order(one: EvidenceFacts) -> tuple[datetime, datetime, str]:
    """What makes one word newer than another: since when it holds, then when it was filed."""
    return one.since, one.filed_at, str(one.id)


def may_rest_on(document_institution_id: int | None, *, said: Said, is_visible: bool, is_infected: bool) -> Decision:
    """Whether evidence may rest on this file: one of the institution itself, and one that whoever files it can read."""
    if not is_visible or document_institution_id != said.institution_id:
        return Refused(AssuranceRefusal.DOCUMENT_UNKNOWN)
    return Refused(AssuranceRefusal.DOCUMENT_INFECTED) if is_infected else ALLOWED


def _may_speak(teller: Teller, kind: StrEnum, strength: Strength) -> Decision:
    if not any(kind in kinds for kinds in MAY_SPEAK.values()):
        return Refused(AssuranceRefusal.NOT_BY_HAND, {"source": kind})
    if kind not in MAY_SPEAK[teller]:
        return Refused(AssuranceRefusal.NOT_FOR_THIS_TELLER, {"source": kind, "teller": teller})
    strongest = MAY_SPEAK[teller][kind]
    if strength.value > strongest.value:
        return Refused(
            AssuranceRefusal.TOO_STRONG_FOR_TELLER,
            {"source": kind, "teller": teller, "strength": strength, "strongest": strongest},
        )
    return ALLOWED


def _fits_source(said: Said, strongest: Strength) -> Decision:
    if said.strength.value > strongest.value:
        return Refused(
            AssuranceRefusal.TOO_STRONG_FOR_SOURCE,
            {"source": said.source.kind, "strength": said.strength, "strongest": strongest},
        )
    return ALLOWED


def _fits_time(said: Said, *, now: datetime) -> Decision:
    if said.since > now:
        return Refused(AssuranceRefusal.BEGINS_IN_FUTURE, {"since": said.since})
    if said.until is not None and said.until <= said.since:
        return Refused(AssuranceRefusal.ENDS_BEFORE_IT_BEGINS)
    return ALLOWED


def may_take_in(
    found: CatalogueContent, *, known: KnownCatalogue | None, other: KnownCatalogue | None, is_named: bool, today: date
) -> Decision:
    """Whether a catalogue becomes the next version of the one that is known; of a new one there is none.

    `other` is the catalogue that the file belongs to by what it says itself; `is_named` where whoever takes it in said
    which one it follows. The same version again is a correction.
    """
    # A file dated in a year to come would be newer than every real version for as long.
    if found.dated_on is not None and found.dated_on > today:
        return Refused(CatalogueRefusal.DATED_IN_FUTURE, {"dated": found.dated_on})
    if known is None:
        return ALLOWED
    if other is not None and other.identifier != known.identifier:
        return Refused(CatalogueRefusal.OTHER_CATALOGUE, {"title": other.title})
    if found.form is not known.form:
        return Refused(CatalogueRefusal.OTHER_FORM, {"form": known.form})
    if not is_named and found.publisher.casefold() != known.publisher.casefold():
        return Refused(CatalogueRefusal.OTHER_PUBLISHER, {"known": known.publisher, "publisher": found.publisher})
    if found.rank < known.rank:
        return Refused(CatalogueRefusal.OLDER_THAN_KNOWN, {"known": known.version, "version": found.version})
    return ALLOWED


def may_take_version_back(*, is_newest: bool, why: str) -> Decision:
    """Whether a version of an imported catalogue may be taken back: the newest one, and with a reason in writing."""
    if not is_newest:
        return Refused(CatalogueRefusal.NOT_THE_NEWEST)
    if len(why.strip()) < SHORTEST_REASON:
        return Refused(AssuranceRefusal.WHY_MISSING, {"characters": SHORTEST_REASON})
    return ALLOWED
