"""Taking forms in, exchanging their files, publishing them, and taking them back."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.documents.vocabulary import FileRefusal
from sonae.core.instruments import draft_rules as rules
from sonae.core.instruments import drafts, queries
from sonae.core.instruments.form_reading import read_form
from sonae.core.instruments.kept_definition import SHAPE, to_json
from sonae.core.instruments.models import Edition, FormDraft, FormDraftQuerySet
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.services import editions
from sonae.core.instruments.vocabulary import DraftRefusal, DraftState, FormProblem
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Gone, Problem

# Of a file that is none of ours, or cannot be looked into, nothing is kept.
_NOT_KEPT = frozenset(
    {
        FormProblem.FILE_TOO_LARGE, FormProblem.NOT_A_FORM, FormProblem.OLD_WORKBOOK, FormProblem.WORKBOOK_BROKEN,
        FormProblem.TOO_MANY_CELLS, FormProblem.NOT_UTF8, DraftRefusal.FILE_KIND,
    }
)  # fmt: skip


def take_in(content: bytes, *, file_name: str, note: str = "", by: Viewer, now: datetime) -> FormDraft:
    """Keeps a form to be looked through, with all its faults.

    Raises BadInput for a file that cannot be opened as a form; of that nothing is kept.
    """
    _require_publisher(by)
    require(rules.may_note(note))
    found = _looked_into(content, file_name)
    assert by.account_id is not None, "people take forms in"
    with transaction.atomic():
        draft = FormDraft.objects.create(
            **found, content=content, note=note.strip(), kept_at=now, kept_by_id=by.account_id
        )  # fmt: skip
        _record("form.take-in", draft, by=by, now=now)
    return draft


def exchange_file(
    draft_id: UUID, content: bytes, *, file_name: str, seen: str, by: Viewer, now: datetime
) -> FormDraft:  # fmt: skip
    """Puts a corrected file in the place of the one that was looked through (`seen`, see `drafts.seen_of`); the note
    stays.

    Raises BadInput for a file that cannot be opened as a form; then the one before stands.
    """
    _require_publisher(by)
    found = _looked_into(content, file_name)
    assert by.account_id is not None, "people take forms in"
    with transaction.atomic():
        draft = _locked(draft_id)
        require(rules.may_change(DraftState(draft.state)))
        _require_as_seen(draft, drafts.compared_with(draft, today=jst_day(now)), seen=seen)
        found |= {"content": content, "kept_at": now, "kept_by_id": by.account_id}
        _keep(draft, found)
        _record("form.exchange", draft, by=by, now=now)
    return draft


def publish_draft(draft_id: UUID, *, seen: str, by: Viewer, now: datetime) -> Edition:
    """Publishes a form as it was looked through: `seen` is what somebody saw (see `drafts.seen_of`).

    Raises NotAllowed where its file, or the form that it was compared with, is another one by now.
    """
    _require_publisher(by)
    looked = _fetched(draft_id, among=FormDraft.objects.all())
    require(rules.may_publish(DraftState(looked.state)))
    content = bytes(looked.content)
    # Read before anything is locked: a large file takes a moment.
    plan = editions.read(content, looked.file_name)
    with transaction.atomic():
        draft = _locked(draft_id)
        require(rules.may_publish(DraftState(draft.state)))
        require(rules.is_as_seen(draft.digest, seen=looked.digest))
        newest = editions.locked_newest(plan.instrument)
        before = newest or drafts.form_before(plan.instrument.id, plan.instrument.edition, today=jst_day(now))
        _require_as_seen(draft, before, seen=seen)
        compared = {
            "compared_with": before,
            "compared_definition": to_json(queries.plan_of(before).instrument) if before else "",
            "consequence": drafts.consequence_of(newest, before, draft.digest),
            # The file as it was read now: a loader may have become stricter since it was taken in.
            "definition": to_json(plan.instrument), "shape": SHAPE,
        }  # fmt: skip
        edition = editions.write(
            plan.instrument, content, newest=newest, file_name=draft.file_name, by=by.account_id, now=now
        )
        published = {"state": DraftState.PUBLISHED, "edition": edition, "published_at": now}
        _keep(draft, compared | published | {"published_by_id": by.account_id})
    queries.keep_plan(edition, plan)
    return edition


@transaction.atomic
def withdraw_draft(draft_id: UUID, *, seen: str, by: Viewer, now: datetime) -> FormDraft:
    """Takes a form back that was looked through (`seen`) and shall not be published; it stays on record."""
    _require_publisher(by)
    draft = _locked(draft_id)
    require(rules.may_change(DraftState(draft.state)))
    _require_as_seen(draft, drafts.compared_with(draft, today=jst_day(now)), seen=seen)
    draft.state, draft.withdrawn_at, draft.withdrawn_by_id = DraftState.WITHDRAWN, now, by.account_id
    draft.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    _record("form.withdraw", draft, by=by, now=now)
    return draft


def _require_publisher(by: Viewer) -> None:
    require(access.may(by, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE))


def _require_as_seen(draft: FormDraft, before: Edition | None, *, seen: str) -> None:
    require(rules.is_as_seen(drafts.seen_of(draft.digest, before), seen=seen))


def _keep(draft: FormDraft, columns: Mapping[str, object]) -> None:
    for name, value in columns.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(columns))


def _locked(draft_id: UUID) -> FormDraft:
    return _fetched(draft_id, among=FormDraft.objects.select_for_update(of=("self",)))


def _fetched(draft_id: UUID, *, among: FormDraftQuerySet) -> FormDraft:
    draft = among.filter(pk=draft_id).order_by("pk").first()
    if draft is None:
        raise Gone("form", draft_id)
    return draft


def _looked_into(content: bytes, file_name: str) -> dict[str, object]:
    """What is kept of a file beside its bytes; raises BadInput where it cannot be opened as a form at all."""
    if not drafts.is_form(file_name):
        raise BadInput([Problem(DraftRefusal.FILE_KIND, file=file_name[:200])])
    read = read_form(content, file_name=file_name)
    facts: dict[str, object] = {"file_name": file_name[:200], "digest": hashlib.sha256(content).hexdigest()}
    facts |= dict.fromkeys(("instrument", "edition_name", "title_ja", "title_en", "definition"), "")
    if isinstance(read, Plan):
        made = read.instrument
        return facts | {
            "state": DraftState.WAITING, "faults": 0, "instrument": made.id, "edition_name": made.edition,
            "title_ja": made.title.text("ja"), "title_en": made.title.text("en"),
            "definition": to_json(made), "shape": SHAPE,
        }  # fmt: skip
    hopeless = [one for one in read if one.reason in _NOT_KEPT or isinstance(one.reason, FileRefusal)]
    if hopeless:
        raise BadInput(hopeless)
    return facts | {"state": DraftState.FAULTY, "faults": len(read)}


def _record(verb: str, draft: FormDraft, *, by: Viewer, now: datetime) -> None:
    facts = {"file": draft.file_name, "digest": draft.digest, "faults": draft.faults}
    audit.record(verb, subject="form", subject_id=draft.pk, by=by.account_id, now=now, facts=facts)
