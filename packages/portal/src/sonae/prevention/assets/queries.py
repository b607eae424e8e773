"""How far the ledger of an institution is: its rows, and when somebody last looked through them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Min, Q, QuerySet

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Source
from sonae.core.institutions.models import Institution
from sonae.kernel import calendar
from sonae.prevention.assets import proofs, rules
from sonae.prevention.assets.models import Asset, Connection, LedgerImport, Stocktake
from sonae.prevention.assets.vocabulary import (
    ConnectionFacts,
    DeviceFacts,
    LedgerPart,
    LedgerSource,
    Measure,
    Proof,
    Tally,
)


@dataclass(frozen=True, slots=True)
class PartStands:
    """A part of the ledger at one institution: what each measure finds now, and the stocktake that stands."""

    institution: Institution
    part: LedgerPart
    rows: int
    tallies: tuple[tuple[Proof, Tally], ...]
    stocktake: Stocktake | None
    holds_until: datetime | None


def kept_by(viewer: Viewer) -> QuerySet[Institution]:
    """The institutions whose ledger this person may change."""
    return Institution.objects.filter(pk__in=access.reach(viewer, Permission.ASSET_CHANGE).institution_ids)


def tallies_of(institution_id: int, part: LedgerPart, *, today: date) -> dict[Measure, Tally]:
    """By measure, how a part of the ledger of an institution is now; rows out of use do not count. One query."""
    return tallies_at_each([institution_id], part, today=today)[institution_id]


def tallies_at_each(
    institution_ids: Collection[int], part: LedgerPart, *, today: date
) -> dict[int, dict[Measure, Tally]]:
    """By institution and measure, how this part of its ledger is now: one query."""
    measures = [proof.measure for proof in proofs.of_part(part)]
    if part is LedgerPart.DEVICES:
        devices = Asset.objects.in_use().filter(institution_id__in=institution_ids)
        recorded: dict[int, list[DeviceFacts]] = {institution_id: [] for institution_id in institution_ids}
        for device in devices.only("institution_id", "version", "place", "responsible"):
            recorded[device.institution_id].append(device.device_facts())
        return {one: dict.fromkeys(measures, rules.tally_of_devices(facts)) for one, facts in recorded.items()}
    known: dict[int, list[ConnectionFacts]] = {institution_id: [] for institution_id in institution_ids}
    for connection in Connection.objects.in_use().filter(institution_id__in=institution_ids):
        known[connection.institution_id].append(connection.connection_facts())
    return {
        one: {measure: rules.tally_of_connections(measure, facts, today=today) for measure in measures}
        for one, facts in known.items()
    }


def last_stocktake(institution_id: int, part: LedgerPart) -> Stocktake | None:
    """The stocktake of a part that stands: the newest one that nobody took back."""
    rows = Stocktake.objects.standing().filter(institution_id=institution_id, part=part)
    return rows.select_related("taken_by").first()


def lasts_until(stocktake: Stocktake, proof: Proof) -> date:
    """The last day in Japan on which a stocktake says anything of a control, whatever the ledger shows."""
    return calendar.jst_day(stocktake.taken_at) + timedelta(days=proof.lasts_days)


def holds_until(stocktake: Stocktake, proof: Proof, tally: Tally) -> datetime:
    """Until when what the ledger shows now is evidence for a control: to the end of its last day in Japan."""
    last = rules.last_day_of(proof.measure, tally, lasts_until=lasts_until(stocktake, proof))
    return calendar.end_of(last)


def said_by_stocktake(stocktake: Stocktake, control: str) -> Evidence | None:
    """What stands of a stocktake about a control."""
    spoken = Evidence.objects.standing().of_speaker(control, stocktake.institution_id, source_of(stocktake))
    return spoken.filter(reference=str(stocktake.pk)).first()


def source_of(stocktake: Stocktake) -> Source:
    """Who speaks: the ledger of an institution has one voice, and rests on its last stocktake."""
    return Source(LedgerSource.STOCKTAKE, str(stocktake.pk))


def parts_stand(institutions: Iterable[Institution], *, now: datetime) -> list[PartStands]:
    """How each part of the ledger stands at each of these institutions, in their order: four queries for all."""
    shown = list(institutions)
    ids = [one.pk for one in shown]
    tallies = {part: tallies_at_each(ids, part, today=calendar.jst_day(now)) for part in LedgerPart}
    taken = Stocktake.objects.standing().filter(institution_id__in=ids).select_related("taken_by")
    last = {(one.institution_id, one.part): one for one in taken.order_by("taken_at", "pk")}
    ends = _ends_of(last.values())
    return [
        _part_stands(one, part, tallies[part][one.pk], last.get((one.pk, part)), ends)
        for one in shown
        for part in LedgerPart
    ]


def is_stale(run: LedgerImport) -> bool:
    """Whether the ledger of the institution was written since the plan of an import was made."""
    if run.planned_at is None:
        return False
    since = Q(changed_at__gt=run.planned_at) | Q(recorded_at__gt=run.planned_at)
    of_institution = Asset.objects.filter(institution_id=run.institution_id)
    if run.asset_id is not None:
        of_institution = of_institution.filter(pk=run.asset_id)
    return of_institution.filter(since).exists()


def _part_stands(
    institution: Institution,
    part: LedgerPart,
    found: Mapping[Measure, Tally],
    stocktake: Stocktake | None,
    ends: Mapping[str, datetime],
) -> PartStands:
    asked = tuple((proof, found[proof.measure]) for proof in proofs.of_part(part))
    rows = max((tally.rows for _proof, tally in asked), default=0)
    until = ends.get(str(stocktake.pk)) if stocktake else None
    return PartStands(institution, part, rows, asked, stocktake, until)


def _ends_of(stocktakes: Iterable[Stocktake]) -> dict[str, datetime]:
    """By stocktake, when the first of what it is evidence for ends."""
    keys = [str(one.pk) for one in stocktakes]
    spoken = Evidence.objects.standing().filter(source=LedgerSource.STOCKTAKE, reference__in=keys, until__isnull=False)
    return dict(spoken.order_by().values_list("reference").annotate(Min("until")))
