"""What may be said of an incident, and by whom it may be released.

Whoever wants to know "whose attack was it?" holds the register of institutions, not our list of incidents. So
everything said about an institution is taken together, over all its disclosures, and at least `needed` must fit it.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import Facets, InstitutionFacts
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure.vocabulary import (
    DisclosureRefusal,
    DisclosureState,
    DraftFacts,
    Found,
    Identity,
    Mark,
    Statements,
)

# Bed ranges that can be said, the narrowest first; each is followed by the ranges that contain it.
BED_RANGES: tuple[tuple[int | None, int | None], ...] = (
    (None, 19), (20, 49), (50, 99), (100, 199), (200, 299), (300, 399), (400, 499), (500, None),
    (20, 99), (200, 399), (400, None), (20, 199), (200, None), (20, None), (None, None),
)  # fmt: skip
# A name of one or two characters occurs in any sentence; a place of two (徳島) is a place.
SHORTEST_NAME = 3
SHORTEST_PLACE = 2
# In an address a short word of Latin letters (a town, a saint) is nobody's name yet.
SHORTEST_LATIN_IN_ADDRESS = 6

_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DAY = re.compile(
    rf"\d{{1,2}}月\d{{1,2}}日|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|(?<!\d)\d{{1,2}} {_MONTHS}", re.IGNORECASE
)
_DAY_EN = re.compile(rf"\b{_MONTHS}[a-z]*\.? \d{{1,2}}\b(?!\d)", re.IGNORECASE)
_BEDS = re.compile(r"(\d[\d,]*)\s*(?:床|beds?\b|-bed\b)", re.IGNORECASE)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|https?://\S+"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d)|(?<!\d)0\d{1,4}-\d{1,4}-\d{3,4}(?!\d)",
    re.IGNORECASE,
)
# Corporate forms before a name: without them the name is what people say.
_FORMS = re.compile(
    r"^(?:医療法人(?:社団|財団)?|社会医療法人(?:社団|財団)?|特定医療法人(?:社団|財団)?|社会福祉法人|独立行政法人|地方独立行政法人|"
    r"国立大学法人|公立大学法人|学校法人|一般(?:社団|財団)法人|公益(?:社団|財団)法人|宗教法人|株式会社|国家公務員共済組合連合会|"
    r"日本赤十字社|厚生農業協同組合連合会)"
)


# 半田病院 for つるぎ町立半田病院.
_FOUNDER = re.compile(r"^.{1,10}?(?:[都道府県市区町村]|国)立(?=.{3})")


def may_release(draft: DraftFacts, *, by: UUID | None) -> Decision:
    """Whether this person may release this draft as it stands."""
    return first_refusal(
        ALLOWED if draft.state is DisclosureState.DRAFT else Refused(DisclosureRefusal.NOT_A_DRAFT),
        Refused(DisclosureRefusal.DRILL_STAYS_INSIDE) if draft.is_drill else ALLOWED,
        has_something_to_say(draft),
        is_true(draft),
        names_nobody(draft),
        enough_fit(draft.fits, needed=draft.needed),
        Refused(DisclosureRefusal.SECOND_PERSON_NEEDED) if by is None or by in draft.authors else ALLOWED,
    )


def enough_fit(fits: int, *, needed: int) -> Decision:
    """Whether so many institutions fit that nobody can tell which one it was."""
    if fits < needed:
        return Refused(DisclosureRefusal.TOO_FEW_FIT, {"fits": fits, "needed": needed})
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


def names_nobody(draft: DraftFacts) -> Decision:
    """Whether neither text nor indicators carry anything by which the institution is known."""
    if draft.victims_indicators:
        return Refused(DisclosureRefusal.INDICATOR_IS_THE_VICTIMS, {"indicators": ", ".join(draft.victims_indicators)})
    return _says_nothing_of(draft.marks)


def _says_nothing_of(marks: tuple[Found, ...]) -> Decision:
    if marks:
        return Refused(DisclosureRefusal.TEXT_NAMES_SOMEONE, {"found": ", ".join(mark.text for mark in marks)})
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


def may_withdraw(state: DisclosureState, *, why: str, marks: tuple[Found, ...] = ()) -> Decision:
    """Whether a released disclosure may be taken back. What it said stays in the ledger: it cannot be unsaid.

    The reason goes to everyone who received it, so it is held to the same as the text itself.
    """
    if state is not DisclosureState.RELEASED:
        return Refused(DisclosureRefusal.NOT_RELEASED)
    if not why.strip():
        return Refused(DisclosureRefusal.REASON_MISSING)
    return _says_nothing_of(marks)


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


def marks_in(text: str, identity: Identity, *, others: Iterable[str] = ()) -> tuple[Found, ...]:
    """Everything in a text that could tell whose attack it was. Spelling, width, blanks and signs do not hide it."""
    folded = _letters(text)
    named = (
        (Mark.NAME, [form for name in identity.names for form in spoken_forms(name)]),
        (Mark.READING, identity.readings),
        (Mark.PLACE, identity.places),
        (Mark.WEBSITE, identity.hosts),
        (Mark.CONTACT, identity.people),
        (Mark.VENDOR, identity.vendors),
    )
    found = [
        Found(mark, name)
        for mark, names in named
        for name in names
        if _occurs(name, folded, shortest=SHORTEST_PLACE if mark is Mark.PLACE else SHORTEST_NAME)
    ]
    found += [Found(Mark.OTHER_INSTITUTION, name) for name in others if _occurs(name, folded, shortest=SHORTEST_NAME)]
    return tuple(dict.fromkeys([*found, *_patterns_in(text, identity)]))


def spoken_forms(name: str) -> tuple[str, ...]:
    """A name and what is left of it without its corporate form and the words before a blank."""
    normal = unicodedata.normalize("NFKC", name).strip()
    forms = {normal, _FORMS.sub("", normal).strip()}
    if normal.split() and not normal.isascii():
        # In Latin letters the last word is "Hospital", which is nobody's name.
        forms.add(normal.split()[-1])
    forms |= {_FOUNDER.sub("", form) for form in forms}
    return tuple(sorted(form for form in forms if len(form) >= SHORTEST_NAME))


def is_the_victims(kind: IndicatorKind, value: str, identity: Identity) -> bool:
    """Whether an indicator is the institution's own website or mail domain."""
    host = _host_of(kind, value)
    if not host:
        return False
    return any(host == own or host.endswith(f".{own}") or own.endswith(f".{host}") for own in identity.hosts)


