"""Answering what a file leaves to a person. Only the answer changes the ledger."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.assets.intake import rules, values
from sonae.prevention.assets.intake.vocabulary import LedgerField, QuestionAnswer, QuestionKind, QuestionState
from sonae.prevention.assets.models import Asset, AssetChange, LedgerQuestion, NetworkZone
from sonae.prevention.assets.services.applying import RULE, SUBJECT
from sonae.prevention.assets.services.following import follow_devices

_LEDGER_FIELDS = frozenset(LedgerField)


@transaction.atomic
def answer_question(
    question_id: UUID, answer: QuestionAnswer, *, reason: str, place: str = "", by: Viewer, now: datetime
) -> LedgerQuestion:
    """Answers a question about a device, with the reason, and does to the ledger what the answer says; the last answer
    to what an import asked ends its duty."""
    question = _locked(question_id, by=by)
    require(
        rules.may_answer(
            QuestionKind(question.kind), QuestionState(question.state), answer,
            reason=reason, place=place, is_person=by.account_id is not None,
        )
    )  # fmt: skip
    match answer:
        case QuestionAnswer.RETIRE:
            _retire(question, by=by, now=now)
        case QuestionAnswer.MOVED:
            _move(question, place.strip()[:120], by=by, now=now)
        case QuestionAnswer.ADD:
            question.asset = _add(question, by=by, now=now)
    question.state, question.answer, question.reason = QuestionState.ANSWERED, answer, reason.strip()
    question.answered_at, question.answered_by_id = now, by.account_id
    question.save(update_fields=["state", "answer", "reason", "answered_at", "answered_by", "asset"])
    audit.record(
        "ledger.answer_question", subject="ledger_question", subject_id=question.pk, by=by.account_id, now=now,
        institution_id=question.institution_id, facts={"answer": answer.value},
    )  # fmt: skip
    follow_devices(question.institution_id, by=by.account_id, now=now)
    if not LedgerQuestion.objects.open().filter(run_id=question.run_id).exists():
        duties.settle(RULE, subject=SUBJECT, subject_id=question.run_id, now=now, by=by.account_id)
    return question


def _retire(question: LedgerQuestion, *, by: Viewer, now: datetime) -> None:
    # Somebody may have taken it out meanwhile: then the answer says what is so already.
    Asset.objects.in_use().filter(pk=_asset_of(question)).update(
        retired_at=now, retired_by_id=by.account_id, changed_at=now
    )


def _move(question: LedgerQuestion, place: str, *, by: Viewer, now: datetime) -> None:
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=_asset_of(question))
    before, asset.place, asset.changed_at = asset.place, place, now
    asset.save(update_fields=["place", "changed_at"])
    if before != place:
        said = {"place": [before, place]}
        AssetChange.objects.create(asset=asset, changed_at=now, changed_by_id=by.account_id, values=said)


def _asset_of(question: LedgerQuestion) -> UUID:
    assert question.asset_id is not None, "what vanished stands in the ledger"
    return question.asset_id


def _add(question: LedgerQuestion, *, by: Viewer, now: datetime) -> Asset:
    seen = {name: said for name, said in question.seen.items() if name in _LEDGER_FIELDS}
    zones = {zone.name: zone for zone in NetworkZone.objects.filter(institution_id=question.institution_id)}
    kind = str(question.run.mapping.get("default_kind", "pc"))
    asset = Asset(
        institution_id=question.institution_id, kind=kind, name=question.label[:120], recorded_at=now,
        recorded_by_id=by.account_id, note=str(question.seen.get("ports", ""))[:1_000],
    )  # fmt: skip
    values.assign(asset, seen, zones=zones)
    asset.save(force_insert=True)
    return asset


def _locked(question_id: UUID, *, by: Viewer) -> LedgerQuestion:
    found = LedgerQuestion.objects.visible_to(by).filter(pk=question_id).first()
    if found is None:
        raise Gone("ledger_question", question_id)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(found.institution_id)))
    Institution.objects.select_for_update(no_key=True).get(pk=found.institution_id)
    return LedgerQuestion.objects.select_for_update(of=("self",)).select_related("run").get(pk=question_id)
