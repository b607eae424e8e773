"""What the walk over every URL sends with each POST and PUT, so that it reaches the object and not only its form."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance.testing import CATALOGUE
from sonae.core.institutions.models import Institution
from sonae.core.instruments import drafts as forms
from sonae.core.instruments import map_file
from sonae.core.instruments.models import FormDraft
from sonae.core.instruments.testing import FORM
from sonae.kernel.calendar import jst_day
from sonae.prevention.detection.testing import a_batch, a_sighting
from sonae.prevention.inspections.ministry_form import drafts
from sonae.prevention.inspections.testing import a_ministry_form
from sonae.testing import access_advisories, access_exposures, access_ledger, access_visits
from sonae.testing.access_forms import edition, form_draft
from sonae.testing.access_objects import DOMAIN, PDF, REASON, WORDS, indicator
from sonae.testing.access_world import Factory, World, always, made_once


def _with_file(**fields: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("a.pdf", PDF, "application/pdf"), **fields}


def _document(_world: World, hospital: Institution) -> dict[str, Any]:
    return _with_file(institution=hospital.pk, purpose="evidence", sensitivity="shareable")


def _document_by_program(_world: World, hospital: Institution) -> dict[str, Any]:
    return _with_file(institution_id=hospital.pk, purpose="evidence", sensitivity="shareable")


def _begin_by_program(world: World, hospital: Institution) -> dict[str, Any]:
    found = made_once(edition, world, hospital)
    return {"edition_id": str(found), "institution_id": hospital.pk, "occasion": "api"}


def _workbook(_world: World, _hospital: Institution) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("a.xlsx", b"no workbook")}


def _evidence_form(world: World, hospital: Institution) -> dict[str, Any]:
    # A document may be named by whoever is inside and by whoever inspects.
    said = {"control": "patching", "finding": "in_place", "source": "document", "strength": "E1"}
    since = (world.now - timedelta(days=1)).date().isoformat()
    code = hospital.register_code
    return said | {"register_code": code, "reference": "表", "since": since, "sensitivity": "shareable"}


def _evidence_body(world: World, hospital: Institution) -> dict[str, Any]:
    said = {"control": "patching", "source": "document", "strength": "E1", "reference": "表"}
    return said | {"institution_id": hospital.pk, "since": (world.now - timedelta(days=1)).isoformat()}


def _evidence_of_program(world: World, hospital: Institution) -> dict[str, Any]:
    return _evidence_body(world, hospital) | {"source": "program"}


def _list_to_import(*_: Any) -> dict[str, Any]:
    lines = "130000001,0000001,甲病院,1,x\n".encode()
    return {"file": SimpleUploadedFile("codes.csv", lines, "text/csv"), "kind": "codes", "as_of": "2026-11-01"}


def _catalogue_file(*_: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("a.json", CATALOGUE, "application/json")}


def _ministry_form(*_: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("r8.xlsx", a_ministry_form())}


def _ministry_draft(*_: Any) -> dict[str, Any]:
    return {"draft": drafts.sealed(a_ministry_form()), "name": "r8.xlsx", "do": "download"}


def _form_file(*_: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("form.yaml", FORM.encode())}


def _map_table(*_: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("map.csv", map_file.write([("gate", "gate", "same", *[""] * 5)]))}


def _seen_form(world: World, hospital: Institution) -> dict[str, Any]:
    draft = FormDraft.objects.get(pk=made_once(form_draft, world, hospital))
    return {"seen": forms.look_at(draft, today=jst_day(world.now)).seen}


def _corrected_form(world: World, hospital: Institution) -> dict[str, Any]:
    return _form_file() | _seen_form(world, hospital)


def _sensor_file(*_: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("eve.json", json.dumps(EVENT).encode(), "application/json")}


def _sightings(world: World, _hospital: Institution) -> dict[str, Any]:
    seen = a_sighting(made_once(indicator, world, world.own), now=world.now)
    return dict(json.loads(a_batch(seen, now=world.now).model_dump_json()))


def _heartbeat(world: World, _hospital: Institution) -> dict[str, Any]:
    figures = dict.fromkeys(("events_read", "bad_lines", "indicators_held", "sightings_waiting"), 0)
    return {"collector_version": "0.1.0", "sent_at": world.now.isoformat(), **figures}


def _report_form(_world: World, hospital: Institution) -> dict[str, Any]:
    said = {"seen": "画面が暗号化された", "phone": "086-000-0000", "care": "unknown"}
    return said | {"institution": hospital.register_code, "intake_id": str(UUID(int=hospital.pk, version=4))}


def _report_body(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"institution": hospital.register_code, "seen": "画面が暗号化された", "phone": "086-000-0000"}


def _invitation_form(_world: World, hospital: Institution) -> dict[str, Any]:
    who = {"name": "招待", "email": "walked@example.jp", "language": "ja", "role": Role.STAFF.value}
    return who | {"institution": hospital.register_code}


def at_hospital(**fields: Any) -> Factory:
    """A page's form that also chooses the hospital."""
    return lambda _world, hospital: {"institution": hospital.pk, **fields}


