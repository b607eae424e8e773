"""Collectors: enrolled by a person, heard while they live, missed when they fall silent."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as tokens
from sonae.core.access.models import ApiToken
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.kernel import calendar
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.detection import queries, rules
from sonae.prevention.detection.models import Collector
from sonae_wire.messages import Heartbeat

SILENCE = "collector.silent"
CONTROL = "detection.sensor-running"
# Evidence that it runs outlives the day it was measured on by one: a night without power is not a gap in the ledger.
PROOF_LASTS = timedelta(days=2)


@transaction.atomic
def enrol_collector(name: str, *, institution_id: int, by: Viewer, now: datetime) -> tuple[Collector, str]:
    """A collector and the secret of its token, shown here once and kept nowhere."""
    require(access.may(by, Permission.COLLECTOR_MANAGE, at=tokens.place_of_institution(institution_id)))
    require(rules.may_enrol(name))
    token, secret = tokens.issue_program_token(
        name.strip(), institution_id=institution_id, scopes=[Permission.COLLECTOR_EXCHANGE], by=by, now=now
    )
    collector = Collector.objects.create(
        institution_id=institution_id, token=token, name=name.strip(), enrolled_at=now, enrolled_by_id=by.account_id
    )
    _record("collector.enrol", collector, by=by.account_id, now=now)
    return collector, secret


@transaction.atomic
def retire_collector(collector_id: UUID, *, by: Viewer, now: datetime) -> Collector:
    """Ends a collector: its token opens nothing from now on, and nobody is reminded of its silence."""
    collector = Collector.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=collector_id).first()
    if collector is None:
        raise Gone("collector", collector_id)
    require(access.may(by, Permission.COLLECTOR_MANAGE, at=tokens.place_of_institution(collector.institution_id)))
    require(rules.may_retire(collector.retired_at))
    tokens.revoke_token(collector.token_id, by=by, now=now)
    duties.supersede(SILENCE, subject="collector", subject_id=collector.silence_id, now=now, by=by.account_id)
    collector.retired_at, collector.retired_by_id, collector.silent_since = now, by.account_id, None
    collector.save(update_fields=["retired_at", "retired_by", "silent_since"])
    _record("collector.retire", collector, by=by.account_id, now=now)
    return collector


@transaction.atomic
def record_heartbeat(heartbeat: Heartbeat, *, by: Viewer, now: datetime) -> Collector:
    """Remembers that a collector lives and how far it is; ends the duty that its silence had caused."""
    collector = collector_of(by, now=now)
    # It ends a duty of its own, then proves what may end the duties of its neighbours: one collector at a time.
    Institution.objects.select_for_update(no_key=True).get(pk=collector.institution_id)
    collector.last_heard_at = now
    collector.version = heartbeat.collector_version
    collector.cursor = heartbeat.cursor
    collector.indicators_held = heartbeat.indicators_held
    collector.events_read = heartbeat.events_read
    collector.bad_lines = heartbeat.bad_lines
    collector.sightings_waiting = heartbeat.sightings_waiting
    collector.sightings_refused = heartbeat.sightings_refused
    collector.newest_event_at = heartbeat.newest_event_at
    _end_silence(collector, now=now)
    _prove_running(collector, now=now)
    collector.save(
        update_fields=[
            "last_heard_at", "version", "cursor", "indicators_held", "events_read", "bad_lines", "sightings_waiting",
            "sightings_refused", "newest_event_at", "silent_since", "proven_on",
        ]
    )  # fmt: skip
    return collector


@transaction.atomic
def impose_on_silence(*, now: datetime, limit: int = 500) -> int:
    """Gives institutions whose collectors fell silent the duty to look; each silence is one duty. Returns how many."""
    silent = queries.silent_collectors(now=now).order_by("pk").values_list("pk", flat=True)[:limit]
    # Locked in the order of their keys; whoever is heard of meanwhile is no longer silent.
    found = list(Collector.objects.select_for_update().filter(pk__in=list(silent), silent_since=None).order_by("pk"))
    for collector in found:
        collector.silences += 1
        collector.silent_since = collector.last_heard_at or collector.enrolled_at
        collector.save(update_fields=["silences", "silent_since"])
        duties.impose(
            SILENCE, institution_id=collector.institution_id, subject="collector", subject_id=collector.silence_id,
            known_at=now, now=now, facts={"name": collector.name},
        )  # fmt: skip
    return len(found)


def collector_of(by: Viewer, *, now: datetime) -> Collector:
    """The collector that speaks, locked; a token with the right scope that was issued by itself becomes one now."""
    require(access.may(by, Permission.COLLECTOR_EXCHANGE))
    assert by.token_id is not None, "no role carries this permission: whoever has it speaks with a token"
    token = ApiToken.objects.get(pk=by.token_id)
    assert token.institution_id is not None, "only programs of an institution carry this scope"
    Collector.objects.get_or_create(
        token=token,
        defaults={
            "institution_id": token.institution_id, "name": token.name, "enrolled_at": now,
            "enrolled_by_id": token.created_by_id,
        },
    )  # fmt: skip
    return Collector.objects.select_for_update(of=("self",)).get(token=token)


def _end_silence(collector: Collector, *, now: datetime) -> None:
    if collector.silent_since is not None:
        duties.settle(SILENCE, subject="collector", subject_id=collector.silence_id, now=now)
        collector.silent_since = None


def _prove_running(collector: Collector, *, now: datetime) -> None:
    today = calendar.jst_day(now)
    if collector.proven_on == today:
        return
    assurance.renew_evidence(
        Said(
            control=CONTROL,
            institution_id=collector.institution_id,
            source=Source(SourceKind.SENSOR, collector.silence_id, speaker=str(collector.pk)),
            strength=Strength.MEASURED,
            since=now,
            until=now + PROOF_LASTS,
            key=f"collector:{collector.pk}:{today}",
        ),
        by=None,
        now=now,
    )
    collector.proven_on = today


def _record(verb: str, collector: Collector, *, by: UUID | None, now: datetime) -> None:
    audit.record(
        verb, subject="collector", subject_id=collector.pk, by=by, now=now, institution_id=collector.institution_id
    )
