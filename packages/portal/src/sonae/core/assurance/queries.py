from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue, imported, rules
from sonae.core.assurance.catalogue_files import changes
from sonae.core.assurance.models import Evidence, ImportedCatalogue, ImportedEntry
from sonae.core.assurance.vocabulary import (
    SOURCES,
    AssuranceRefusal,
    ControlState,
    EntryChange,
    EvidenceFacts,
    SectorCount,
    Standing,
    Strength,
    Subject,
    Teller,
)
from sonae.core.institutions.models import Institution
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Decision, Refused
from sonae.kernel.errors import NotAllowed

_SQL = Path(__file__).parent / "sql"


def state_of(control: str, institution_id: int, *, now: datetime) -> ControlState:
    """How one control stands at one institution."""
    return states_named([control], institution_id, now=now)[control]


def states_named(names: Iterable[str], institution_id: int, *, now: datetime) -> dict[str, ControlState]:
    """How each of these controls stands at one institution, of whichever catalogue it is: one query."""
    by_control: dict[str, list[EvidenceFacts]] = {name: [] for name in names}
    for row in Evidence.objects.standing().filter(control__in=by_control, institution_id=institution_id):
        by_control[row.control].append(row.evidence_facts())
    return {name: rules.state_of(found, now=now) for name, found in by_control.items()}


def states_of(institution_id: int, *, now: datetime) -> dict[str, ControlState]:
    """How every control of the catalogue stands at one institution: one query."""
    by_control: dict[str, list[EvidenceFacts]] = defaultdict(list)
    for row in Evidence.objects.standing().filter(institution_id=institution_id):
        by_control[row.control].append(row.evidence_facts())
    return {name: rules.state_of(by_control[name], now=now) for name in catalogue.controls()}


def states_at_each(
    names: Collection[str], institution_ids: Collection[int], *, now: datetime
) -> dict[int, dict[str, ControlState]]:
    """How each of these controls stands at each of these institutions: one query."""
    found: dict[tuple[int, str], list[EvidenceFacts]] = defaultdict(list)
    for row in Evidence.objects.standing().filter(control__in=names, institution_id__in=institution_ids):
        found[row.institution_id, row.control].append(row.evidence_facts())
    return {
        institution_id: {name: rules.state_of(found[institution_id, name], now=now) for name in names}
        for institution_id in institution_ids
    }


def subjects(names: Iterable[str]) -> dict[str, Subject]:
    """What these names say evidence is about; without those that no catalogue has. One query at most."""
    asked = list(names)
    known = catalogue.controls()
    own = {name: Subject(name, known[name].edition, known[name].lasts_days) for name in asked if name in known}
    addressed = {name: parts for name in asked if (parts := imported.parts_of(name))}
    return own | (_imported_subjects(addressed) if addressed else {})


def subject(name: str) -> Subject:
    """What evidence under this name is about; refuses a name that no catalogue has."""
    found = subjects([name]).get(name)
    if found is None:
        raise NotAllowed(Refused(AssuranceRefusal.UNKNOWN_CONTROL, {"control": name}))
    return found


