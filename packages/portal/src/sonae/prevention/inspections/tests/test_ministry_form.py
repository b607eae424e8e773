"""The ministry's workbook as a draft: every row that is read, and each that cannot be with sheet, row and column."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from sonae.core.instruments import drafts as forms
from sonae.core.instruments import queries, services
from sonae.core.instruments.definition import Section, questions
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import FormProblem, Respondent, Target
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import BadInput
from sonae.prevention.inspections.ministry_form import drafts
from sonae.prevention.inspections.ministry_form.reading import Draft, read
from sonae.prevention.inspections.tests.ministry_book import BEGINS, HEADERS, ROWS, TITLE, YES_NO, book, written
from sonae.prevention.inspections.vocabulary import MinistryProblem as P
from sonae.testing.cast import NOW


def draft(content: bytes, *, earlier=()) -> Draft:
    found = read(content, name="form.xlsx", earlier=lambda _id, _year: earlier, today=date(2026, 11, 23))
    assert isinstance(found, Draft), found
    return found


def faults(content: bytes) -> list[tuple]:
    found = read(content, name="form.xlsx", earlier=lambda _id, _year: (), today=date(2026, 11, 23))
    assert not isinstance(found, Draft), "should have been refused"
    return [(one.reason, one.sheet, one.row, one.column) for one in found]


@pytest.fixture
def shipped(db) -> None:
    services.load_shipped(now=NOW)


def test_every_row_of_the_form_is_read_with_its_section_number_and_devices():
    found = draft(book())
    instrument = found.instrument
    assert (instrument.id, instrument.edition, instrument.fiscal_year) == ("checklist-facility", "R8", 2026)
    assert instrument.respondent is Respondent.FACILITY
    gate, *sections = instrument.items
    assert (gate.id, gate.prefill) == ("gate", "")
    assert [(one.id, one.number, one.words.text("ja"), one.relevant) for one in sections] == [
        ("organisation", "1", "体制構築", "${gate} = 'yes'"),
        ("operation", "2", "医療情報システムの管理・運用", "${gate} = 'yes'"),
        ("incident", "3", "インシデント発生に備えた対応", "${gate} = 'yes'"),
    ]
    rows = [row for row in questions(instrument.items) if row.id != "gate"]
    assert [(row.number, row.targets) for row in rows] == [
        ("1-①", ()), ("2-①", (Target.ALL,)), ("2-②", (Target.ALL,)), ("2-③", (Target.SERVER,)),
        ("2-④", (Target.SERVER,)), ("2-⑤", (Target.PC,)), ("3-①", ()),
    ]  # fmt: skip
    assert all((row.dates.rounds, row.dates.needs_target) == (1, True) for row in rows)
    # Every text is the file's, and what belongs to no row is told and not lost.
    assert [row.words.text("ja") for row in rows] == [cells[2] for cells in ROWS if len(cells) > 3 and cells[1]]
    assert rows[2].guidance.text("ja") == "※試験用の注記です。"
    (left,) = found.left_out
    assert (left.reason, left.sheet, left.row, left.column, left.value) == (
        P.LEFT_OUT, "確認用", BEGINS + len(ROWS) - 1, "A", "施設名"
    )  # fmt: skip


def test_a_row_that_says_the_same_as_before_keeps_its_id_and_what_hangs_on_it(shipped):
    found = drafts.draft_of(book(), name="form.xlsx", now=NOW)
    rows = {row.number: row for row in questions(found.instrument.items)}
    ids = {number: row.id for number, row in rows.items() if number}
    assert ids == {
        "1-①": "manager", "2-①": "ledger", "2-②": "row_2_2", "2-③": "access_log", "2-④": "services_server",
        "2-⑤": "services_pc", "3-①": "bcp",
    }  # fmt: skip
    assert found.new_rows == ("row_2_2",)
    assert (rows["3-①"].controls, rows["3-①"].prefill) == (("bcp",), "evidence.bcp")
    assert rows["2-②"].words.text("en") == "試験用に書いた新しい項目である。"
    assert found.instrument.source.unverified


def test_the_layout_of_the_earlier_years_is_read_too():
    title = [["令和6年度版 チェックリスト"], ["事業者確認用"]]
    headers = [["番号", "対象", "チェック項目", "確認結果（日付）"], ["", "", "", "1回目", "目標日", "2回目"]]
    rows = [
        ["1-(1)", "", "管理責任者を設置している。", YES_NO],
        ["２-（４）", "サーバ、端末PC", "試験の項目である。", YES_NO],
        ["2-(5)", "全", "別の項目である。", YES_NO],
    ]
    found = draft(book(rows, title=title, headers=headers))
    assert (found.instrument.id, found.instrument.respondent) == ("checklist-vendor", Respondent.VENDOR)
    assert not any(isinstance(item, Section) and item.relevant for item in found.instrument.items)
    asked = list(questions(found.instrument.items))
    assert [(row.number, row.targets, row.dates.rounds) for row in asked] == [
        ("1-(1)", (), 2), ("2-(4)", (Target.SERVER, Target.PC), 2), ("2-(5)", (Target.ALL,), 2)
    ]  # fmt: skip


def test_every_row_that_cannot_be_read_is_told_with_sheet_row_and_column():
    headers = [["", "番号", "チェック項目", "対象", "確認結果", "目標日"]]
    rows = [
        ["", "①", "どこの節か分からない項目", "", YES_NO],
        ["", "2-①", "", "全", YES_NO],
        ["", "", "番号のない項目である。", "", YES_NO],
        ["", "2-②", "対象の分からない項目", "冷蔵庫", YES_NO],
        ["", "2-③", "正しい項目", "全", YES_NO],
        ["", "2-③", "番号が重なる項目", "全", YES_NO],
    ]
    first = len(TITLE) + len(headers) + 1
    assert faults(book(rows, headers=headers)) == [
        (P.SECTION_UNKNOWN, "確認用", first, "B"),
        (P.TEXT_MISSING, "確認用", first + 1, "C"),
        (P.NUMBER_MISSING, "確認用", first + 2, "C"),
        (P.TARGET_UNKNOWN, "確認用", first + 3, "D"),
        (P.NUMBER_TWICE, "確認用", first + 5, "B"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (written({"a": [["何か"]]}), [P.HEADER_MISSING]),
        (book(title=[["チェックリスト"]]), [P.YEAR_UNKNOWN, P.FORM_UNKNOWN]),
        (book(title=[["令和7年度版"], ["令和8年度版 事業者確認用"]]), [P.YEAR_UNKNOWN]),
        (book([["備考"]]), [P.NO_ROWS]),
        (written({"a": [*TITLE, *HEADERS, *ROWS], "b": [*TITLE, *HEADERS, *ROWS]}), [P.SEVERAL_SHEETS]),
        (book([["x"]] * 2_001), [P.TOO_MANY_ROWS]),
        (b"PK\x03\x04 no workbook", None),
        (b"\xd0\xcf\x11\xe0 old", [FormProblem.OLD_WORKBOOK]),
        (b"text", [FormProblem.NOT_A_FORM]),
    ],
)
def test_what_is_no_form_of_the_ministry_is_refused_with_the_reason(content, expected):
    found = [reason for reason, *_ in faults(content)]
    assert found == expected if expected else found


def test_a_bomb_is_refused_before_it_is_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 50_000_000)
        archive.writestr("[Content_Types].xml", b"<Types/>")
    assert faults(packed.getvalue())


def test_a_draft_is_published_once_and_answered_like_any_form(shipped, officer, hospital, manager):
    found = drafts.draft_of(book(), name="form.xlsx", now=NOW)
    edition = drafts.publish(found, by=officer.viewer, now=NOW)
    assert drafts.publish(drafts.draft_of(book(), name="copy.xlsx", now=NOW), by=officer.viewer, now=NOW) == edition
    assert Edition.objects.filter(instrument="checklist-facility", fiscal_year=2026).count() == 1
    plan = queries.plan_of(edition)
    assert [row.id for row in questions(plan.instrument.items)] == [
        row.id for row in questions(found.instrument.items)
    ]  # fmt: skip
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    kept = services.save_answers(response.pk, {"gate": "no"}, seen=response.revision, by=manager.viewer, now=NOW)
    services.submit(response.pk, seen=kept.response.revision, by=manager.viewer, now=NOW)


def test_a_draft_that_was_handed_out_and_corrected_is_taken_in_as_any_form_and_not_read_here(shipped, officer):
    made = load_workbook(io.BytesIO(drafts.workbook_of(drafts.draft_of(book(), name="form.xlsx", now=NOW))))
    for cells in made["survey"].iter_rows():
        for cell in cells:
            if cell.value == "試験用に書いた新しい項目である。":
                cell.value = "直した項目である。"
    corrected = io.BytesIO()
    made.save(corrected)
    with pytest.raises(BadInput):
        drafts.draft_of(corrected.getvalue(), name="draft.xlsx", now=NOW)
    kept = services.take_in(corrected.getvalue(), file_name="draft.xlsx", by=officer.viewer, now=NOW)
    seen = forms.look_at(kept, today=jst_day(NOW)).seen
    edition = services.publish_draft(kept.pk, seen=seen, by=officer.viewer, now=NOW)
    asked = [row.words.text("ja") for row in questions(queries.plan_of(edition).instrument.items)]
    assert "直した項目である。" in asked
    assert (edition.instrument, edition.edition, edition.fiscal_year) == ("checklist-facility", "R8", 2026)


def sent(person, content: bytes):
    return person.client.post(reverse("inspections:read-form"), {"file": SimpleUploadedFile("r8.xlsx", content)})


def test_the_page_shows_the_draft_publishes_nothing_by_itself_and_then_what_was_shown(shipped, officer):
    page = sent(officer, book())
    text = page.content.decode()
    assert page.status_code == 200
    assert all(words in text for words in ("2-⑤", "試験用に書いた新しい項目である。", "new or reworded", "施設名"))
    assert not Edition.objects.filter(fiscal_year=2026, instrument="checklist-facility").exists()
    shown = {"draft": page.context["draft"], "name": "r8.xlsx"}
    address = reverse("inspections:take-draft")
    handed_out = officer.client.post(address, shown | {"do": "download"})
    assert handed_out.content.startswith(b"PK")
    published = officer.client.post(address, shown | {"do": "publish"}, follow=True)
    assert "The form is published." in published.content.decode()
    assert Edition.objects.get(fiscal_year=2026, instrument="checklist-facility").published_by == officer.account
    forged = officer.client.post(address, shown | {"draft": "x" + shown["draft"][1:]}, follow=True)
    assert "Please choose the file again." in forged.content.decode()


def test_the_page_tells_every_row_that_cannot_be_read(officer):
    page = sent(officer, book([["", "2-①", "", YES_NO], ["", "", "番号のない項目である。", YES_NO]]))
    assert page.status_code == 422
    text = page.content.decode()
    assert f"line {BEGINS}, 確認用 C" in text
    assert f"line {BEGINS + 1}, 確認用 C" in text


def test_only_who_publishes_instruments_reads_forms(manager, operator, inspector):
    for person in (manager, operator, inspector):
        assert person.client.get(reverse("inspections:read-form")).status_code == 403
        assert sent(person, book()).status_code == 403
