"""Reading what the ministry had at a moment, in pieces, and counting it. Changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import batched
from uuid import UUID

from sonae.core.instruments import checks
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.models import Edition, Submission, Turn
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import ResponseState
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.results import kept, rules, versions
from sonae.prevention.surveys.results.columns import columns_of
from sonae.prevention.surveys.results.vocabulary import Column, Cube, Given, Stratum

# How many asked institutions are looked at together: what is in memory at once, and how often progress is told.
AT_ONCE = 500
_HANDED_IN = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


# The edition that was answered, the answers, and when they were handed in.
type _Submitted = tuple[UUID, dict[str, object], datetime]


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that an edition keeps, before anything is kept back."""

    strata: tuple[tuple[Stratum, int, int], ...]  # with those asked and those who handed in
    cubes: tuple[Cube, ...]
    input_digest: str
    figures_digest: str
    # By each earlier moment and each question: how many institutions of a stratum add to its figures something else
    # than they did then.
    moved: dict[datetime, dict[str, dict[Stratum, int]]]
    # For each question those whose answers decide who is asked it.
    gates: dict[str, frozenset[str]]
    # The versions of the form that were answered, the newest first.
    answered_under: tuple[int, ...] = ()

    @property
    def asked(self) -> int:
        return sum(asked for _, asked, _ in self.strata)

    @property
    def submitted(self) -> int:
        return sum(submitted for _, _, submitted in self.strata)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One asked institution, and what it had handed in at each moment."""

    institution_id: int
    stratum: Stratum
    submission: UUID | None
    before: tuple[UUID | None, ...]


@dataclass(slots=True)
class _Numbers:
    asked: dict[Stratum, int] = field(default_factory=lambda: defaultdict(int))
    submitted: dict[Stratum, int] = field(default_factory=lambda: defaultdict(int))
    # By each earlier moment and each question.
    moved: list[dict[str, dict[Stratum, int]]] = field(default_factory=list)


def count(
    campaign: Campaign, *, as_of: datetime, earlier: Sequence[datetime] = (), told: Callable[[int], None]
) -> Counted:
    """The campaign counted as of a moment; `told` hears how many asked institutions have been read so far, and may
    raise to stop.

    What each institution was asked is worked out from its own answers by the version of the form under which it gave
    them: what that one does not ask, it was not asked. Questions and options are those of all versions that were
    answered by then.
    """
    plans = _Plans(versions_answered(campaign, as_of=as_of))
    columns = plans.columns
    tally, digest = rules.Tally(columns), sha256()
    numbers = _Numbers(moved=[{one.question: defaultdict(int) for one in columns} for _ in earlier])
    read = 0
    for piece in _pieces(campaign, as_of=as_of, earlier=earlier):
        submissions = _submissions(piece)
        for asked in piece:
            _number(asked, numbers)
            line = [asked.institution_id, *_facts(asked.stratum)]
            if asked.submission is not None:
                given = _given(asked.stratum, submissions[asked.submission], plans)
                line += [str(asked.submission), given.answers]
                tally.add(given)
            _number_moved(asked, columns, submissions, plans, numbers)
            digest.update(kept.written(line).encode())
        read += len(piece)
        told(read)
    return _counted(tally, numbers, digest.hexdigest(), earlier, plans)


def _counted(
    tally: rules.Tally,
    numbers: _Numbers,
    input_digest: str,
    earlier: Sequence[datetime],
    plans: "_Plans",
) -> Counted:
    held, cubes = tally.cubes()
    strata = tuple((one, numbers.asked[one], numbers.submitted.get(one, 0)) for one in sorted(numbers.asked))
    cubes = tuple(_over(cube, held, [one for one, _, _ in strata]) for cube in cubes)
    figures = kept.digest_of([kept.strata_written(strata), *(kept.cube_written(cube) for cube in cubes)])
    moved = {
        moment: {question: dict(one) for question, one in by_question.items()}
        for moment, by_question in zip(earlier, numbers.moved, strict=True)
    }
    return Counted(strata, cubes, input_digest, figures, moved, plans.gates, plans.numbers)


def _over(cube: Cube, held: Sequence[Stratum], strata: Sequence[Stratum]) -> Cube:
    """The cube over all strata in which somebody was asked, also those in which nobody handed in."""
    rows = dict(zip(held, cube.counts, strict=True))
    nobody = (0,) * cube.column.width
    return Cube(cube.column, tuple(rows.get(one, nobody) for one in strata))


def _number(asked: _Asked, numbers: _Numbers) -> None:
    numbers.asked[asked.stratum] += 1
    if asked.submission is not None:
        numbers.submitted[asked.stratum] += 1


def _number_moved(
    asked: _Asked,
    columns: Sequence[Column],
    submissions: Mapping[UUID, _Submitted],
    plans: "_Plans",
    numbers: _Numbers,
) -> None:
    """Whether this institution adds to each question what it did at each earlier moment; handed in again unchanged, or
    without being asked, it moves nothing."""

    def given(submission: UUID | None) -> Given | None:
        return None if submission is None else _given(asked.stratum, submissions[submission], plans)

    for moved, then in zip(numbers.moved, asked.before, strict=True):
        if then == asked.submission:
            continue
        before, now = given(then), given(asked.submission)
        for column in columns:
            if rules.entry_of(column, before) != rules.entry_of(column, now):
                moved[column.question][asked.stratum] += 1


def _given(stratum: Stratum, submitted: _Submitted, plans: "_Plans") -> Given:
    edition_id, answers, at = submitted
    plan, unknown = plans.of(edition_id)
    unasked = checks.not_asked(plan, answers, now=at)
    return Given(stratum, answers, unknown.union(question for question, rows in unasked if not rows))


def _facts(stratum: Stratum) -> tuple[str, str, str]:
    return stratum.band, stratum.prefecture, stratum.kind


class _Plans:
    """The versions of the form that were answered, the newest first, and what of all of them each does not ask."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        self.numbers = tuple(edition.version for edition in editions)
        self._known: dict[UUID, tuple[Plan, frozenset[str]]] = {}
        plans = [instruments.plan_of(edition) for edition in editions]
        self.columns = versions.columns_over(plans)
        self.gates = versions.gates_over(plans)

    def of(self, edition_id: UUID) -> tuple[Plan, frozenset[str]]:
        """A version, and the questions of other versions that it does not have."""
        if edition_id not in self._known:
            plan = instruments.plan_of(Edition.objects.get(pk=edition_id))
            own = {column.question for column in columns_of(plan)}
            self._known[edition_id] = plan, frozenset(one.question for one in self.columns) - own
        return self._known[edition_id]