def names_the_victim(value: str, identity: Identity) -> bool:
    """Whether an indicator's value holds a name, reading or website of the institution, as pages of extortioners do."""
    folded = _letters(_readable(value))
    mailboxes = [way for way in identity.people if "@" in way]
    names = [form for name in identity.names for form in spoken_forms(name)]
    return any(_stands_in(name, folded) for name in [*names, *identity.readings, *identity.hosts, *mailboxes])


def _letters(text: str) -> str:
    # 半・田, 半*田* and a character of no width between the two are read as one word.
    return "".join(sign for sign in register.search_key(register.visible(text)) if sign.isalnum())


def _readable(value: str) -> str:
    """An address as people read it: escapes and international domain names undone."""
    return re.sub(r"xn--([a-z0-9-]+)", _from_punycode, unquote(value), flags=re.IGNORECASE)


def _from_punycode(found: re.Match[str]) -> str:
    try:
        return found.group(1).encode().decode("punycode")
    except UnicodeError:
        return found.group()


def _stands_in(name: str, folded_value: str) -> bool:
    key = _letters(name)
    shortest = SHORTEST_LATIN_IN_ADDRESS if key.isascii() else SHORTEST_NAME
    return len(key) >= shortest and key in folded_value


def _patterns_in(text: str, identity: Identity) -> Iterator[Found]:
    normal = register.visible(text)
    for pattern in (_DAY, _DAY_EN):
        yield from (Found(Mark.DAY, match.group()) for match in pattern.finditer(normal))
    yield from (Found(Mark.CONTACT, match.group()) for match in _CONTACT.finditer(normal))
    for match in _BEDS.finditer(normal):
        if int(match.group(1).replace(",", "") or 0) in identity.beds:
            yield Found(Mark.BEDS, match.group())


def _occurs(name: str, folded_text: str, *, shortest: int) -> bool:
    key = _letters(name)
    return len(key) >= shortest and key in folded_text


def _host_of(kind: IndicatorKind, value: str) -> str:
    match kind:
        case IndicatorKind.DOMAIN:
            return value
        case IndicatorKind.URL:
            host = urlsplit(value).hostname or ""
            try:
                ipaddress.ip_address(host)
            except ValueError:
                return host
            return ""
        case IndicatorKind.EMAIL:
            return value.rpartition("@")[2]
    return ""
