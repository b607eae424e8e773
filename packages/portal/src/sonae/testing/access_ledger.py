"""What comes into a ledger from files, for the walk over every URL."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sonae.core.institutions.models import Institution
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.intake.vocabulary import Newcomers
from sonae.prevention.assets.models import LedgerQuestion
from sonae.prevention.assets.testing import a_list, applied, planned
from sonae.testing.access_world import Factory, World, always

REASON = "現地で確認した"
ZONE = {"name": "検査系", "purpose": "検査装置", "internet_reachable": "no", "vendor_reachable": "yes"}
ANSWER = {"answer": "not_ours", "reason": REASON}
_MAPPING = {"columns": ["asset_number", "name"], "header_line": 1, "data_line": 2, "priority": ["asset_number"]}


def zone(world: World, hospital: Institution) -> Any:
    by = world.managers[hospital.pk].viewer
    return assets.record_zone(hospital.pk, assets.ZoneContent(**ZONE), by=by, now=world.now).pk  # type: ignore[typeddict-item]


def ledger_import(world: World, hospital: Institution) -> Any:
    by = world.managers[hospital.pk].viewer
    return planned(a_list(), institution_id=hospital.pk, by=by, now=world.now).pk


def applied_import(world: World, hospital: Institution) -> Any:
    by = world.managers[hospital.pk].viewer
    row = "Z-1,解析装置,医療機器,Example,Z,SN-Z,,,,検査室,検査科,"
    return applied(a_list(row), institution_id=hospital.pk, by=by, now=world.now, source="検査室").pk


def ledger_question(world: World, hospital: Institution) -> Any:
    by = world.managers[hospital.pk].viewer
    how: dict[str, Any] = {"institution_id": hospital.pk, "source": "EDR", "newcomers": Newcomers.ASK}
    run = applied(a_list(), by=by, now=world.now + timedelta(seconds=10), **how)
    question = LedgerQuestion.objects.filter(run=run).first()
    assert question is not None, "it asks about every device"
    return question.pk


def _file(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"institution": hospital.pk, "file": SimpleUploadedFile("list.csv", a_list())}


def _file_of_program(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"institution_id": hospital.pk, "file": SimpleUploadedFile("list.csv", a_list())}


def _zone_of_program(_world: World, hospital: Institution) -> dict[str, Any]:
    return {"institution_id": hospital.pk, **ZONE, "name": "放射線系"}


BODIES: dict[str, Factory] = {
    "POST assets:upload": _file,
    "POST assets:add-zone": lambda _world, hospital: {"institution": hospital.pk, **ZONE, "name": "事務系"},
    "POST assets:zone": always(ZONE),
    "POST assets:import-mapping": always(
        {"sheet": "", "column_0": "asset_number", "column_1": "name", "identity_0": "asset_number", "newcomers": "add"}
        | {"default_kind": "pc", "source": "一覧"}
    ),
    "POST assets:question": always(ANSWER),
    "POST /api/v1/zones": _zone_of_program,
    "PUT /api/v1/zones/{zone_id}": always(ZONE),
    "POST /api/v1/ledger-imports": _file_of_program,
    "PUT /api/v1/ledger-imports/{ledger_import_id}/mapping": always(_MAPPING),
    "POST /api/v1/ledger-questions/{question_id}/answer": always(ANSWER),
}
FACTORIES: dict[str, Factory] = {
    "zone_id": zone,
    "ledger_import_id": ledger_import,
    "assets:undo-import.ledger_import_id": applied_import,
    "/api/v1/ledger-imports/{ledger_import_id}/undo.ledger_import_id": applied_import,
    "assets:question.question_id": ledger_question,
    "/api/v1/ledger-questions/{question_id}/answer.question_id": ledger_question,
}