class Subjects(Container[str]):
    """The names of all that evidence can be about, asked one by one: a catalogue may have thousands."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in subjects([name])


def _imported_subjects(addressed: Mapping[str, tuple[str, str]]) -> dict[str, Subject]:
    versions = reduce(or_, (Q(catalogue__digest__startswith=digits) for digits, _ in set(addressed.values())))
    rows = ImportedEntry.objects.filter(versions, name__in={name for _, name in addressed.values()})
    found = {}
    for row in rows.filter(is_group=False, is_withdrawn=False).select_related("catalogue"):
        of = row.catalogue
        address = of.address_of(row.name)
        words = {"name": row.name, "code": row.code, "title": row.title, "catalogue": of.title, "version": of.version}
        edition = of.dated_on or jst_day(of.imported_at)
        found[address] = Subject(address, edition, rules.IMPORTED_LASTS_DAYS, words)
    return {name: found[name] for name in addressed if name in found}


def entry_at(address: str) -> ImportedEntry | None:
    """The entry of an imported catalogue that evidence under this address is about; nothing once it was taken back."""
    parts = imported.parts_of(address)
    if parts is None:
        return None
    return ImportedEntry.objects.filter(catalogue__digest__startswith=parts[0], name=parts[1]).first()


def with_evidence(entries: QuerySet[ImportedEntry], of: ImportedCatalogue, viewer: Viewer) -> QuerySet[ImportedEntry]:
    """The entries of a version, each with whether evidence stands about it that this viewer may read."""
    told = Evidence.objects.visible_to(viewer).standing()
    address = Concat(Value(of.address_of("")), OuterRef("name"))
    return entries.annotate(has_evidence=Exists(told.filter(control=address)))


def states_for_sector(institutions: QuerySet[Institution], *, now: datetime) -> dict[str, SectorCount]:
    """How many of these institutions stand how, for every control of the catalogue that may be counted: two queries."""
    total = institutions.count()
    counted = [name for name in catalogue.controls() if name not in catalogue.kept_inside()]
    found = _counted("count_by_control.sql", institutions, counted, now=now)
    return {name: _sector_count(total, found.get(name, [])) for name in counted}


def standings_by_prefecture(
    control: str, institutions: QuerySet[Institution], *, now: datetime
) -> dict[str, SectorCount]:
    """How many of these institutions stand how for one control, by the prefecture they are in: two queries."""
    totals = dict(institutions.order_by().values_list("prefecture").annotate(Count("pk")))
    found = _counted("count_by_prefecture.sql", institutions, [control], now=now)
    return {prefecture: _sector_count(total, found.get(prefecture, [])) for prefecture, total in sorted(totals.items())}


def institutions_in_reach(viewer: Viewer) -> QuerySet[Institution]:
    """The listed institutions whose evidence this viewer may read."""
    reach = access.reach(viewer, Permission.EVIDENCE_READ)
    listed = Institution.objects.listed()
    if reach.nation:
        return listed
    return listed.filter(pk__in=reach.institution_ids) | listed.filter(jurisdiction_id__in=reach.jurisdiction_ids)


def teller_about(institution_id: int, viewer: Viewer) -> Teller:
    """As whom this viewer speaks about this institution."""
    inside = institution_id in access.reach(viewer, Permission.EVIDENCE_FILE).institution_ids
    return rules.teller(is_program=viewer.is_program, is_inside=inside)


def may_take_back(evidence: Evidence, viewer: Viewer) -> Decision:
    """Whether this viewer is of the side that said this."""
    teller = teller_about(evidence.institution_id, viewer)
    return rules.may_take_back(SOURCES(evidence.source), Strength(evidence.strength), teller=teller)


def controls_told_by(kind: StrEnum, references: Collection[str], institution_id: int) -> frozenset[str]:
    """The controls of an institution of which these references of one kind of source have said something that was
    not withdrawn."""
    rows = Evidence.objects.filter(source=kind, reference__in=references, institution_id=institution_id)
    return frozenset(rows.filter(withdrawn_at=None).values_list("control", flat=True))


def version_before(catalogue: ImportedCatalogue) -> ImportedCatalogue | None:
    """The version of an imported catalogue that this one took the place of."""
    earlier = ImportedCatalogue.objects.filter(identifier=catalogue.identifier, number__lt=catalogue.number)
    return earlier.order_by("-number").first()


def names_changed(before: ImportedCatalogue, after: ImportedCatalogue) -> list[str]:
    """The names of the entries that differ from one version of an imported catalogue to another: two queries.

    No text is read for it: a large catalogue has millions of letters.
    """
    old, new = (dict(one.entries.order_by("position").values_list("name", "digest")) for one in (before, after))
    return changes.names_between(old, new)


def changes_of(
    names: Collection[str], *, before: ImportedCatalogue, after: ImportedCatalogue
) -> tuple[EntryChange, ...]:
    """What these entries say otherwise from one version of an imported catalogue to another: two queries."""
    old, new = (
        [row.entry() for row in one.entries.filter(name__in=names).order_by("position")] for one in (before, after)
    )
    return changes.between(old, new)


def changes_since(before: ImportedCatalogue, after: ImportedCatalogue) -> tuple[EntryChange, ...]:
    """What differs from one version of an imported catalogue to another: four queries."""
    return changes_of(names_changed(before, after), before=before, after=after)


def _counted(
    name: str, institutions: QuerySet[Institution], controls: Iterable[str], *, now: datetime
) -> dict[str, list[tuple[str, int, int, int]]]:
    names = list(controls)
    try:
        chosen, chosen_params = institutions.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return {}
    moment = connection.ops.adapt_datetimefield_value(now)
    soon = connection.ops.adapt_datetimefield_value(now + rules.SOON)
    # Only text of this file and placeholders are joined here; every value travels as a parameter.
    standings = (_SQL / "standings.sql").read_text(encoding="utf-8") % {
        "now": "%s",
        "soon": "%s",
        "controls": ", ".join(["%s"] * len(names)),
        "institutions": chosen,
    }
    statement = (_SQL / name).read_text(encoding="utf-8") % {"standings": standings}
    params: list[Any] = [moment, moment, *names, *chosen_params, soon]
    found: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for group, standing, count, contradicted, expires_soon in cursor.fetchall():
            found[group].append((standing, int(count), int(contradicted), int(expires_soon)))
    return found


def _sector_count(total: int, rows: list[tuple[str, int, int, int]]) -> SectorCount:
    by_standing = {Standing(standing): count for standing, count, _, _ in rows}
    by_standing[Standing.NO_EVIDENCE] = total - sum(by_standing.values())
    return SectorCount(
        institutions=total,
        by_standing={standing: by_standing.get(standing, 0) for standing in Standing},
        contradicted=sum(row[2] for row in rows),
        expires_soon=sum(row[3] for row in rows),
    )
