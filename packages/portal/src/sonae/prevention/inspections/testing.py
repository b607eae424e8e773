"""What tests of any room need of the preparation of an inspection."""

import io
from datetime import datetime

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import services as register
from sonae.core.institutions.models import Vendor
from sonae.core.institutions.testing import a_vendor
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services
from sonae.core.instruments.definition import questions
from sonae.core.instruments.models import Edition
from sonae.prevention.inspections import queries


def a_vendor_under_contract(institution_id: int, *, by: Viewer, now: datetime, service: str = "電子カルテ") -> Vendor:
    """A vendor that works for an institution, entered by one of its people."""
    assert by.account_id is not None, "people enter vendors"
    vendor = a_vendor()
    register.link_vendor(institution_id=institution_id, vendor_id=vendor.pk, service=service, by=by.account_id, now=now)
    return vendor


def a_handed_in_self_check(institution_id: int, *, by: Viewer, now: datetime, fiscal_year: int = 2025) -> int:
    """A self-check of an institution to the form that comes with Sonae, with one no; returns its fiscal year."""
    form = Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=fiscal_year)
    response = services.open_response(form.pk, institution_id=institution_id, occasion=str(fiscal_year), by=by, now=now)
    gate, *rows = questions(instruments.plan_of(form).instrument.items)
    checked = {"checked_on": [f"{fiscal_year}-06-02"]}
    answers: dict[str, object] = {row.id: {"answer": "yes", **checked} for row in rows}
    answers |= {gate.id: "yes", "bcp": {"answer": "no", "target_on": f"{fiscal_year + 1}-03-31", **checked}}
    kept = services.save_answers(response.pk, answers, seen=response.revision, by=by, now=now)
    services.submit(response.pk, seen=kept.response.revision, by=by, now=now)
    return fiscal_year


def a_ministry_form() -> bytes:
    """A workbook of one row, laid out as those of the ministry."""
    made = Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet), "a new workbook has a sheet"
    sheet.append(["令和8年度版 チェックリスト 医療機関・薬局確認用"])
    sheet.append(["番号", "チェック項目", "確認日", "目標日"])
    sheet.append(["1-①", "医療情報システム安全管理責任者を設置している。", "はい・いいえ", ""])
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()
