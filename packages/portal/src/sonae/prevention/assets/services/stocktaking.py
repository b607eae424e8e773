"""Looking through the ledger, and what that says about controls. What is said follows the ledger (ADR 0003)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import rules as assurance_rules
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Finding, Said
from sonae.core.audit import services as audit
from sonae.core.institutions.models import Institution
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.assets import proofs, queries, rules
from sonae.prevention.assets.models import Stocktake
from sonae.prevention.assets.vocabulary import LedgerPart, LedgerSource, Proof, Tally


@transaction.atomic
def take_stock(institution_id: int, part: LedgerPart, *, by: Viewer, now: datetime) -> Stocktake:
    """Says that this person looked through a part of the ledger now; it is evidence for the controls of that part."""
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    _lock_ledger(institution_id)
    tallies = queries.tallies_of(institution_id, part, today=jst_day(now))
    rows = max(tally.rows for tally in tallies.values())
    require(rules.may_take_stock(rows, part=part, is_person=by.account_id is not None))
    assert by.account_id is not None, "refused above"
    stocktake = Stocktake.objects.create(
        institution_id=institution_id, part=part, rows=rows, taken_at=now, taken_by_id=by.account_id,
        lacking=rows - min(tally.full for tally in tallies.values()),
    )  # fmt: skip
    _record("ledger.stocktake", stocktake, by=by.account_id, now=now, part=part, rows=rows)
    for proof in proofs.of_part(part):
        _say(stocktake, proof, tallies[proof.measure], by=by.account_id, now=now)
    return stocktake


@transaction.atomic
def withdraw_stocktake(stocktake_id: UUID, *, why: str, by: Viewer, now: datetime) -> Stocktake:
    """Takes a stocktake back, and with it what it was evidence for; the one before counts again as the ledger is."""
    visible = Stocktake.objects.visible_to(by).filter(pk=stocktake_id)
    institution_id = visible.values_list("institution_id", flat=True).first()
    if institution_id is None:
        raise Gone("stocktake", stocktake_id)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    # Before any row of it, as whoever changes the ledger does: nobody replaces meanwhile what is taken back here.
    _lock_ledger(institution_id)
    stocktake = Stocktake.objects.select_for_update(of=("self",)).get(pk=stocktake_id)
    require(rules.may_withdraw_stocktake(is_person=by.account_id is not None))
    require(assurance_rules.may_withdraw(is_withdrawn=stocktake.withdrawn_at is not None, why=why))
    assert by.account_id is not None, "refused above"
    stocktake.withdrawn_at, stocktake.withdrawn_by_id, stocktake.withdrawn_why = now, by.account_id, why.strip()
    stocktake.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    _record("ledger.withdraw_stocktake", stocktake, by=by.account_id, now=now, part=stocktake.part)
    assurance.withdraw_recorded(LedgerSource.STOCKTAKE, str(stocktake.pk), why=why, by=by.account_id, now=now)
    let_evidence_follow(institution_id, LedgerPart(stocktake.part), by=by.account_id, now=now)
    return stocktake


def let_evidence_follow(institution_id: int, part: LedgerPart, *, by: UUID | None, now: datetime) -> None:
    """Says anew what the last stocktake is evidence for, where the ledger shows something else since; it holds no
    longer for that."""
    # Before looking whether there is a stocktake: somebody may be taking the first one, who does not see this change.
    _lock_ledger(institution_id)
    stocktake = queries.last_stocktake(institution_id, part)
    if stocktake is None:
        return
    tallies = queries.tallies_of(institution_id, part, today=jst_day(now))
    for proof in proofs.of_part(part):
        tally = tallies[proof.measure]
        said = queries.said_by_stocktake(stocktake, proof.control)
        is_over = queries.lasts_until(stocktake, proof) < jst_day(now)
        shown = rules.shown_since(proof.measure, tally)
        if said is None or is_over or shown is None:
            continue
        if (shown, queries.holds_until(stocktake, proof, tally)) != (said.finding, said.until):
            _say(stocktake, proof, tally, by=by, now=now)


def _say(stocktake: Stocktake, proof: Proof, tally: Tally, *, by: UUID | None, now: datetime) -> None:
    finding: Finding = rules.finding_of(proof.measure, tally)
    assurance.record_evidence(
        Said(
            control=proof.control, institution_id=stocktake.institution_id, source=queries.source_of(stocktake),
            strength=proof.strength, since=now, until=queries.holds_until(stocktake, proof, tally), finding=finding,
            facts={"rows": tally.rows, "full": tally.full, "measure": proof.measure.value},
        ),
        by=by,
        now=now,
    )  # fmt: skip


def _lock_ledger(institution_id: int) -> None:
    """One at a time says what the ledger of an institution shows: a row that comes meanwhile would be missed."""
    Institution.objects.select_for_update(no_key=True).get(pk=institution_id)


def _record(verb: str, stocktake: Stocktake, *, by: UUID, now: datetime, **facts: object) -> None:
    audit.record(
        verb, subject="stocktake", subject_id=stocktake.pk, by=by, now=now,
        institution_id=stocktake.institution_id, facts=facts,
    )  # fmt: skip
