"""What people say of an exposure (ours or not, fixed, mitigated, accepted, waiting); what the calendar takes back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit import services as audit
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Decision, require
from sonae.kernel.errors import Gone
from sonae.prevention.exposure import course, engine, queries
from sonae.prevention.exposure.models import Exposure, Hit, StepTaken
from sonae.prevention.exposure.services import effects
from sonae.prevention.exposure.services.standing import WRITTEN, move
from sonae.prevention.exposure.vocabulary import Course, Priority, Step


@transaction.atomic
def take_step(exposure_id: UUID, step: Step, *, by: Viewer, now: datetime) -> Exposure:
    """Says where an exposure stands from now on; what it owes and what stands about the patches follows."""
    exposure = _locked(exposure_id, by=by)
    require(may_step(exposure, step, by=by, now=now))
    taken = move(exposure, step.to, now=now, by=by.account_id)
    exposure.until = step.until
    taken.why, taken.done_on, taken.version = step.why.strip(), step.done_on, step.version.strip()
    taken.until, taken.vendor_id = step.until, step.vendor_id
    exposure.save(update_fields=WRITTEN)
    taken.save(force_insert=True)
    audit.record(
        "exposure.step", subject="exposure", subject_id=exposure.pk, by=by.account_id, now=now,
        institution_id=exposure.institution_id, facts={"course": step.to.value},
    )  # fmt: skip
    effects.follow(exposure.institution_id, [exposure.notice_id], now=now, by=by.account_id)
    effects.speak_of_patches(exposure.institution_id, now=now, by=by.account_id)
    return exposure


def may_step(exposure: Exposure, step: Step, *, by: Viewer, now: datetime) -> Decision:
    """Whether this viewer may say this of an exposure of their institution now."""
    return course.may_step(
        Course(exposure.course), step, priority=Priority(exposure.priority), today=jst_day(now),
        is_executive=(Role.EXECUTIVE, "institution", exposure.institution_id) in by.grants,
        is_still_hit=bool(step.version.strip()) and _is_named(exposure, step.version.strip()),
    )  # fmt: skip


@transaction.atomic
def end_terms(institution_id: int, *, now: datetime) -> int:
    """Gives back to an institution what was settled for a term that is over; answers how many."""
    queries.lock(institution_id)
    today = jst_day(now)
    rows = Exposure.objects.filter(institution_id=institution_id, until__lt=today).select_for_update(of=("self",))
    over = [one for one in rows if course.is_over(Course(one.course), until=one.until, today=today)]
    steps = [move(one, Course.OURS, now=now) for one in over]
    for one in over:
        # It is asked anew, also where it was owed all the time: a wait for the vendor is.
        one.opened_at = now
    Exposure.objects.bulk_update(over, WRITTEN)
    StepTaken.objects.bulk_create(steps)
    effects.follow(institution_id, {one.notice_id for one in over}, now=now)
    effects.speak_of_patches(institution_id, now=now)
    return len(over)


def _is_named(exposure: Exposure, version: str) -> bool:
    hits = Hit.objects.filter(exposure=exposure).select_related("statement__version__stated")
    said = {
        (one.statement.version.standing if one.statement.version else "", one.statement.vendor, one.statement.product)
        for one in hits
    }
    return any(
        engine.names_version(text, vendor=vendor, product=product, version=version) for text, vendor, product in said
    )


def _locked(exposure_id: UUID, *, by: Viewer) -> Exposure:
    found = Exposure.objects.visible_to(by).filter(pk=exposure_id).first()
    if found is None:
        raise Gone("exposure", exposure_id)
    require(access.may(by, Permission.EXPOSURE_ANSWER, at=places.place_of_institution(found.institution_id)))
    # Before any row of it, as the matching does.
    queries.lock(found.institution_id)
    return Exposure.objects.select_for_update(of=("self",)).get(pk=exposure_id)
