"""What follows from exposures: what the institution owes, and what stands about its patches."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Min, Q

from sonae.core.assurance import catalogue as controls
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.prevention.exposure import course, queries, rules
from sonae.prevention.exposure.models import Exposure, LedgerState, Notice
from sonae.prevention.exposure.vocabulary import STRONGEST, Course, ExposureSource

RULE: Final = "exposure.settle"
SUBJECT: Final = "notice"
CONTROL: Final = "patching"
_MOVED: Final = "The urgency changed."


def follow(institution_id: int, notices: Collection[UUID], *, now: datetime, by: UUID | None = None) -> None:
    """Lets what an institution owes because of these advisories be what its exposures say: one duty an advisory, due
    when the first of its devices is."""
    if not notices:
        return
    mine = Exposure.objects.filter(institution_id=institution_id, notice__in=notices)
    owed = {
        row["notice_id"]: row
        for row in mine.owed().order_by().values("notice_id").annotate(
            due=Min("due_at"), opened=Max("opened_at"), urgent=Max("urgent_since"), known=Min("known_at")
        )
    }  # fmt: skip
    about = Duty.objects.open().filter(rule=RULE, institution_id=institution_id, subject=SUBJECT)
    standing = {UUID(one.subject_id): one for one in about.filter(subject_id__in=[str(one) for one in notices])}
    answered = set(mine.filter(course__in=[*course.SETTLED - {Course.LIFTED}]).values_list("notice_id", flat=True))
    names = dict(Notice.objects.filter(pk__in=owed).values_list("pk", "identifier"))
    for notice_id in notices:
        duty, due = standing.get(notice_id), owed.get(notice_id)
        whose: dict[str, Any] = {
            "subject": SUBJECT,
            "subject_id": notice_id,
            "institution_id": institution_id,
            "now": now,
            "by": by,
        }
        if due and duty is None:
            occasion = max(due["opened"], due["urgent"]).isoformat()
            duties.impose(
                RULE, known_at=due["known"], due_at=due["due"], facts={"advisory": names[notice_id]},
                occasion=occasion, **whose,
            )  # fmt: skip
        elif due and duty and duty.due_at != due["due"]:
            duties.move_due(RULE, due_at=due["due"], why=_MOVED, **whose)
        elif duty and not due:
            (duties.settle if notice_id in answered else duties.supersede)(RULE, **whose)


def speak_of_patches(institution_id: int, *, now: datetime, by: UUID | None = None) -> None:
    """Says how far the institution has come, as evidence; without a product in its ledger nobody can say it."""
    tally = queries.tally_of(institution_id, now=now)
    state = LedgerState.objects.filter(pk=institution_id).first()
    if tally is None or state is None:
        return
    until = now + timedelta(days=controls.control(CONTROL).lasts_days or 0)
    said = Said(
        control=CONTROL, institution_id=institution_id, source=Source(ExposureSource.COURSE, str(institution_id)),
        strength=STRONGEST[ExposureSource.COURSE], since=now, until=until, finding=rules.finding_of(tally),
        facts={"exposures": tally.exposures, "settled": tally.settled, "overdue": tally.overdue},
    )  # fmt: skip
    if queries.says_so_already(said) and not rules.is_said_anew(state.said_until, now=now, lasts=until - now):
        return
    assurance.record_evidence(said, by=by, now=now)
    LedgerState.objects.filter(pk=institution_id).update(said_until=until)


def due_for_review(*, since: datetime | None, until: datetime) -> list[int]:
    """The institutions of which something else has to be said by now: a day has passed, or a word soon ends."""
    passed = Q(due_at__lt=until) if since is None else Q(due_at__lt=until, due_at__gte=since)
    late = Exposure.objects.owed().filter(passed).order_by().values_list("institution_id", flat=True).distinct()
    soon = until + timedelta(days=(controls.control(CONTROL).lasts_days or 0) // 2)
    return sorted({*late, *LedgerState.objects.filter(said_until__lt=soon).values_list("pk", flat=True)})
