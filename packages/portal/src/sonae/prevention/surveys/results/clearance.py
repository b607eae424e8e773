"""Whether an edition may leave the ministry: the second gate, asked before anything is published or handed out."""

from collections.abc import Sequence
from hashlib import sha256

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.surveys.results import identities, queries, recovery, rules, versions
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.recovery import Published
from sonae.prevention.surveys.results.vocabulary import Finding, ResultRefusal, figure_at

# What this process has looked at, by its digest, the oldest forgotten first. A refusal too: whoever asks for what is
# refused again and again costs one look.
_MOST_REMEMBERED = 256
_remembered: dict[str, Decision] = {}


def may_leave(edition: ResultEdition) -> Decision:
    """Whether nothing can be worked out of what everybody would have: this edition beside those that are out.

    Nothing is worked out again while everything is as it was when that was last looked at.
    """
    digest = digest_of(edition)
    if edition.cleared_digest == digest:
        return ALLOWED
    known = _remembered.get(digest)
    if known is None:
        found = findings(edition)
        known = Refused(ResultRefusal.TELLS_OF_A_FEW, facts_of(found[0], edition)) if found else ALLOWED
        _remember(digest, known)
    return known


def findings(edition: ResultEdition) -> tuple[Finding, ...]:
    """Every figure of a handful that could be worked out."""
    strata = [one for one, _, _ in edition.counted_strata()]
    plans, new = queries.plans_of(edition), _published(edition)
    return recovery.found_in(
        new,
        earlier=[_beside(_published(one), new) for one in _before(edition)],
        identities=identities.identities_over([plans[number] for number in sorted(plans, reverse=True)]),
        bands_of_kinds=dict.fromkeys((one.band, one.kind) for one in strata),
        threshold=edition.threshold,
    )


def digest_of(edition: ResultEdition) -> str:
    """SHA-256, hexadecimal, of everything that a reader of this edition and the earlier ones has."""
    digest = sha256(f"{edition.campaign.edition_id} {edition.threshold}\n".encode())
    for one in (edition, *_before(edition)):
        digest.update(f"{one.pk} {one.answered_under}\n{one.strata}\n".encode())
        for text in QuestionResult.objects.filter(edition=one).order_by("position").values_list("shown", flat=True):
            digest.update(f"{text}\n".encode())
    return digest.hexdigest()


def facts_of(found: Finding, edition: ResultEdition) -> dict[str, object]:
    """Which figure it is, so that an officer finds it: question, class, and what is counted."""
    row = QuestionResult.objects.filter(edition=edition, question=found.question).as_shown().first()
    return {
        "question": found.question,
        "breakdown": found.each[0] or "all",
        "class": found.each[1] or "all",
        "figure": figure_at(row.column, found.place) if row is not None else "",
        "leak": found.leak,
    }


def _before(edition: ResultEdition) -> Sequence[ResultEdition]:
    """The editions of the survey that are out, but for this one and those that came after it."""
    out = ResultEdition.objects.filter(campaign=edition.campaign_id, number__lt=edition.number).published()
    return list(out.order_by("number"))


def _published(edition: ResultEdition) -> Published:
    submitted = rules.totals_by_class({one: number for one, _, number in edition.counted_strata()})
    rows = QuestionResult.objects.filter(edition=edition).as_shown()
    return Published(submitted, {row.question: row.as_shown() for row in rows})


def _beside(before: Published, new: Published) -> Published:
    """An earlier edition in the places of the new one, whose form may have been corrected since."""
    found = {
        question: aligned
        for question, margins in before.questions.items()
        if question in new.questions
        and (aligned := versions.aligned(margins, new.questions[question].column)) is not None
    }
    return Published(before.submitted, found)


def _remember(digest: str, decision: Decision) -> None:
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.pop(next(iter(_remembered)))
    _remembered[digest] = decision
