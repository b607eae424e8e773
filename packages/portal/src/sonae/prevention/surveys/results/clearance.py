"""Whether an edition may leave the ministry: the second gate, asked before anything is published or handed out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import count

from django.utils.functional import lazy

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.surveys.results import identities, known_rows, queries, versions, wording
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.truth import Truth
from sonae.prevention.surveys.results.vocabulary import Finding, Margins, ResultRefusal, figure_at
from sonae.prevention.surveys.results.wording import class_name, question_name

# What is asked of an edition; what was cleared when less was asked is asked anew.
_ASKED = "everybody, and whoever knows the row of a prefecture; all ties; differences figure by figure"
# Names whose language is that of whoever reads the refusal.
_question_name, _class_name = lazy(question_name, str), lazy(class_name, str)
_figure_name, _reader_name = lazy(wording.figure_name, str), lazy(wording.reader_name, str)

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
        rows = list(edition.questions.order_by("position"))
        known = decided(edition, rows, told=lambda _: None)
        _keep(edition, digest, known)
    return known


def may_be_handed_out(edition: ResultEdition) -> Decision:
    """The same for whoever is not of the ministry. A refusal does not say of what: the name of the figure that could be
    worked out would tell that a handful stand behind it, on a page that may still show all around it."""
    return ALLOWED if may_leave(edition).ok else Refused(ResultRefusal.HELD_BACK)


def keep(edition: ResultEdition, decision: Decision) -> None:
    """Keeps what was decided of an edition as it stands: that it may leave with the edition, a refusal in this process,
    since a corrected program may decide otherwise."""
    _keep(edition, digest_of(edition), decision)


def _keep(edition: ResultEdition, digest: str, decision: Decision) -> None:
    if decision.ok:
        edition.cleared_digest = digest
        edition.save(update_fields=["cleared_digest"])
    _remember(digest, decision)


def decided(edition: ResultEdition, rows: Sequence[QuestionResult], *, told: Callable[[int], None]) -> Decision:
    """What `may_leave` says of an edition whose rows are these, written or not; `told` hears how much of it was asked,
    in per cent, and may raise to stop."""
    found = next(findings(edition, rows, told=told), None)
    return ALLOWED if found is None else Refused(ResultRefusal.TELLS_OF_A_FEW, facts_of(found, edition))


def findings(
    edition: ResultEdition, rows: Sequence[QuestionResult], *, told: Callable[[int], None]
) -> Iterator[Finding]:
    """Every figure of a handful that everybody could work out, then those that somebody could who knows the row of a
    prefecture; worked out one after the other, as far as they are asked for."""
    plans, new = queries.plans_of(edition), _truth(edition, rows)
    before = ResultEdition.objects.out_before(edition)
    editions = [new, *(_beside(_truth(one, list(one.questions.all())), new) for one in before)]
    ties = identities.identities_over([plans[number] for number in sorted(plans, reverse=True)])
    pairs = dict.fromkeys((one.band, one.kind) for one, _, _ in edition.counted_strata())
    # A step for each question, for everybody and for each reader.
    steps = len(new.shown) + 1 + len(new.own)
    done = count(1)

    def step() -> None:
        told(100 * next(done) // steps)

    told(0)
    return known_rows.found_in(editions, identities=ties, bands_of_kinds=pairs, threshold=edition.threshold, told=step)


def digest_of(edition: ResultEdition) -> str:
    """SHA-256, hexadecimal, of everything that a reader of this edition and the earlier ones has."""
    digest = sha256(f"{_ASKED} {edition.campaign.edition_id} {edition.threshold}\n".encode())
    for one in (edition, *ResultEdition.objects.out_before(edition)):
        digest.update(f"{one.pk} {one.answered_under}\n{one.strata}\n".encode())
        for text in QuestionResult.objects.filter(edition=one).order_by("position").values_list("shown", flat=True):
            digest.update(f"{text}\n".encode())
    return digest.hexdigest()


def facts_of(found: Finding, edition: ResultEdition) -> dict[str, object]:
    """Which figure it is, so that an officer finds it: question, class, and what is counted, as programs and as people
    know them; and who could learn of it."""
    plans = queries.plans_of(edition)
    in_order = [plans[number] for number in sorted(plans, reverse=True)]
    plan = versions.combined(in_order)
    column = next(one for one in versions.columns_over(in_order) if one.question == found.question)
    return {
        "question": found.question,
        "breakdown": found.each[0] or "all",
        "class": found.each[1] or "all",
        "figure": figure_at(column, found.place),
        "leak": found.leak,
        "reader": found.reader or "all",
        "question_name": _question_name(plan, column),
        "class_name": _class_name(found.each),
        "figure_name": _figure_name(plan, column, found.place),
        "reader_name": _reader_name(found.reader),
    }


def _truth(edition: ResultEdition, rows: Sequence[QuestionResult]) -> Truth:
    return known_rows.truth_of(edition.counted_strata(), [row.cube() for row in rows], [row.as_shown() for row in rows])


def _beside(before: Truth, new: Truth) -> Truth:
    """An earlier edition in the places of the new one, whose form may have been corrected since."""

    def aligned(tables: Mapping[str, Margins]) -> dict[str, Margins]:
        return {
            question: found
            for question, margins in tables.items()
            if question in new.shown and (found := versions.aligned(margins, new.shown[question].column)) is not None
        }

    own = {place: aligned(tables) for place, tables in before.own.items()}
    return replace(before, shown=aligned(before.shown), true=aligned(before.true), own=own)


def _remember(digest: str, decision: Decision) -> None:
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.pop(next(iter(_remembered)))
    _remembered[digest] = decision
