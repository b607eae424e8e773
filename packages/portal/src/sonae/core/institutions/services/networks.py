"""The public addresses of an institution, so that they never leave as indicators of an attack on it."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.core.institutions import rules
from sonae.core.institutions.models import Institution, OwnNetwork
from sonae.core.institutions.vocabulary import RegisterRefusal
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import NotAllowed


@transaction.atomic
def enter_network(institution_id: int, network: str, *, by: UUID, now: dt.datetime, note: str = "") -> OwnNetwork:
    """A public address or network of an institution, in its canonical form."""
    Institution.objects.select_for_update().get(pk=institution_id)
    entered = OwnNetwork.objects.current().filter(institution=institution_id)
    require(rules.may_enter_network(network, in_force=set(entered.values_list("network", flat=True))))
    row = OwnNetwork.objects.create(
        institution_id=institution_id,
        network=str(rules.network_of(network)),
        note=note,
        entered_at=now,
        entered_by_id=by,
    )
    _record("enter_network", row, by=by, now=now)
    return row


@transaction.atomic
def end_network(network_id: int, *, by: UUID, now: dt.datetime) -> OwnNetwork:
    """Says that a network is no longer the institution's. It stays in the history and is never disclosed."""
    row = OwnNetwork.objects.select_for_update().get(pk=network_id)
    if row.ended_at:
        raise NotAllowed(Refused(RegisterRefusal.NETWORK_ENDED_ALREADY, {"ended_at": row.ended_at}))
    row.ended_at, row.ended_by_id = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    _record("end_network", row, by=by, now=now)
    return row


def _record(verb: str, row: OwnNetwork, *, by: UUID, now: dt.datetime) -> None:
    # The network itself is not written down: more people read the audit log than may know whose an address is.
    audit.record(
        f"institutions.{verb}",
        subject="own_network",
        subject_id=row.pk,
        by=by,
        now=now,
        institution_id=row.institution_id,
    )
