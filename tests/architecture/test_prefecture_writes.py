"""An officer of a prefecture reads a territory and does nothing in it but follow surveys up: every verb is asked.

A verb that takes a viewer and stands in neither list fails, so that a new one is asked too.
"""

import importlib
import inspect
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, get_type_hints
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction

from sonae.core.access import services as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.bulletins import services as bulletins
from sonae.core.bulletins.vocabulary import Audience
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.core.duties import services as duties
from sonae.core.institutions.vocabulary import InstitutionKind, Population
from sonae.core.instruments import services as instruments
from sonae.core.instruments import testing as forms
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.vocabulary import Comparison
from sonae.core.notifications import services as notifications
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.advisories import services as feeds
from sonae.prevention.advisories.models import Source as Feed
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.intake.vocabulary import Mapping, QuestionAnswer
from sonae.prevention.assets.testing import a_list
from sonae.prevention.assets.vocabulary import LedgerPart
from sonae.prevention.detection import services as detection
from sonae.prevention.detection import testing as sensing
from sonae.prevention.detection.vocabulary import Finding
from sonae.prevention.exposure import services as exposures
from sonae.prevention.exposure.vocabulary import Course as ExposureCourse
from sonae.prevention.exposure.vocabulary import Saying
from sonae.prevention.exposure.vocabulary import Step as ExposureStep
from sonae.prevention.inspections import services as inspections
from sonae.prevention.sharing import services as sharing
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind
from sonae.prevention.sharing.vocabulary import SourceKind as SharedBy
from sonae.prevention.surveys import services as surveys
from sonae.prevention.surveys import testing as campaigns
from sonae.prevention.surveys.vocabulary import CallOutcome, Channel, Excuse
from sonae.response.disclosure import services as disclosure
from sonae.response.disclosure.vocabulary import Statements, WithdrawalReason
from sonae.response.incidents import services as incidents
from sonae.response.incidents import testing as attacks
from sonae.response.incidents.vocabulary import (
    Attached,
    Field,
    Leak,
    Phase,
    Precision,
    StepAnswer,
    TimeKind,
    TimeSource,
)
from sonae.testing import access_advisories as advisories
from sonae.testing import access_exposures as exposed
from sonae.testing import access_forms, access_world, cast
from sonae.testing import access_ledger as ledger
from sonae.testing import access_objects as objects
from sonae.testing.access_world import World, made_once
from sonae_wire.messages import Heartbeat

type Verb = Callable[..., Any]

# What only touches one's own account, what only reads, and what notes that a bulletin came in at one's institution.
OF_ONES_OWN = {
    access.issue_person_token, access.accept_invitation_as, documents.open_document, documents.open_thumbnail,
    bulletins.note_opened, incidents.discard_draft, surveys.note_opened,
}  # fmt: skip


def _id(world: World, factory: Any) -> Any:
    return made_once(factory, world, world.own)


def _invited(world: World) -> Any:
    return _id(world, objects.invitation)[0]


def _told() -> disclosure.Content:
    return disclosure.Content(statements=Statements(kinds=frozenset({InstitutionKind.HOSPITAL})))


def _said(world: World) -> Said:
    source = Source(SourceKind.DOCUMENT, "matrix")
    return Said(
        control="patching", institution_id=world.own.pk, source=source, strength=Strength.DECLARED, since=world.now
    )


def _words(world: World) -> dict[str, Any]:
    return {"tlp": Tlp.GREEN, "audience": Audience.named([world.own.pk])}


def _response(world: World, *, is_handed_in: bool = False) -> Response:
    officer, manager = world.people["officer"].viewer, world.managers[world.own.pk].viewer
    return forms.a_response(world.own.pk, officer=officer, by=manager, now=world.now, is_handed_in=is_handed_in)


def _handed_in(world: World) -> Response:
    return _response(world, is_handed_in=True)


def _editions(world: World) -> tuple[Edition, Edition]:
    """A form of this year, and of the next."""
    later = Edition.objects.get(pk=_id(world, access_forms.later_edition))
    return Edition.objects.get(pk=_id(world, access_forms.edition)), later


def _pair() -> instruments.Said:
    return instruments.Said(became="gate", question="gate", comparison=Comparison.SAME)


COLUMNS = Mapping(sheet="", header_line=1, data_line=2, columns=("asset_number", "name"))


def _asset() -> Any:
    return assets.AssetContent(
        kind="server", name="x", maker="", product="", version="", place="", responsible="", note=""
    )


