"""Bringing a list to a ledger as a person does, for tests of all rooms."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.assets import services
from sonae.prevention.assets.intake import presenting
from sonae.prevention.assets.intake.vocabulary import Identity, Newcomers
from sonae.prevention.assets.models import LedgerImport

HEADERS = "資産番号,機器名,種別,メーカー,機種,製造番号,ホスト名,MACアドレス,IPアドレス,設置場所,担当者,導入日"
ROWS = (
    "A-001,電子カルテサーバ,サーバ,Example,Charts 9,SN-1,emr01,00:11:22:33:44:55,192.0.2.10,サーバ室,情報係,R2.4.1",
    "A-002,受付端末1,PC,Example,Desk 3,SN-2,pc01,00-11-22-33-44-66,192.0.2.21,外来受付,医事課,H31.4.1",
    "A-003,VPN装置,ルータ,Fortinet,FortiGate 60F,SN-3,vpn01,0011.2233.4477,192.0.2.1,サーバ室,情報係,2021/6",
)  # fmt: skip


def a_list(*rows: str, headers: str = HEADERS) -> bytes:
    """A list of devices as a hospital keeps it, in the encoding of its Windows; three devices where none are given."""
    return ("\r\n".join([headers, *(rows or ROWS)]) + "\r\n").encode("cp932")


def planned(
    content: bytes,
    *,
    institution_id: int,
    by: Viewer,
    now: datetime,
    name: str = "機器一覧.csv",
    source: str = "機器一覧",
    newcomers: Newcomers = Newcomers.ADD,
    priority: tuple[Identity, ...] | None = None,
    asset_id: UUID | None = None,
) -> LedgerImport:
    """An import whose plan is made, with the columns as they are proposed."""
    run = services.begin_import([content], institution_id=institution_id, name=name, by=by, now=now, asset_id=asset_id)
    if run.state == "mapping":
        mapping = replace(presenting.draft_of(run).mapping, newcomers=newcomers)
        if priority is not None:
            mapping = replace(mapping, priority=priority)
        services.map_import(run.pk, mapping, source=source, by=by, now=now)
    services.carry_out_plan(run.pk, now=now)
    run.refresh_from_db()
    return run


def applied(content: bytes, *, by: Viewer, now: datetime, **how: Any) -> LedgerImport:
    """An import that was applied a second after its plan."""
    run = planned(content, by=by, now=now, **how)
    return apply(run, by=by, now=now + timedelta(seconds=1))


def apply(run: LedgerImport, *, by: Viewer, now: datetime) -> LedgerImport:
    services.order_apply(run.pk, by=by, now=now)
    services.carry_out_apply(run.pk, now=now)
    run.refresh_from_db()
    return run


def undone(run: LedgerImport, *, by: Viewer, now: datetime) -> LedgerImport:
    services.order_undo(run.pk, by=by, now=now)
    services.carry_out_undo(run.pk, now=now)
    run.refresh_from_db()
    return run
