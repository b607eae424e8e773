"""Where an exposure stands by what is hit and what was said of the names. Rows are changed here and saved by others."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sonae.prevention.exposure import course, rules, weighing
from sonae.prevention.exposure.models import Exposure, Hit, Question, StepTaken
from sonae.prevention.exposure.vocabulary import Certainty, Course, PairState, Saying, Standing

WRITTEN = (
    "opened_at", "certainty", "digest", "priority", "rank", "urgent_since", "due_at", "exploitation",
    "system_exposure", "automatable", "human_impact", "epss", "base_score", "grounds", "course", "until",
)  # fmt: skip


def sayings_at(institution_id: int, pairs: Iterable[UUID]) -> dict[UUID, Saying]:
    """What an institution said of these pairs of names."""
    asked = Question.objects.filter(institution_id=institution_id, pair__in=set(pairs)).exclude(answer="")
    return {pair: Saying(answer) for pair, answer in asked.values_list("pair_id", "answer")}


def names_of(hit: Hit, own: Mapping[UUID, Saying]) -> Standing:
    """What counts of the names of a hit."""
    if hit.pair_id is None or hit.pair is None:
        return Standing.SAME
    return rules.standing(own.get(hit.pair_id), PairState(hit.pair.state))


def stand(exposure: Exposure, hits: list[Hit], own: Mapping[UUID, Saying], *, now: datetime) -> StepTaken | None:
    """Writes onto the row where it stands now; answers the step that this is, for its history."""
    judged = [(names_of(hit, own), hit.is_within) for hit in hits]
    certainty = rules.certainty_of(judged)
    digest = rules.digest_of(
        (hit.key, hit.version, _said(hit))
        for hit, (names, _) in zip(hits, judged, strict=True)
        if names is not Standing.DIFFERENT
    )
    exposure.certainty = certainty or exposure.certainty
    if digest == exposure.digest:
        weighing.set_due(exposure)
        return None
    exposure.digest = digest
    before = Course(exposure.course)
    to = course.opened_again(before, is_hit=certainty is not None)
    step = move(exposure, to, now=now) if to is not before else None
    weighing.set_due(exposure)
    return step


def move(exposure: Exposure, to: Course, *, now: datetime, by: UUID | None = None) -> StepTaken:
    """Writes another course onto the row; what is owed again counts from now."""
    before = Course(exposure.course)
    if course.is_owed(to) and not course.is_owed(before):
        exposure.opened_at = now
    exposure.course, exposure.until = to, None
    weighing.set_due(exposure)
    return StepTaken(exposure=exposure, came_from=before, course=to, taken_at=now, taken_by_id=by)


def begun(institution_id: int, asset_id: UUID, notice_id: UUID, *, now: datetime) -> Exposure:
    """A new row: it is hit by nothing yet, and how urgent it is nobody knows."""
    return Exposure(
        institution_id=institution_id, asset_id=asset_id, notice_id=notice_id, known_at=now, opened_at=now,
        urgent_since=now, certainty=Certainty.PRODUCT_UNCLEAR, course=Course.LIFTED, rank=0,
    )  # fmt: skip


def _said(hit: Hit) -> str:
    statement = hit.statement
    text = statement.version.standing if statement.version else ""
    return f"{statement.vendor}\x1f{statement.product}\x1f{text}"