def _connection() -> Any:
    return assets.ConnectionContent(
        kind="vpn", name="x", vendor="", purpose="", device=None, firmware="", source_restricted="unknown",
        multi_factor="unknown", patched_by="unknown", contract_clause="", last_checked_on=None, note="",
    )  # fmt: skip


def _heartbeat(world: World) -> Heartbeat:
    return Heartbeat(
        collector_version="0.1.0", sent_at=world.now, events_read=1, bad_lines=0, indicators_held=0, sightings_waiting=0
    )


def _when(world: World) -> dict[str, Any]:
    return {"at": world.now, "precision": Precision.HOUR, "source": TimeSource.LOG}


def _content(world: World) -> Any:
    return campaigns.a_content(officer=world.people["officer"].viewer, now=world.now)


# What the follow-up of a survey is (ADR 0019), each with what is asked.
FOLLOWS_UP: dict[Verb, dict[str, Any]] = {
    surveys.note_call: {"outcome": CallOutcome.NEEDS_HELP},
    surveys.stand_in: {"channel": Channel.TELEPHONE, "informant": "事務長", "why": objects.REASON},
}

# What each verb is asked to do at the hospital that lies in the officer's prefecture.
ASKED: dict[Verb, Callable[[World], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    access.grant_role: lambda w: ((w.staff[w.own.pk].account.pk, Role.STAFF), {"at": cast.at_institution(w.own)}),
    access.end_grant: lambda w: ((objects.FACTORIES["grant_id"](w, w.own),), {}),
    access.invite_to_role: lambda w: (("x@example.jp",), {"name": "x", "role": Role.RESPONDER, "at": NATIONWIDE}),
    access.withdraw_invitation: lambda w: ((_invited(w),), {}),
    access.close_account: lambda w: ((w.staff[w.own.pk].account.pk,), {}),
    access.issue_program_token: lambda w: (
        ("x",),
        {"institution_id": w.own.pk, "scopes": [Permission.COLLECTOR_EXCHANGE]},
    ),
    access.revoke_token: lambda w: ((_id(w, objects.program_token),), {}),
    assurance.file_evidence: lambda w: ((_said(w),), {}),
    assurance.withdraw_evidence: lambda w: ((_id(w, objects.evidence),), {"why": objects.REASON}),
    bulletins.draft: lambda w: ((objects.CONTENT,), _words(w)),
    bulletins.revise: lambda w: ((_id(w, objects.draft_bulletin), objects.CONTENT), _words(w)),
    bulletins.issue: lambda w: (("題", "Title", "文", "Text"), _words(w) | {"key": "x", "source": "advisories"}),
    bulletins.issue_draft: lambda w: ((_id(w, objects.draft_bulletin),), {}),
    bulletins.acknowledge: lambda w: ((_id(w, objects.bulletin), w.own.pk), {}),
    bulletins.mark_done: lambda w: ((_id(w, objects.bulletin), w.own.pk), {}),
    bulletins.withdraw: lambda w: ((_id(w, objects.bulletin),), {"why": objects.REASON}),
    instruments.publish: lambda _: ((forms.FORM.encode(),), {"file_name": "readiness.yaml"}),
    instruments.take_in: lambda _: ((forms.FORM.encode(),), {"file_name": "form.yaml"}),
    instruments.exchange_file: lambda w: (
        (_id(w, access_forms.form_draft), b"x"),
        {"file_name": "form.yaml", "seen": "x"},
    ),
    instruments.publish_draft: lambda w: ((_id(w, access_forms.form_draft),), {"seen": "x"}),
    instruments.withdraw_draft: lambda w: ((_id(w, access_forms.form_draft),), {"seen": "x"}),
    instruments.confirm_pair: lambda w: ((*_editions(w), _pair()), {}),
    instruments.confirm_same: lambda w: (_editions(w), {}),
    instruments.take_map: lambda w: ((*_editions(w), b""), {"file_name": "map.csv"}),
    instruments.open_response: lambda w: (
        (_response(w).edition_id,),
        {"institution_id": w.own.pk, "occasion": "2027"},
    ),
    instruments.save_answers: lambda w: ((_response(w).pk, {"gate": "no"}), {"seen": 9}),
    instruments.attach: lambda w: ((_response(w).pk, "plan", [objects.PDF]), {"name": "a.pdf", "seen": 9}),
    instruments.detach: lambda w: ((_response(w).pk, "plan"), {"seen": 9}),
    instruments.clear_unasked: lambda w: ((_response(w).pk,), {"seen": 9}),
    instruments.take_workbook: lambda w: ((_response(w).pk, b""), {"file_name": "answers.xlsx"}),
    instruments.hand_over: lambda w: ((_response(w).pk,), {"to": w.staff[w.own.pk].account.pk}),
    instruments.submit: lambda w: ((_response(w).pk,), {"seen": 0}),
    instruments.prefill: lambda w: ((_response(w).pk,), {}),
    instruments.look_at: lambda w: ((_response(w).pk, ["gate"]), {}),
    instruments.send_link: lambda w: (
        (_id(w, access_forms.vendor_response),),
        {"name": "窓口", "address": "link@vendor.example"},
    ),
    instruments.remind: lambda w: ((_id(w, access_forms.linked_response),), {}),
    instruments.revoke_links: lambda w: ((_id(w, access_forms.linked_response),), {}),
    instruments.submit_as_vendor: lambda w: (
        (_id(w, access_forms.linked_response),),
        {"name": "窓口", "position": "部長", "seen": 0},
    ),
    instruments.return_to_vendor: lambda w: (
        (_id(w, access_forms.signed_response),),
        {"reason": objects.REASON, "seen": 1},
    ),
    instruments.accept: lambda w: ((_handed_in(w).pk,), {"seen": 1}),
    instruments.begin_accepting: lambda w: (([(_handed_in(w).pk, 1)],), {}),
    instruments.cancel_accepting: lambda w: ((_id(w, access_forms.acceptances),), {}),
    instruments.begin_accepting_again: lambda w: ((_id(w, access_forms.acceptances),), {}),
    instruments.return_for_correction: lambda w: ((_handed_in(w).pk,), {"reason": objects.REASON, "seen": 1}),
    inspections.ask_vendor: lambda w: (
        (w.own.pk, _id(w, objects.FACTORIES["fiscal_year"]), _id(w, objects.FACTORIES["vendor_id"])),
        {"name": "窓口", "address": "link@vendor.example"},
    ),
    inspections.keep_contact_diagram: lambda w: ((w.own.pk, [objects.PDF]), {"name": "a.pdf"}),
    inspections.remind_vendors: lambda w: ((w.own.pk, _id(w, objects.FACTORIES["fiscal_year"])), {}),
    documents.store: lambda w: (
        ([objects.PDF],),
        {
            "name": "a.pdf",
            "purpose": Purpose.EVIDENCE,
            "sensitivity": Sensitivity.SHAREABLE,
            "institution_id": w.own.pk,
        },
    ),
    documents.examined: lambda w: (
        ([objects.PDF],),
        {
            "name": "a.pdf",
            "purpose": Purpose.EVIDENCE,
            "sensitivity": Sensitivity.SHAREABLE,
            "institution_id": w.own.pk,
        },
    ),
    duties.redate: lambda w: (
        (_id(w, objects.waivable_duty),),
        {"due_at": w.now.replace(year=2030), "why": objects.REASON},
    ),
    duties.fulfil: lambda w: ((_id(w, objects.duty),), {"note": objects.REASON}),
    duties.waive: lambda w: ((_id(w, objects.waivable_duty),), {"why": objects.REASON}),
    notifications.retry_dead: lambda w: ((_id(w, objects.dead_message),), {}),
    notifications.register_endpoint: lambda w: (("https://hook3.example.jp/",), {"institution_id": None}),
    notifications.close_endpoint: lambda w: ((_id(w, objects.endpoint),), {}),
    notifications.queue_trial: lambda w: ((_id(w, objects.endpoint),), {}),
    assets.record_asset: lambda w: ((w.own.pk, _asset()), {}),
    assets.change_asset: lambda w: ((_id(w, objects.asset), _asset()), {}),
    assets.retire_asset: lambda w: ((_id(w, objects.asset),), {}),
    assets.record_connection: lambda w: ((w.own.pk, _connection()), {}),
    assets.change_connection: lambda w: ((_id(w, objects.connection), _connection()), {}),
    assets.take_stock: lambda w: ((w.own.pk, LedgerPart.DEVICES), {}),
    assets.withdraw_stocktake: lambda w: ((_id(w, objects.stocktake),), {"why": objects.REASON}),
    assets.record_zone: lambda w: ((w.own.pk, {**ledger.ZONE, "name": "事務系"}), {}),
    assets.change_zone: lambda w: ((_id(w, ledger.zone), ledger.ZONE), {}),
    assets.remove_zone: lambda w: ((_id(w, ledger.zone),), {}),
    assets.begin_import: lambda w: (([a_list()],), {"institution_id": w.own.pk, "name": "a.csv"}),
    assets.map_import: lambda w: ((_id(w, ledger.ledger_import), COLUMNS), {"source": "一覧"}),
    assets.plan_again: lambda w: ((_id(w, ledger.ledger_import),), {}),
    assets.order_apply: lambda w: ((_id(w, ledger.ledger_import),), {}),
    assets.order_undo: lambda w: ((_id(w, ledger.applied_import),), {}),
    assets.cancel_import: lambda w: ((_id(w, ledger.ledger_import),), {}),
    assets.answer_question: lambda w: (
        (_id(w, ledger.ledger_question), QuestionAnswer.NOT_OURS),
        {"reason": objects.REASON},
    ),
    assets.retire_connection: lambda w: ((_id(w, objects.connection),), {}),
    detection.answer_alert: lambda w: (
        (_id(w, objects.alert),),
        {"finding": Finding.BLOCKED, "note": objects.REASON},
    ),
    detection.enrol_collector: lambda w: (("x",), {"institution_id": w.own.pk}),
    detection.retire_collector: lambda w: ((_id(w, objects.collector)[0],), {}),
    detection.record_heartbeat: lambda w: ((_heartbeat(w),), {}),
    detection.record_sightings: lambda w: (
        (sensing.a_batch(sensing.a_sighting(_id(w, objects.indicator), now=w.now), now=w.now),),
        {},
    ),
    feeds.cancel_import: lambda w: ((_id(w, advisories.feed_run),), {}),
    feeds.state_range: lambda w: ((_id(w, advisories.version_text),), advisories.RANGE),
    feeds.order_pull: lambda w: ((Feed.objects.get(pk=_id(w, advisories.source)),), {}),
    feeds.pause_source: lambda w: ((_id(w, advisories.source),), {}),
    feeds.resume_source: lambda w: ((_id(w, advisories.paused_source),), {}),
    exposures.take_step: lambda w: ((_id(w, exposed.exposure), ExposureStep(ExposureCourse.OURS)), {}),
    exposures.answer_question: lambda w: ((_id(w, exposed.question), Saying.YES), {}),
    exposures.decide_pair: lambda w: ((_id(w, exposed.pair),), {"is_same": True, "why": exposed.REASON}),
    exposures.reopen_pair: lambda w: ((_id(w, exposed.pair),), {"why": exposed.REASON}),
    sharing.publish_indicators: lambda w: (
        ([Candidate(IndicatorKind.IPV4, "45.83.64.9")],),
        {"report_id": uuid4(), "tlp": Tlp.GREEN, "population": Population.SYNTHETIC, "source": SharedBy.ANALYST},
    ),
    sharing.revoke_indicator: lambda w: ((_id(w, objects.indicator),), {}),
    sharing.withdraw_report: lambda w: ((uuid4(),), {}),
    surveys.draft_campaign: lambda w: ((_content(w),), {}),
    surveys.revise_campaign: lambda w: ((_id(w, objects.draft_campaign), _content(w)), {"seen": 1}),
    surveys.discard_campaign: lambda w: ((_id(w, objects.draft_campaign),), {"seen": 1}),
    surveys.begin_opening: lambda w: ((_id(w, objects.draft_campaign),), {"seen": 1}),
    surveys.cancel_opening: lambda w: ((_id(w, objects.opening_campaign),), {}),
    surveys.close_campaign: lambda w: ((_id(w, objects.closable_campaign),), {}),
    surveys.withdraw_campaign: lambda w: ((_id(w, objects.campaign),), {"why": objects.REASON}),
    surveys.add_reminder_date: lambda w: ((_id(w, objects.campaign),), {"day": w.now.date()}),
    surveys.drop_reminder_date: lambda w: ((_id(w, objects.survey_reminder),), {}),
    surveys.begin_response: lambda w: ((_id(w, objects.campaign), w.own.pk), {}),
    surveys.extend: lambda w: (
        (_id(w, objects.asked),),
        {"due_at": w.now.replace(year=2030), "why": objects.REASON},
    ),
    surveys.begin_extension: lambda w: (
        (_id(w, objects.campaign),),
        {"due_at": w.now.replace(year=2030), "why": objects.REASON},
    ),
    surveys.plan_extension: lambda w: (
        (_id(w, objects.campaign),),
        {"due_at": w.now.replace(year=2030), "why": objects.REASON},
    ),
    surveys.cancel_extension: lambda w: (_id(w, objects.extending_campaign), {}),
    surveys.excuse: lambda w: ((_id(w, objects.asked),), {"kind": Excuse.CANNOT, "why": objects.REASON}),
    surveys.expect_again: lambda w: ((_id(w, objects.excused),), {}),
    disclosure.draft: lambda w: ((_id(w, objects.incident), _told()), {}),
    disclosure.revise: lambda w: ((_id(w, objects.draft_disclosure), _told()), {"seen_revision": 1}),
    disclosure.release: lambda w: ((_id(w, objects.draft_disclosure),), {"seen_revision": 1}),
    disclosure.withdraw: lambda w: ((_id(w, objects.draft_disclosure),), {"reason": next(iter(WithdrawalReason))}),
    incidents.state: lambda w: ((_id(w, objects.incident), Field.LEAK, Leak.RULED_OUT), {}),
    incidents.correct_time: lambda w: ((_id(w, objects.incident), next(iter(TimeKind))), _when(w)),
    incidents.answer_step: lambda w: ((_id(w, objects.incident), "keep-power", StepAnswer.DONE), {}),
    incidents.note: lambda w: ((_id(w, objects.incident), objects.REASON), {}),
    incidents.move_incident: lambda w: ((_id(w, objects.incident), Phase.ACTIVE), {}),
    incidents.close_incident: lambda w: ((_id(w, objects.incident_ready_to_close),), {}),
    incidents.attach_indicators: lambda w: (
        (_id(w, objects.incident), [Attached(IndicatorKind.DOMAIN, "c9.kinkyu-update.example")]),
        {},
    ),
    incidents.remove_indicator: lambda w: ((_id(w, objects.attached_indicator),), {}),
    incidents.report_incident: lambda w: ((attacks.a_report(w.own.pk, now=w.now),), {"intake_id": uuid4()}),
    incidents.report_drill: lambda w: ((attacks.a_report(w.own.pk, now=w.now),), {"intake_id": uuid4()}),
    incidents.save_draft: lambda w: (({"seen": "x"},), {}),
}


def _verbs() -> dict[str, Verb]:
    """Every verb that somebody signed in can be behind, by its full name."""
    found = {}
    for room in settings.SLICES:
        if find_spec(f"{room}.services") is None:
            continue
        module = importlib.import_module(f"{room}.services")
        for name, verb in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or not verb.__module__.startswith(f"{room}.services"):
                continue
            if get_type_hints(verb).get("by") is Viewer:
                found[f"{room}.{name}"] = verb
    return found


VERBS = _verbs()


@pytest.fixture
def world(db, settings, now, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PASSWORD_HASHERS = [cast.QUICK_HASHER]
    return access_world.build(now)


def test_every_verb_is_asked_or_named():
    named = {*ASKED, *OF_ONES_OWN, *FOLLOWS_UP}
    assert [name for name, verb in VERBS.items() if verb not in named] == []
    assert [verb for verb in named if verb not in VERBS.values()] == []


def test_an_officer_of_a_prefecture_is_refused_by_every_verb(world):
    by = world.people["prefecture officer"].viewer
    assert world.own.jurisdiction_id in by.jurisdiction_ids
    assert [name for name, verb in VERBS.items() if verb in ASKED and not _is_refused(verb, world, by)] == []


@pytest.mark.parametrize("verb", FOLLOWS_UP, ids=lambda verb: verb.__name__)
def test_the_follow_up_is_done_in_the_own_territory_and_refused_outside(verb, world):
    by, named = world.people["prefecture officer"].viewer, FOLLOWS_UP[verb]
    if verb is surveys.note_call:
        named = named | {"called_at": world.now}
    far = made_once(objects.asked, world, world.other)
    with pytest.raises(Gone):
        verb(far, by=by, now=world.now, **named)
    assert verb(_id(world, objects.asked), by=by, now=world.now, **named)


def _is_refused(verb: Verb, world: World, by: Viewer) -> bool:
    """Whether the verb refuses; whatever was made for it is taken back, so that each verb meets the same world."""
    made = dict(world.made)
    with transaction.atomic():
        positional, named = ASKED[verb](world)
        timed = {"now": world.now} if "now" in inspect.signature(verb).parameters else {}
        try:
            verb(*positional, **named, by=by, **timed)
            refused = False
        except (NotAllowed, Gone):
            refused = True
        transaction.set_rollback(True)
    world.made = made
    return refused
