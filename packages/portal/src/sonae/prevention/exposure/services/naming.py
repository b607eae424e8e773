"""Whether two names mean one product: what institutions answer, and what an analyst decides for everybody."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import Decision, require
from sonae.kernel.errors import Gone
from sonae.prevention.exposure import queries, rules
from sonae.prevention.exposure.models import Exposure, Hit, NamePair, Question, StepTaken
from sonae.prevention.exposure.services import effects
from sonae.prevention.exposure.services.standing import WRITTEN, sayings_at, stand
from sonae.prevention.exposure.vocabulary import PairState, Saying


@transaction.atomic
def answer_question(question_id: UUID, saying: Saying, *, by: Viewer, now: datetime) -> Question:
    """Answers for an institution. Its exposures follow at once; those of others, where the answer changes what counts
    for everybody, when the job comes by."""
    found = Question.objects.visible_to(by).filter(pk=question_id).first()
    if found is None:
        raise Gone("exposure_question", question_id)
    require(access.may(by, Permission.EXPOSURE_ANSWER, at=places.place_of_institution(found.institution_id)))
    queries.lock(found.institution_id)
    # The pair before the question: everybody who answers about it counts anew, one after the other.
    pair = NamePair.objects.select_for_update(of=("self",)).get(pk=found.pair_id)
    question = Question.objects.select_for_update(of=("self",)).get(pk=question_id)
    question.answer, question.answered_at, question.answered_by_id = saying, now, by.account_id
    question.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.record(
        "exposure.answer_question", subject="exposure_question", subject_id=question.pk, by=by.account_id, now=now,
        institution_id=question.institution_id, facts={"answer": saying.value},
    )  # fmt: skip
    _count_anew(pair, before=PairState(pair.state))
    _stand_at(question.institution_id, pair, now=now)
    return question


@transaction.atomic
def decide_pair(pair_id: UUID, *, is_same: bool, why: str, by: Viewer, now: datetime) -> NamePair:
    """Says for everybody whether two names mean one product; what an institution itself answered stays there."""
    pair = _locked(pair_id, by=by)
    require(may_decide(pair, is_same=is_same, why=why))
    state = PairState.CONFIRMED if is_same else PairState.REJECTED
    return _write("exposure.decide_pair", pair, state, why=why, by=by, now=now)


@transaction.atomic
def reopen_pair(pair_id: UUID, *, why: str, by: Viewer, now: datetime) -> NamePair:
    """Takes such a decision back: what the institutions say counts again."""
    pair = _locked(pair_id, by=by)
    require(rules.may_reopen(PairState(pair.state), why=why))
    return _write("exposure.reopen_pair", pair, PairState.OPEN, why=why, by=by, now=now)


def may_decide(pair: NamePair, *, is_same: bool, why: str) -> Decision:
    """Whether this may be decided of a pair now."""
    return rules.may_decide(is_same, PairState(pair.state), why=why)


def stand_anew(*, now: datetime, most: int) -> int:
    """Lets exposures stand as their names count since; one institution after the other. Answers how many pairs."""
    pairs = list(NamePair.objects.filter(is_stood=False).order_by("pk")[:most])
    for pair in pairs:
        with_it = Exposure.objects.filter(pk__in=Hit.objects.filter(pair=pair).values("exposure"))
        for institution_id in sorted(set(with_it.order_by().values_list("institution_id", flat=True))):
            with transaction.atomic():
                queries.lock(institution_id)
                _stand_at(institution_id, pair, now=now)
        # Whoever changed its state meanwhile has it stand once more.
        NamePair.objects.filter(pk=pair.pk, state=pair.state).update(is_stood=True)
    return len(pairs)


def _count_anew(pair: NamePair, *, before: PairState) -> None:
    """Lets the state of a locked pair be what its institutions and its analyst say."""
    asked = Question.objects.filter(pair=pair).exclude(answer="").values_list("answer", flat=True)
    said = [Saying(one) for one in asked]
    decided = {PairState.CONFIRMED: True, PairState.REJECTED: False}.get(PairState(pair.state))
    pair.yes, pair.no = said.count(Saying.YES), said.count(Saying.NO)
    # A name that only one hospital writes, because its own is in it, teaches nobody.
    pair.state = PairState.OPEN if pair.is_kept_inside else rules.state_of_pair(said, confirmed=decided)
    pair.is_for_triage = not pair.is_kept_inside and rules.needs_triage(PairState(pair.state), noes=pair.no)
    pair.is_stood = pair.is_stood and pair.state == before
    pair.save(update_fields=["yes", "no", "state", "is_for_triage", "is_stood"])


def _write(verb: str, pair: NamePair, state: PairState, *, why: str, by: Viewer, now: datetime) -> NamePair:
    before, pair.state = PairState(pair.state), state
    pair.decided_at, pair.decided_by_id, pair.why = now, by.account_id, why.strip()
    pair.save(update_fields=["state", "decided_at", "decided_by", "why"])
    _count_anew(pair, before=before)
    audit.record(
        verb, subject="name_pair", subject_id=pair.pk, by=by.account_id, now=now, facts={"state": str(pair.state)}
    )
    return pair


def _stand_at(institution_id: int, pair: NamePair, *, now: datetime) -> None:
    """Lets the exposures with these names stand as they count now; the caller has locked the institution."""
    mine = Exposure.objects.filter(institution_id=institution_id, hits__pair=pair).distinct().select_related("notice")
    exposures = list(mine.order_by("pk"))
    hits: dict[UUID, list[Hit]] = {one.pk: [] for one in exposures}
    for hit in Hit.objects.filter(exposure__in=exposures).select_related("statement__version__stated", "pair"):
        hits[hit.exposure_id].append(hit)
    own = sayings_at(institution_id, {hit.pair_id for some in hits.values() for hit in some if hit.pair_id})
    steps = [step for one in exposures if (step := stand(one, hits[one.pk], own, now=now))]
    Exposure.objects.bulk_update(exposures, WRITTEN)
    StepTaken.objects.bulk_create(steps)
    effects.follow(institution_id, {one.notice_id for one in exposures}, now=now)
    effects.speak_of_patches(institution_id, now=now)


def _locked(pair_id: UUID, *, by: Viewer) -> NamePair:
    if not NamePair.objects.visible_to(by).filter(pk=pair_id).exists():
        raise Gone("name_pair", pair_id)
    require(access.may(by, Permission.ADVISORY_STATE))
    return NamePair.objects.select_for_update(of=("self",)).get(pk=pair_id)