def versions_answered(campaign: Campaign, *, as_of: datetime) -> tuple[Edition, ...]:
    """The versions of the form under which an answer had been handed in by a moment, the newest first; the one that the
    campaign names where there was none."""
    asked = AskedInstitution.objects.filter(campaign=campaign)
    handed_in = Turn.objects.filter(response__in=asked.values("response_id"), at__lte=as_of, state__in=_HANDED_IN)
    found = Edition.objects.filter(pk__in=handed_in.order_by().values("response__edition_id"))
    return tuple(found.order_by("-version")) or (campaign.edition,)


def _pieces(campaign: Campaign, *, as_of: datetime, earlier: Sequence[datetime]) -> Iterator[list[_Asked]]:
    """The asked institutions in the order in which they were written down, a few at a time."""
    rows = AskedInstitution.objects.filter(campaign=campaign).order_by("pk")
    facts = ("pk", "institution_id", "band", "prefecture", "kind", "response_id")
    last = 0
    while piece := list(rows.filter(pk__gt=last).values_list(*facts)[:AT_ONCE]):
        last = piece[-1][0]
        handed_in = _handed_in([row[5] for row in piece if row[5]], moments=(as_of, *earlier))
        nothing: tuple[UUID | None, ...] = (None,) * (1 + len(earlier))
        yield [
            _Asked(row[1], Stratum(*row[2:5]), found[0], found[1:])
            for row in piece
            for found in [handed_in.get(row[5], nothing)]
        ]


def _handed_in(responses: Sequence[UUID], *, moments: Sequence[datetime]) -> dict[UUID, tuple[UUID | None, ...]]:
    """What each response had handed in at each moment; what was returned for correction by then is not there."""
    found: dict[UUID, list[UUID | None]] = {}
    turns = Turn.objects.filter(response_id__in=responses, at__lte=max(moments)).order_by("pk")
    for response, state, submission, at in turns.values_list("response_id", "state", "submission_id", "at"):
        states = found.setdefault(response, [None] * len(moments))
        for place, moment in enumerate(moments):
            if at <= moment:
                states[place] = submission if state in _HANDED_IN else None
    return {response: tuple(states) for response, states in found.items()}


def _submissions(piece: Sequence[_Asked]) -> dict[UUID, _Submitted]:
    """What was handed in, now and at the earlier moments."""
    wanted = {one for asked in piece for one in (asked.submission, *asked.before) if one is not None}
    found: dict[UUID, _Submitted] = {}
    for some in batched(wanted, AT_ONCE):
        rows = Submission.objects.filter(pk__in=some).order_by()
        for pk, edition, answers, at in rows.values_list("pk", "response__edition_id", "answers", "at"):
            found[pk] = (edition, answers, at)
    return found
