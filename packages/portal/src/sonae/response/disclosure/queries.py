import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils.html import strip_tags

from sonae.core.access.models import Grant
from sonae.core.bulletins.markdown import to_html
from sonae.core.institutions import queries as register
from sonae.core.institutions import rules as register_rules
from sonae.core.institutions.models import BedCount, Contact, FormerName, Institution, VendorLink
from sonae.core.institutions.vocabulary import PREFECTURES, Facets, Population, Prefecture
from sonae.kernel import calendar
from sonae.prevention.assets.models import Connection
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import places, rules, telling
from sonae.response.disclosure.models import Author, ChosenIndicator, Disclosure
from sonae.response.disclosure.vocabulary import (
    Assessment,
    DisclosureState,
    DraftFacts,
    Found,
    Identity,
    Statements,
)
from sonae.response.incidents.models import IncidentIndicator

MOST_BROADER = 6


def fitting_all(said: Iterable[Facets], *, known_before: datetime | None = None) -> "QuerySet[Institution]":
    """The institutions that fit every one of these at once, as the register was known at a moment."""
    found = Institution.objects.all()
    for facets in said:
        found = found.filter(pk__in=register.fitting(facets, known_before=known_before).order_by().values("pk"))
    return found


def said_before(institution: Institution, *, except_for: Disclosure | None = None) -> list[Facets]:
    """What released disclosures, withdrawn ones included, have said about this institution, over all its incidents."""
    population = population_of(institution)
    ledger = Disclosure.objects.said().filter(institution=institution)
    if except_for is not None:
        ledger = ledger.exclude(pk=except_for.pk)
    return [disclosure.statements().facets(population) for disclosure in ledger]


def count_fitting(institution: Institution, statements: Statements, *, except_for: Disclosure | None = None) -> int:
    """How many institutions fit these statements and everything said about this institution before."""
    population = population_of(institution)
    said = [statements.facets(population), *said_before(institution, except_for=except_for)]
    return fitting_all(said, known_before=except_for.incident.registered_at if except_for else None).count()


def left_over(statements: Facets, before: Iterable[Facets], *, known_before: datetime | None = None) -> int | None:
    """The fewest institutions that fit this and not an earlier text, or an earlier one and not this.

    None where no difference leaves anybody. Earlier texts were measured against each other when they were released.
    """
    mine = register.fitting(statements, known_before=known_before).order_by()
    differences = []
    for earlier in before:
        theirs = register.fitting(earlier, known_before=known_before).order_by()
        differences += [
            mine.exclude(pk__in=theirs.values("pk")).count(),
            theirs.exclude(pk__in=mine.values("pk")).count(),
        ]
    return min((count for count in differences if count), default=None)


def assess(
    institution: Institution,
    statements: Statements,
    *,
    now: datetime,
    texts: Iterable[str] = (),
    draft: Disclosure | None = None,
    known_before: datetime | None = None,
) -> Assessment:
    """A draft measured against the register, with the next broader statements and what each would give."""
    before = said_before(institution, except_for=draft)
    population = population_of(institution)
    if draft is not None:
        known_before = draft.incident.registered_at
    fits = fitting_all([statements.facets(population), *before], known_before=known_before).count()
    left = left_over(statements.facets(population), before, known_before=known_before)
    is_enough = _is_enough(fits, left)
    broader = () if is_enough else _broader(statements, before, population, fits=fits, known_before=known_before)
    return Assessment(
        fits_alone=register.count_fitting(statements.facets(population), known_before=known_before),
        fits=fits,
        needed=settings.DISCLOSURE_K,
        as_of=now,
        left_over=left,
        marks=marks_in(institution, statements, texts),
        broader=broader,
    )


def _is_enough(fits: int, left: int | None) -> bool:
    needed = settings.DISCLOSURE_K
    return rules.enough_fit(fits, needed=needed).ok and rules.leaves_enough(left, needed=needed).ok


def _broader(
    statements: Statements,
    before: Sequence[Facets],
    population: Population,
    *,
    fits: int,
    known_before: datetime | None,
) -> tuple[tuple[Statements, int], ...]:
    """What could be said instead, with how many would fit; what suffices first, and of that what says most."""
    found = []
    for option in rules.generalisations(statements):
        facets = option.facets(population)
        count = fitting_all([facets, *before], known_before=known_before).count()
        suffices = _is_enough(count, left_over(facets, before, known_before=known_before))
        if suffices or count > fits:
            found.append((not suffices, abs(count - settings.DISCLOSURE_K), option, count))
    found.sort(key=lambda one: one[:2])
    return tuple((option, count) for _lacks, _distance, option, count in found[:MOST_BROADER])


def draft_facts(disclosure: Disclosure, *, is_drill: bool, looked_at: Iterable[Found] = ()) -> DraftFacts:
    """Everything that decides whether this disclosure may be released, as the database stands."""
    institution, statements = disclosure.institution, disclosure.statements()
    chosen = list(ChosenIndicator.objects.filter(disclosure=disclosure))
    identity = identity_of(institution, statements)
    facets = statements.facets(population_of(institution))
    before = said_before(institution, except_for=disclosure)
    return DraftFacts(
        state=DisclosureState(disclosure.state),
        authors=frozenset(Author.objects.filter(disclosure=disclosure).values_list("account_id", flat=True)),
        is_drill=is_drill,
        indicator_count=len(chosen),
        summary_ja=disclosure.summary_ja,
        summary_en=disclosure.summary_en,
        fits=count_fitting(institution, statements, except_for=disclosure),
        needed=settings.DISCLOSURE_K,
        left_over=left_over(facets, before, known_before=disclosure.incident.registered_at),
        marks=marks_of(disclosure),
        looked_at=frozenset(looked_at),
        victims_indicators=tuple(
            one.value
            for one in chosen
            if telling.is_the_victims(IndicatorKind(one.kind), one.value, identity)
            or telling.names_the_victim(one.value, identity)
        ),
        untrue=(*rules.untrue_of(institution.facts(), facets), *_month_untrue(disclosure)),
        taken_off=_taken_off(disclosure, chosen),
    )