def of_hospital(**fields: Any) -> Factory:
    """The same for a program."""
    return lambda _world, hospital: {"institution_id": hospital.pk, **fields}


ASSET = {"kind": "server", "name": "サーバ"}
NEW_INSTITUTION = {
    "register_code": "MATRIX-1", "kind": "hospital", "name": "新設合成病院", "prefecture": "33",
    "municipality": "33100",
}  # fmt: skip
EVENT = {
    "timestamp": "2026-11-23T07:00:00.000000+0900", "event_type": "alert", "src_ip": "192.168.1.10",
    "dest_ip": "45.83.64.1", "alert": {"signature": "ET MALWARE beacon"},
}  # fmt: skip
CONNECTION = {"kind": "vpn", "name": "保守回線"}
UNKNOWN = {"source_restricted": "unknown", "multi_factor": "unknown", "patched_by": "unknown"}


# What is sent with a POST so that it reaches the object and not only the check of its form: from the world and the
# hospital that the body names. Where the bodies of two hospitals differ, both are walked.
def _survey_form(world: World, _hospital: Institution) -> dict[str, Any]:
    edition_id = str(made_once(edition, world, world.own))
    said = {"title_ja": "調査", "title_en": "Survey", "edition": edition_id, "fiscal_year": 2026, "seen": "1"}
    days = {"reference_on": "2026-11-01", "opens_on": "2026-11-23", "last_day": "2026-12-20"}
    return said | days | {"kinds": ["hospital"], "population": "synthetic"}


