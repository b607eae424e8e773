"""What an institution owes the authorities once it has reported an incident.

A stand-in for the room `response.reporting`, which will derive it from the facts: that room lies beside `dispatch` and
above `incidents`, and hears of a report the same way. Everything here runs in the transaction of the report.
"""

from sonae.core.duties import services as duties
from sonae.response.incidents import rules
from sonae.response.incidents.vocabulary import IncidentMoved, IncidentReported

# Owed as soon as an attack is known. A leak that is not ruled out counts as feared.
ON_REPORT = ("incident.notify-ministry", "incident.first-report")


def impose(event: IncidentReported) -> None:
    """The reports that a new incident asks for; an exercise asks for none."""
    if event.is_drill:
        return
    for rule in ON_REPORT:
        duties.impose(
            rule,
            institution_id=event.institution_id,
            subject="incident",
            subject_id=event.incident_id,
            known_at=event.known_at,
            now=event.now,
            facts={"number": event.number},
            by=event.by,
        )


def lift(event: IncidentMoved) -> None:
    """Nothing is reported of what turned out to be no incident, or is reported under another number."""
    if event.after in rules.FREED:
        for rule in ON_REPORT:
            duties.supersede(rule, subject="incident", subject_id=event.incident_id, now=event.now, by=event.by)
