"""An instrument for tests of any room: a small checklist with a gate, a number and a remark."""

from datetime import datetime

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions import services as register
from sonae.core.instruments import services
from sonae.core.instruments.models import Edition, Response

FORM = """\
id: readiness
edition: "2026"
title: {ja: 備えの確認, en: Readiness}
respondent: facility
fiscal_year: 2026
default_language: ja
source: {ja: 試験用, en: For tests, as_of: 2026-11-22, unverified: true}
items:
  - question: gate
    kind: yes_no
    label: {ja: 医療情報システムを運用している}
    required: true
  - section: organisation
    label: {ja: 体制}
    relevant: ${gate} = 'yes'
    items:
      - question: beds
        kind: number
        label: {ja: 病床数}
        whole: true
        least: 0
        required: true
      - question: remark
        kind: text
        label: {ja: 備考}
      - question: plan
        kind: file
        label: {ja: BCPの写し, en: Copy of the plan}
"""
VENDOR_FORM = FORM.replace("id: readiness", "id: vendor-form").replace("respondent: facility", "respondent: vendor")


def an_edition(*, by: Viewer, now: datetime, form: str = FORM) -> Edition:
    """The small checklist, published by an officer of the ministry."""
    return services.publish(form.encode(), file_name="readiness.yaml", by=by, now=now)


def a_response(
    institution_id: int,
    *,
    officer: Viewer,
    by: Viewer,
    now: datetime,
    is_handed_in: bool = False,
    occasion: str = "2026",
) -> Response:
    """A response of an institution to the small checklist, begun by one of its people."""
    edition = an_edition(by=officer, now=now)
    response = services.open_response(edition.pk, institution_id=institution_id, occasion=occasion, by=by, now=now)
    if is_handed_in:
        services.save_answers(response.pk, {"gate": "yes", "beds": 120}, seen=response.revision, by=by, now=now)
        services.submit(response.pk, seen=response.revision + 1, by=by, now=now)
    return response


def a_vendor_response(institution_id: int, *, vendor_id: int, officer: Viewer, by: Viewer, now: datetime) -> Response:
    """The form that a vendor fills in about an institution for which it works, begun by one of its people."""
    assert by.account_id is not None, "people begin responses"
    register.link_vendor(
        institution_id=institution_id, vendor_id=vendor_id, service="画像管理", by=by.account_id, now=now
    )
    edition = an_edition(by=officer, now=now, form=VENDOR_FORM)
    return services.open_response(
        edition.pk, institution_id=institution_id, vendor_id=vendor_id, occasion="2026", by=by, now=now
    )
