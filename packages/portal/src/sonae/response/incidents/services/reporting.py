"""How an incident comes in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.access import queries as access_queries
from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.duties import services as duties
from sonae.core.notifications import services as notifications
from sonae.kernel.decision import require
from sonae.kernel.events import publish
from sonae.kernel.ids import new_id
from sonae.response.incidents import rules
from sonae.response.incidents.models import Draft, Incident, Moment, Statement
from sonae.response.incidents.queries import CALL_BACK
from sonae.response.incidents.services import writing
from sonae.response.incidents.vocabulary import (
    Concerned,
    EntryKind,
    Field,
    IncidentReported,
    Leak,
    Precision,
    Report,
    TimeKind,
    TimeSource,
)

# Who calls back whoever reported: the first of these roles that anybody holds.
CALLING_BACK = (Role.RESPONDER, Role.MINISTRY_OFFICER)


@transaction.atomic
def report_incident(report: Report, *, intake_id: UUID, by: Viewer, now: datetime) -> Incident:
    """Takes an incident in: it has its number and its clock; everyone concerned is told, and somebody calls back.

    What it owes to authorities follows from the event, in the same transaction.

    The same intake id gives the incident that stands: a form sent twice is one report.
    """
    incident, at, is_new = _take_in(report, intake_id, by=by, now=now, is_drill=False)
    if is_new:
        told = _everyone_concerned(at, now=now)
        _tell(incident, told, by=by, now=now)
        _owe_a_call(incident, told, by=by, now=now)
        _publish(incident, report, by=by, now=now)
    return incident


@transaction.atomic
def report_drill(report: Report, *, intake_id: UUID, by: Viewer, now: datetime) -> Incident:
    """The same for an exercise: marked, owing nothing, and told to nobody but the managers of the institution."""
    incident, at, is_new = _take_in(report, intake_id, by=by, now=now, is_drill=True)
    if is_new:
        managers = access_queries.holders([Role.INSTITUTION_MANAGER], now=now, institution_id=at.institution_id)
        _tell(incident, {Concerned.INSTITUTION: managers}, by=by, now=now)
        _publish(incident, report, by=by, now=now)
    return incident


def _publish(incident: Incident, report: Report, *, by: Viewer, now: datetime) -> None:
    publish(
        IncidentReported(
            incident.pk, incident.institution_id, incident.is_drill, number=incident.number,
            known_at=rules.known_at(report, now=now), by=by.account_id, now=now,
        )
    )  # fmt: skip


@transaction.atomic
def save_draft(typed: Mapping[str, Any], *, by: Viewer, now: datetime) -> Draft:
    """Keeps what was typed so far, valid or not."""
    require(access.may(by, Permission.INCIDENT_REPORT))
    draft, _ = Draft.objects.update_or_create(
        account_id=writing.person(by), defaults={"typed": dict(typed), "saved_at": now}
    )
    return draft


@transaction.atomic
def discard_draft(*, by: Viewer) -> None:
    """Throws away what was typed."""
    Draft.objects.filter(account_id=writing.person(by)).delete()


def _take_in(
    report: Report, intake_id: UUID, *, by: Viewer, now: datetime, is_drill: bool
) -> tuple[Incident, Place, bool]:
    at = places.place_of_institution(report.institution_id)
    require(access.may(by, Permission.INCIDENT_REPORT, at=at))
    require(rules.may_report(report, now=now))
    identity = new_id()
    incident, is_new = Incident.objects.get_or_create(
        intake_id=intake_id,
        defaults={
            "id": identity, "number": rules.number_of(identity), "institution_id": report.institution_id,
            "is_drill": is_drill, "phase_since": now, "care": report.care, "leak": Leak.UNKNOWN, "registered_at": now,
            "registered_by_id": writing.person(by),
        },
    )  # fmt: skip
    # Somebody else's report does not come back to whoever guesses its intake id.
    require(access.may(by, Permission.INCIDENT_REPORT, at=places.place_of_institution(incident.institution_id)))
    if is_new:
        _write_statements(incident, report, by=writing.person(by), now=now)
        is_own = report.institution_id in access.reach(by, Permission.INCIDENT_REPORT).institution_ids
        _write_moments(incident, report, by=writing.person(by), now=now, called_in=None if is_own else now)
        writing.record("incident.report", incident, by=writing.person(by), now=now, facts={"is_drill": is_drill})
    # Also when the form comes a second time: what it had kept meanwhile would else look like a report not sent.
    discard_draft(by=by)
    return incident, at, is_new


def _write_statements(incident: Incident, report: Report, *, by: UUID, now: datetime) -> None:
    said: dict[Field, Any] = {
        Field.SEEN: report.seen.strip(),
        Field.SYSTEMS: sorted(report.systems),
        Field.CARE: report.care,
        Field.MEASURES: report.measures.strip(),
        Field.PHONE: report.phone.strip(),
    }
    Statement.objects.bulk_create(
        Statement(incident=incident, field=field, value=value, stated_at=now, stated_by_id=by)
        for field, value in said.items()
    )


def _write_moments(incident: Incident, report: Report, *, by: UUID, now: datetime, called_in: datetime | None) -> None:
    noticed = Precision.UNKNOWN if report.noticed_at is None else Precision.MINUTE
    known = TimeSource.ASSUMED if report.noticed_at is None else TimeSource.REPORTER
    said: list[tuple[TimeKind, datetime | None, Precision, TimeSource]] = [
        (TimeKind.OCCURRED, None, Precision.UNKNOWN, TimeSource.REPORTER),
        (TimeKind.NOTICED, report.noticed_at, noticed, TimeSource.REPORTER),
        (TimeKind.KNOWN, rules.known_at(report, now=now), Precision.MINUTE, known),
        (TimeKind.REGISTERED, now, Precision.MINUTE, TimeSource.SYSTEM),
    ]
    if called_in is not None:
        said.append((TimeKind.CALLED_IN, called_in, Precision.MINUTE, TimeSource.SYSTEM))
    Moment.objects.bulk_create(
        Moment(incident=incident, kind=kind, at=at, precision=precision, source=source, stated_at=now, stated_by_id=by)
        for kind, at, precision, source in said
    )


def _everyone_concerned(at: Place, *, now: datetime) -> dict[Concerned, Sequence[Account]]:
    return {
        Concerned.MINISTRY: access_queries.holders([Role.MINISTRY_OFFICER], now=now),
        Concerned.INSPECTING_BODY: access_queries.holders(
            [Role.INSPECTOR], now=now, jurisdiction_id=at.jurisdiction_id
        ),
        Concerned.RESPONDERS: access_queries.holders([Role.RESPONDER], now=now),
        Concerned.ANALYSTS: access_queries.holders([Role.SHARING_ANALYST], now=now),
        Concerned.INSTITUTION: access_queries.holders(
            [Role.INSTITUTION_MANAGER, Role.EXECUTIVE], now=now, institution_id=at.institution_id
        ),
    }


def _owe_a_call(incident: Incident, told: Mapping[Concerned, Sequence[Account]], *, by: Viewer, now: datetime) -> None:
    """Somebody owes the reporter a call. The institution can close its case without it: the call is not its duty."""
    held = {Role.RESPONDER: told[Concerned.RESPONDERS], Role.MINISTRY_OFFICER: told[Concerned.MINISTRY]}
    role = next((role for role in CALLING_BACK if held[role]), None)
    if role is not None:
        duties.impose(
            CALL_BACK, role=role, subject="incident", subject_id=incident.pk, known_at=now, now=now,
            facts={"number": incident.number}, by=by.account_id, hangs_on=(CALL_BACK, incident.pk),
        )  # fmt: skip


def _tell(incident: Incident, told: Mapping[Concerned, Sequence[Account]], *, by: Viewer, now: datetime) -> None:
    """Queues one message for each person, and writes down how many of whom: the receipt says what was done."""
    facts = {"told": {concerned.value: len(people) for concerned, people in told.items()}}
    writing.write_entry(incident, EntryKind.REPORTED, by=writing.person(by), now=now, facts=facts)
    people = [account for group in told.values() for account in group]
    context = {"path": reverse("incidents:detail", args=[incident.pk]), "is_drill": incident.is_drill}
    notifications.queue_mails(
        "incidents/reported",
        to=[
            notifications.Recipient(account.pk, context, f"incident:{incident.pk}:{account.pk}")
            for account in {person.pk: person for person in people}.values()
        ],
        now=now,
    )
