"""Tables are filled in row by row from the response before: each row says so, and none is written over."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from sonae.core.instruments import queries, services, testing, yaml_loader
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.table_rules import fingerprint, with_taken
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.vocabulary import DefinitionProblem, Origin
from sonae.core.instruments.xlsform import reader, writer
from sonae.testing.cast import NOW

TABLES = """
  - question: copies
    kind: table
    label: {ja: バックアップ, en: Copies}
    prefill: earlier
    columns:
      - {question: medium, kind: text, label: {ja: 媒体}}
      - {question: generations, kind: number, whole: true, label: {ja: 世代数}}
  - question: systems
    kind: table
    label: {ja: システム, en: Systems}
    prefill: earlier
    rows:
      - {value: ehr, label: {ja: 電子カルテ}}
      - {value: pacs, label: {ja: 医用画像}}
    columns:
      - {question: vendor, kind: text, label: {ja: 事業者}}
"""
THIS = FORM.rstrip() + TABLES
LAST = THIS.replace('edition: "2026"', 'edition: "2025"').replace("fiscal_year: 2026", "fiscal_year: 2025")
COPIES = [{"medium": "テープ", "generations": 3}, {"medium": "クラウド", "generations": 5}]
SYSTEMS = [{"row": "ehr", "vendor": "甲社"}, {"row": "pacs", "vendor": "乙社"}]
LATER = NOW + timedelta(days=1)


def save(response, answers, manager):
    seen = Response.objects.get(pk=response.pk).revision
    return services.save_answers(response.pk, answers, seen=seen, by=manager.viewer, now=LATER).response


@pytest.fixture
def begun(officer, manager, hospital):
    """The response of this year, begun after that of last year was handed in."""

    def begin(**facts):
        last = testing.an_edition(by=officer.viewer, now=NOW, form=facts.get("last", LAST))
        before = services.open_response(
            last.pk, institution_id=hospital.pk, occasion="2025", by=manager.viewer, now=NOW
        )
        said = {"gate": "no", "copies": COPIES, "systems": SYSTEMS}
        kept = services.save_answers(before.pk, said, seen=0, by=manager.viewer, now=NOW)
        services.submit(before.pk, seen=kept.response.revision, by=manager.viewer, now=NOW)
        this = testing.an_edition(by=officer.viewer, now=NOW, form=facts.get("this", THIS))
        return services.open_response(
            this.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=LATER
        )

    return begin


def test_every_row_is_taken_over_with_where_it_comes_from(begun, manager):
    response = begun()
    assert (response.answers["copies"], response.answers["systems"]) == (COPIES, SYSTEMS)
    mark = response.mark("copies")
    assert (mark.origin, mark.source, mark.is_looked_at) == (Origin.EARLIER_RESPONSE, "2025", False)
    assert {row.print for row in mark.rows} == {fingerprint(row) for row in COPIES}
    page = manager.client.get(reverse("instruments:page", args=[response.pk, 3])).text
    assert page.count("Taken from an earlier response: 2025") >= 4


def test_a_row_that_somebody_changed_is_theirs_and_the_others_say_it_still(begun, manager):
    response = begun()
    changed = [COPIES[0] | {"generations": 9}, COPIES[1]]
    response = save(response, {"copies": changed}, manager)
    mark = response.mark("copies")
    assert mark.origin is Origin.TYPED
    table = manager.client.get(reverse("instruments:page", args=[response.pk, 3])).text.partition("医用画像")[0]
    assert table.count("Taken from an earlier response: 2025") == 2, "the second copy, and the first system"
    assert services.prefill(response.pk, by=manager.viewer, now=LATER) == frozenset()
    assert Response.objects.get(pk=response.pk).answers["copies"] == changed


def test_named_rows_that_nobody_filled_take_theirs_and_what_was_emptied_stays_empty(begun, manager):
    bare = THIS.replace("    prefill: earlier\n    rows", "    rows")
    response = begun(this=bare)
    assert "systems" not in response.answers
    assert with_taken(
        [{"row": "ehr", "vendor": "丙社"}], SYSTEMS, is_named=True, is_open=False, taken=()
    ) == [{"row": "ehr", "vendor": "丙社"}, SYSTEMS[1]]  # fmt: skip
    taken = {fingerprint(row) for row in SYSTEMS}
    emptied = [{"row": "ehr"}, {"row": "pacs", "vendor": "丁社"}]
    assert with_taken(emptied, SYSTEMS, is_named=True, is_open=False, taken=taken) == emptied
    assert with_taken([COPIES[0]], COPIES, is_named=False, is_open=False, taken=()) == [COPIES[0]]


def test_a_column_that_is_gone_or_does_not_take_the_answer_is_left_out_and_a_row_without_any_too(begun):
    this = THIS.replace("question: medium, kind: text", "question: medium, kind: number")
    this = this.replace("- {value: pacs, label: {ja: 医用画像}}", "- {value: labs, label: {ja: 検査}}")
    response = begun(this=this)
    assert response.answers["copies"] == [{"generations": 3}, {"generations": 5}]
    assert response.answers["systems"] == [SYSTEMS[0]]
    assert response.mark("copies").origin is Origin.EARLIER_REWORDED


def test_the_workbook_carries_the_rows_says_where_they_come_from_and_brings_them_back(begun, manager):
    response = begun()
    address = reverse("instruments:workbook-file", args=[response.pk])
    book = load_workbook(io.BytesIO(manager.client.get(address).content))
    sheet = next(one for one in book.worksheets if one["C1"].value == "medium")
    assert sheet["E2"].value == "Where it comes from"
    assert "Taken from an earlier response: 2025" in sheet["E3"].value
    sheet["D4"].value = 7
    sent = io.BytesIO()
    book.save(sent)
    taken = services.take_workbook(
        response.pk, sent.getvalue(), file_name="a.xlsx", by=manager.viewer, now=LATER
    )  # fmt: skip
    assert taken.kept.saved == {"copies"}
    after = Response.objects.get(pk=response.pk)
    assert after.answers["copies"] == [COPIES[0], COPIES[1] | {"generations": 7}]
    kept = {row.print for row in after.mark("copies").rows}
    assert [fingerprint(row) in kept for row in after.answers["copies"]] == [True, False]


def test_a_table_is_filled_in_from_earlier_responses_alone_and_keeps_its_source_in_a_workbook():
    form = yaml_loader.load(THIS.encode())
    assert reader.read(writer.write(form), name="a.xlsx") == form
    (fault,) = yaml_loader.load(THIS.replace("prefill: earlier", "prefill: register.licensed_beds", 1).encode())
    assert fault.reason is DefinitionProblem.NEVER_PREFILLED


def test_the_yearly_report_on_backups_takes_over_the_copies(db):
    services.load_shipped(now=NOW)
    editions = Edition.objects.current().filter(instrument="backup-report", edition__in=("R6", "R8"))
    assert [queries.plan_of(one).items["copies"].prefill for one in editions] == ["earlier", "earlier"]