_OF_ROOMS = access_visits.BODIES | access_ledger.BODIES | access_advisories.BODIES | access_exposures.BODIES
BODIES: dict[str, Factory] = _OF_ROOMS | {
    "POST assets:add-asset": at_hospital(**ASSET),
    "POST assets:asset": always(ASSET),
    "POST assets:add-connection": at_hospital(**CONNECTION, **UNKNOWN),
    "POST assets:connection": always(CONNECTION | UNKNOWN),
    "POST assets:stocktakes": at_hospital(part="devices"),
    "POST assets:withdraw-stocktake": always({"why": REASON}),
    "POST assurance:file": _evidence_form,
    "POST assurance:import-catalogue": _catalogue_file,
    "POST assurance:take-back-catalogue": always({"why": REASON}),
    "POST assurance:withdraw": always({"why": REASON}),
    "POST bulletins:compose": always({**WORDS, "tlp": "amber"}),
    "POST bulletins:revise": always({**WORDS, "tlp": "amber"}),
    "POST bulletins:withdraw": always({"why": REASON}),
    "POST detection:answer": always({"finding": "blocked", "note": REASON}),
    "POST detection:enrol": at_hospital(name="収集"),
    "POST documents:upload": _document,
    "POST duties:fulfil": always({"note": REASON}),
    "POST duties:waive": always({"why": REASON}),
    "POST duties:redate": always({"why": REASON, "due_on": "2030-04-01"}),
    "POST grants:give": lambda _world, hospital: {"role": Role.STAFF.value, "institution": hospital.register_code},
    "POST grants:invite": _invitation_form,
    "POST inspections:read-form": _ministry_form,
    "POST inspections:take-draft": _ministry_draft,
    "POST inspections:keep-diagram": lambda *_: {"diagram-file": SimpleUploadedFile("a.pdf", PDF, "application/pdf")},
    "POST inspections:ask-vendor": always({"name": "販売 花子", "address": "walked@vendor.example"}),
    "POST incidents:report": _report_form,
    "POST incidents:extract": _sensor_file,
    "POST incidents:note": always({"text": REASON}),
    "POST incidents:state": always({"care": "limited", "leak": "unknown"}),
    "POST incidents:move": always({"phase": "active", "reason": REASON}),
    "POST incidents:add-indicators": always({"values": "c9.kinkyu-update.example"}),
    "POST institutions:beds": always({"as_of": "2026-11-01", "total": "100"}),
    "POST institutions:add_contact": always({"role": "administrator", "name": "窓口", "phone": "0000"}),
    "POST institutions:link_vendor": always({"name": "保守会社", "service": "電子カルテ"}),
    "POST institutions:enter_network": always({"network": "45.83.64.0/24"}),
    "POST instruments:begin": at_hospital(),
    "POST instruments:take-in": _form_file,
    "POST instruments:exchange-file": _corrected_form,
    "POST instruments:publish-draft": _seen_form,
    "POST instruments:withdraw-draft": _seen_form,
    "POST instruments:take-map": _map_table,
    "POST instruments:pair": always({"question": "gate", "comparison": "same"}),
    "POST instruments:page": always({"answer:gate": "no", "was:gate": "0.0"}),
    "POST instruments:hand-over": lambda world, hospital: {"colleague": str(world.staff[hospital.pk].account.pk)},
    "POST instruments:send-link": always({"name": "窓口", "address": "link@vendor.example"}),
    "POST instruments:return-to-vendor": always({"seen": "1", "reason": REASON}),
    "POST answering:page": always({"answer:gate": "no", "was:gate": "0.0"}),
    "POST answering:submit": always({"seen": "1", "name": "窓口", "position": "部長"}),
    "POST instruments:submit": always({"seen": "1"}),
    "POST instruments:accept": always({"seen": "1"}),
    "POST instruments:return": always({"seen": "1", "reason": REASON}),
    "POST instruments:accept-all": always({"shown_at": "2026-11-23T18:00:00+09:00"}),
    "POST surveys:new": _survey_form,
    "POST surveys:revise": _survey_form,
    "POST results:count": always({"stage": "preliminary", "as_of": "2026-11-23T17:30"}),
    "POST surveys:discard": always({"seen": "1"}),
    "POST surveys:open": always({"seen": "1"}),
    "POST surveys:withdraw": always({"why": REASON}),
    "POST surveys:remind": always({"day": "2026-12-10"}),
    "POST surveys:extend-many": always({"many-last_day": "2027-01-31", "many-why": REASON, "confirmed": "yes"}),
    "POST surveys:call": always({"call-called_at": "2026-11-23T17:00", "call-outcome": "needs_help"}),
    "POST surveys:extend": always({"extension-last_day": "2027-01-31", "extension-why": REASON}),
    "POST surveys:excuse": always({"excuse-kind": "has_closed", "excuse-why": REASON}),
    "POST surveys:stand-in": always({"proxy-channel": "telephone", "proxy-informant": "事務長", "proxy-why": REASON}),
    "POST notifications:register": at_hospital(url="https://hook2.example.jp/sonae"),
    "POST tokens:issue-program": at_hospital(name="収集", scopes=[Permission.COLLECTOR_EXCHANGE.value]),
    "POST /api/v1/documents": _document_by_program,
    "POST /api/v1/forms": _form_file,
    "POST /api/v1/forms/{draft_id}/file": _corrected_form,
    "POST /api/v1/forms/{draft_id}/publication": _seen_form,
    "POST /api/v1/forms/{draft_id}/withdrawal": _seen_form,
    "POST /api/v1/instruments/{edition_id}/since/{earlier_id}": always(
        {"became": "gate", "question": "gate", "comparison": "same"}
    ),
    "POST /api/v1/instruments/{edition_id}/since/{earlier_id}/table": _map_table,
    "POST /api/v1/responses": _begin_by_program,
    "POST /api/v1/responses/{response_id}/answers": always({"seen": 1, "answers": {"gate": "no"}}),
    "POST /api/v1/responses/{response_id}/submission": always({"seen": 1}),
    "POST /api/v1/responses/{response_id}/acceptance": always({"seen": 1}),
    "POST /api/v1/responses/{response_id}/return": always({"seen": 1, "reason": REASON}),
    "POST /api/v1/responses/{response_id}/workbook": _workbook,
    "POST /api/v1/evidence": _evidence_body,
    "POST /api/v1/institutions": always(NEW_INSTITUTION),
    "POST /api/v1/imports": _list_to_import,
    "POST /api/v1/collector/sightings": _sightings,
    "POST /api/v1/collector/heartbeat": _heartbeat,
    "POST /api/v1/assets": of_hospital(**ASSET),
    "POST /api/v1/connections": of_hospital(**CONNECTION),
    "POST /api/v1/stocktakes": of_hospital(part="devices"),
    "POST /api/v1/stocktakes/{stocktake_id}/withdrawal": always({"why": REASON}),
    "POST /api/v1/incidents": _report_body,
    "POST /api/v1/bulletins": always({**WORDS, "tlp": "amber"}),
    "POST incidents:confirm": always({"chosen": "domain||c3.kinkyu-update.example"}),
    "POST /api/v1/evidence/{evidence_id}/withdrawal": always({"why": REASON}),
    "POST /api/v1/duties/{duty_id}/fulfilment": always({"note": REASON}),
    "POST /api/v1/duties/{duty_id}/waiver": always({"why": REASON}),
    "POST /api/v1/duties/{duty_id}/due-moment": always({"why": REASON, "due_at": "2030-04-01T00:00:00+09:00"}),
    "POST /api/v1/incidents/{incident_id}/indicators/extraction": _sensor_file,
    "POST /api/v1/incidents/{incident_id}/indicators": always({"indicators": [{"kind": "domain", "value": DOMAIN}]}),
    "POST /api/v1/institutions/{institution_id}/beds": always({"as_of": "2026-11-01", "total": 100}),
    "POST /api/v1/institutions/{institution_id}/names": always({"name": "改名病院", "on": "2026-11-01"}),
    "POST /api/v1/institutions/{institution_id}/contacts": always(
        {"role": "administrator", "name": "窓口", "phone": "0000"}
    ),
    "POST /api/v1/institutions/{institution_id}/vendors": always({"name": "保守会社", "service": "電子カルテ"}),
    "POST /api/v1/institutions/{institution_id}/networks": always({"network": "45.83.64.0/24"}),
    "PUT /api/v1/bulletins/{bulletin_id}/draft": always(WORDS),
    "POST /api/v1/bulletins/{bulletin_id}/withdrawal": always({"why": REASON}),
    "PUT /api/v1/assets/{asset_id}": always({"kind": "server", "name": "サーバ"}),
    "PUT /api/v1/connections/{connection_id}": always({"kind": "vpn", "name": "保守回線"}),
    "POST /api/v1/sightings/{sighting_id}/answer": always({"finding": "blocked", "note": REASON}),
    "POST /api/v1/incidents/{incident_id}/phase": always({"phase": "active"}),
    "POST /api/v1/incidents/{incident_id}/statements": always({"care": "limited"}),
    "POST /api/v1/incidents/{incident_id}/steps/{step_id}": always({"answer": "done"}),
    "POST /api/v1/incidents/{incident_id}/notes": always({"text": REASON}),
    "POST /api/v1/incidents/{incident_id}/disclosures": always({"kind": "hospital"}),
    "POST /api/v1/incidents/{incident_id}/disclosures/measure": always({"kind": "hospital"}),
    "PUT /api/v1/disclosures/{disclosure_id}/draft": always({"kind": "hospital", "revision": 1}),
    "POST /api/v1/disclosures/{disclosure_id}/release": always({"revision": 1}),
    "POST /api/v1/disclosures/{disclosure_id}/withdrawal": always({"reason": "wrong", "why": REASON}),
}


# What a program says in place of a person: it speaks for itself.
BODIES_OF_PROGRAM: dict[str, Factory] = {"POST /api/v1/evidence": _evidence_of_program}


def body_for(world: World, row: str, hospital: Institution, *, actor: str = "") -> dict[str, Any]:
    """What this actor sends to this row about this hospital, made anew: a file is read only once."""
    known = BODIES | BODIES_OF_PROGRAM if actor == "program" else BODIES
    return dict(known[row](world, hospital)) if row in known else {}


def names_a_place(world: World, row: str) -> bool:
    """Whether the body says about which hospital it speaks."""
    return body_for(world, row, world.own) != body_for(world, row, world.other)
