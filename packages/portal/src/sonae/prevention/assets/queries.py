"""How far the ledger of an institution is: its rows, and when somebody last looked through them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Source
from sonae.core.institutions.models import Institution
from sonae.kernel import calendar
from sonae.prevention.assets import proofs, rules
from sonae.prevention.assets.models import Asset, Connection, Stocktake
from sonae.prevention.assets.vocabulary import LedgerPart, LedgerSource, Measure, Proof, Tally


@dataclass(frozen=True, slots=True)
class PartStands:
    """A part of the ledger at one institution: what each measure finds now, and the stocktake that stands."""

    institution: Institution
    part: LedgerPart
    rows: int
    tallies: tuple[tuple[Proof, Tally], ...]
    stocktake: Stocktake | None
    holds_until: datetime | None


def tallies_of(institution_id: int, part: LedgerPart, *, today: date) -> dict[Measure, Tally]:
    """By measure, how a part of the ledger of an institution is now; rows out of use do not count. One query."""
    measures = [proof.measure for proof in proofs.of_part(part)]
    if part is LedgerPart.DEVICES:
        devices = Asset.objects.in_use().filter(institution_id=institution_id)
        tally = rules.tally_of_devices([one.device_facts() for one in devices])
        return dict.fromkeys(measures, tally)
    connections = Connection.objects.in_use().filter(institution_id=institution_id)
    facts = [one.connection_facts() for one in connections]
    return {measure: rules.tally_of_connections(measure, facts, today=today) for measure in measures}


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


def part_stands(institution: Institution, part: LedgerPart, *, now: datetime) -> PartStands:
    """How a part of the ledger stands at an institution: three queries."""
    found = tallies_of(institution.pk, part, today=calendar.jst_day(now))
    stocktake = last_stocktake(institution.pk, part)
    asked = tuple((proof, found[proof.measure]) for proof in proofs.of_part(part))
    spoken = Evidence.objects.standing().filter(source=LedgerSource.STOCKTAKE, institution_id=institution.pk)
    ends = [row.until for row in spoken.filter(reference=str(stocktake.pk)) if row.until] if stocktake else []
    rows = max((tally.rows for _proof, tally in asked), default=0)
    return PartStands(institution, part, rows, asked, stocktake, min(ends, default=None))