def _month_untrue(disclosure: Disclosure) -> tuple[str, ...]:
    """The text says in which month the attack was reported."""
    reported = f"{calendar.jst_day(disclosure.incident.registered_at):%Y-%m}"
    return ("month",) if disclosure.month and disclosure.month != reported else ()


def _taken_off(disclosure: Disclosure, chosen: list[ChosenIndicator]) -> tuple[str, ...]:
    attached = IncidentIndicator.objects.filter(incident_id=disclosure.incident_id, removed_at=None)
    held = set(attached.values_list("kind", "value"))
    return tuple(one.value for one in chosen if (one.kind, one.value) not in held)


def marks_of(disclosure: Disclosure) -> tuple[Found, ...]:
    """Everything in the texts of a disclosure that tells, or may tell, whose attack it was."""
    texts = (disclosure.summary_ja, disclosure.summary_en)
    return marks_in(disclosure.institution, disclosure.statements(), texts)


def marks_in(institution: Institution, statements: Statements, texts: Iterable[str]) -> tuple[Found, ...]:
    """Everything in these texts that could tell whose attack it was."""
    written = [text for text in texts if text.strip()]
    if not written:
        return ()
    identity = identity_of(institution, statements)
    found: dict[Found, None] = {}
    for form in [*written, *map(_as_read, written)]:
        found |= dict.fromkeys(
            telling.marks_in(form, identity, others=register.named_in(form, except_for=institution.pk))
        )
    return tuple(found)


def identity_of(institution: Institution, statements: Statements) -> Identity:
    """How this institution is known: names of now and before, place, website, beds, people, vendors, networks."""
    former = FormerName.objects.filter(institution=institution)
    linked = VendorLink.objects.filter(institution=institution).values_list("vendor__name", flat=True)
    in_ledger = Connection.objects.filter(institution=institution).values_list("vendor", flat=True)
    contacts = Contact.objects.filter(institution=institution)
    names = [institution.name, institution.short_name, institution.name_latin, *former.values_list("name", flat=True)]
    readings = [institution.name_kana, *former.values_list("name_kana", flat=True)]
    beds = BedCount.objects.filter(institution=institution).values_list("total", flat=True)
    return Identity(
        names=_told(names),
        readings=_told(readings),
        places=_told(_places_not_said(institution, statements)),
        hosts=_told([*_hosts(institution.website), *_mail_domains(institution)]),
        beds=tuple({count for count in [*beds, institution.licensed_beds] if count}),
        people=_told(told for way in ("name", "phone", "email") for told in contacts.values_list(way, flat=True)),
        vendors=_told([*linked, *in_ledger]),
        networks=tuple(register.own_networks(institution.pk)),
    )


def _as_read(text: str) -> str:
    """What a page shows of a text in Markdown: its marks and escapes can stand inside a name."""
    return html.unescape(strip_tags(to_html(text)))


def population_of(institution: Institution) -> Population:
    return Population.SYNTHETIC if institution.is_synthetic else Population.REAL


def _places_not_said(institution: Institution, statements: Statements) -> list[str]:
    prefecture = Prefecture(institution.prefecture)
    facts = PREFECTURES[prefecture]
    found = list(places.municipality_names(institution.address))
    if statements.prefecture is None:
        found += [facts.name_ja, places.short_name(facts.name_ja), facts.name_en]
    if statements.prefecture is None and statements.region is None:
        region = register_rules.region_of(prefecture)
        found += places.region_names(region)
    return found


def _hosts(website: str) -> tuple[str, ...]:
    text = website if "//" in website else f"//{website}"
    try:
        host = (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return ()
    return (host,) if "." in host else ()


# Everyone's mailboxes: an attacker's address there is no more the institution's than anyone's.
_FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com yahoo.co.jp yahoo.ne.jp yahoo.com ymail.ne.jp outlook.com outlook.jp hotmail.com
    hotmail.co.jp live.jp msn.com icloud.com me.com mac.com aol.com proton.me protonmail.com gmx.com docomo.ne.jp
    ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp ocn.ne.jp nifty.com biglobe.ne.jp plala.or.jp so-net.ne.jp
    """.split()
)


def _mail_domains(institution: Institution) -> list[str]:
    """The domains of the institution's contacts and people, save those that many institutions share."""
    written = Contact.objects.filter(institution=institution).values_list("email", flat=True)
    people = Grant.objects.filter(institution=institution).values_list("account__email", flat=True)
    domains = {address.rpartition("@")[2].casefold() for address in [*written, *people] if "@" in address}
    return sorted(domain for domain in domains - _FREE_MAIL if not _is_shared(domain, institution))


def _is_shared(domain: str, institution: Institution) -> bool:
    others = Contact.objects.filter(email__iendswith=f"@{domain}").exclude(institution=institution)
    return others.order_by().values("institution").distinct().count() >= settings.DISCLOSURE_K


def _told(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
