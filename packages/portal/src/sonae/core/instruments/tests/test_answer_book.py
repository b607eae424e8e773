"""A response as a workbook: what is handed out comes back unchanged, what was changed comes back alone."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from sonae.core.documents.vocabulary import FileRefusal
from sonae.core.instruments import queries, services, yaml_loader
from sonae.core.instruments.answer_book import cells, layout, reader, writer
from sonae.core.instruments.answer_book.offers import common_words
from sonae.core.instruments.definition import Choice, Words
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.testing import a_response
from sonae.core.instruments.tests.forms import a_question
from sonae.core.instruments.tests.workbooks import workbook
from sonae.core.instruments.vocabulary import AnswerKind, BookProblem, FormProblem, Origin, ResponseRefusal
from sonae.core.instruments.xlsform.workbook import MOST_ELEMENTS, faults_of_package
from sonae.kernel.errors import BadInput, Gone
from tools import effort

FORM = """\
id: everything
edition: "2026"
title: {ja: すべて, en: Everything}
respondent: facility
fiscal_year: 2026
default_language: ja
source: {ja: 試験用, en: For tests, as_of: 2026-11-22, unverified: true}
choices:
  - name: media
    choices:
    - {value: tape, label: {ja: テープ, en: Tape}}
    - {value: cloud, label: {ja: クラウド, en: Cloud}}
    - {value: disk, label: {ja: 外付けディスク, en: External disk}}
items:
  - question: gate
    kind: yes_no
    label: {ja: 運用している, en: In use}
  - section: first
    number: "1"
    label: {ja: 体制, en: Organisation}
    items:
      - question: ledger
        kind: yes_no
        number: "1-①"
        label: {ja: 台帳がある, en: There is a ledger}
        dates: {rounds: 2}
        may_be_unknown: true
        may_be_out_of_scope: true
      - question: beds
        kind: number
        label: {ja: 病床数, en: Beds}
        unit: {ja: 床, en: beds}
      - question: one
        kind: single
        label: {ja: 主な媒体, en: Main medium}
        choices: media
        other: true
      - question: many
        kind: multiple
        label: {ja: 媒体, en: Media}
        choices: media
      - question: tested_on
        kind: date
        label: {ja: 訓練日, en: Tested on}
      - question: remark
        kind: text
        label: {ja: 備考, en: Remark}
      - question: copies
        kind: table
        label: {ja: 複製, en: Copies}
        columns:
          - question: place
            kind: text
            label: {ja: 場所, en: Place}
          - question: medium
            kind: single
            label: {ja: 種類, en: Medium}
            choices: media
          - question: number
            kind: number
            label: {ja: 本数, en: Number}
      - question: floors
        kind: table
        label: {ja: 階ごとの台数, en: By floor}
        rows:
          - {value: first, label: {ja: 1階, en: First}}
          - {value: second, label: {ja: 2階, en: Second}}
        columns:
          - question: devices
            kind: number
            label: {ja: 台数, en: Devices}
"""
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WRITTEN = {
    "gate": "yes",
    "ledger": {"answer": "no", "checked_on": ["2026-05-01", "2026-10-01"], "target_on": "2027-03-01"},
    "beds": 120,
    "one": "other",
    "one_other": "紙",
    "many": ["tape", "disk"],
    "tested_on": "2026-06-30",
    "remark": "=1+1 と書いた\n二行目",
    "copies": [{"place": "倉庫", "medium": "cloud", "number": 2.5}, {"place": "金庫"}],
    "floors": [{"row": "first"}, {"row": "second", "devices": 7}],
}


@pytest.fixture(scope="module")
def plan():
    made = yaml_loader.prepared(FORM.encode())
    assert isinstance(made, Plan), made
    return made


def _facts(revision=3):
    return writer.Facts("0198-response", "digest", revision, "備前合成病院", NOW)


def _edited(content, changes, *, sheet=None):
    """The workbook after somebody typed into it; `changes` by the name of a cell."""
    book = load_workbook(io.BytesIO(content))
    for name, value in changes.items():
        (book[sheet] if sheet else book.worksheets[0])[name] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _row_of(content, question):
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return next(number for number, row in enumerate(sheet.iter_rows(values_only=True), 1) if row[0] == question)


def _read(content, plan):
    return reader.read(content, plan, name="answers.xlsx")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("answers", [{}, WRITTEN, {"ledger": {"unknown_as_of": "2026-11-23T06:00:00+09:00"}}])
def test_what_nobody_touched_comes_back_as_no_change(plan, language, answers):
    book = _read(writer.write(plan, answers, _facts(), language=language), plan)
    assert isinstance(book, reader.Book), book
    assert (book.response, book.digest, book.revision) == ("0198-response", "digest", 3)
    assert book.changed == {}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_was_typed_into_an_empty_workbook_is_what_was_meant(plan, language):
    content = writer.write(plan, {}, _facts(), language=language)
    full = load_workbook(io.BytesIO(writer.write(plan, WRITTEN, _facts(), language=language)))
    typed = load_workbook(io.BytesIO(content))
    for sheet in full.worksheets[:3]:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.value is not None:
                    into = typed[sheet.title][cell.coordinate]
                    into.value, into.data_type = cell.value, cell.data_type
    out = io.BytesIO()
    typed.save(out)
    assert _read(out.getvalue(), plan).changed == WRITTEN


def test_words_of_either_language_and_odd_ways_of_typing_them_are_understood(plan):
    content = writer.write(plan, {}, _facts(), language="ja")
    rows = {name: _row_of(content, name) for name in ("gate", "beds", "one", "many", "tested_on")}
    changed = _read(
        _edited(
            content,
            {
                f"E{rows['gate']}": "YES", f"E{rows['beds']}": "１，２００", f"E{rows['one']}": " external　disk ",
                f"E{rows['many']}": "テープ; Cloud", f"E{rows['tested_on']}": datetime(2026, 6, 30),
            },
        ),
        plan,
    ).changed  # fmt: skip
    assert changed == {
        "gate": "yes", "beds": "1200", "one": "disk", "many": ["tape", "cloud"], "tested_on": "2026-06-30",
    }  # fmt: skip


def test_what_means_nothing_stays_as_it_was_typed_for_the_rules_to_judge(plan):
    content = writer.write(plan, {}, _facts(), language="ja")
    rows = {name: _row_of(content, name) for name in ("gate", "tested_on")}
    book = _read(_edited(content, {f"E{rows['gate']}": "たぶん", f"E{rows['tested_on']}": "来週"}), plan)
    assert book.changed == {"gate": "たぶん", "tested_on": "来週"}
    assert str(book.places["gate", ()]).endswith(f"!E{rows['gate']}")


def test_an_answer_that_was_emptied_is_taken_away(plan):
    content = writer.write(plan, WRITTEN, _facts(), language="ja")
    row, grid = _row_of(content, "remark"), layout.layout_of(plan).grids[0]
    emptied = _edited(content, {f"E{row}": None})
    emptied = _edited(emptied, {"C4": None}, sheet=grid.sheet)
    assert _read(emptied, plan).changed == {"remark": None, "copies": WRITTEN["copies"][:1]}


def test_every_fault_is_named_with_sheet_row_and_column_and_nothing_is_taken(plan):
    content = writer.write(plan, {}, _facts(), language="ja")
    ledger, beds = _row_of(content, "ledger"), _row_of(content, "beds")
    broken = _edited(
        content,
        {
            f"E{ledger}": "はい", f"I{ledger}": datetime(2026, 11, 23, 6), f"A{beds}": "beds_2",
            "A40": "gate", "E41": "何か",
        },
    )  # fmt: skip
    found = _read(broken, plan)
    assert [(fault.reason, fault.row, fault.column) for fault in found] == [
        (BookProblem.ANSWERED_AND_UNKNOWN, ledger, "I"),
        (BookProblem.QUESTION_UNKNOWN, beds, "A"),
        (BookProblem.QUESTION_TWICE, 40, "A"),
        (BookProblem.ROW_WITHOUT_QUESTION, 41, "E"),
    ]


def _with_a_sheet_named(content, times):
    """The workbook with its first sheet named so many times more."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(into, "w") as made:
        for entry in package.infolist():
            data = package.read(entry)
            if entry.filename == "xl/workbook.xml":
                first = re.search(rb"<sheet [^>]*/>", data)[0]
                more = b"".join(first.replace(b'sheetId="1"', b'sheetId="%d"' % (n + 90)) for n in range(times))
                data = data.replace(b"</sheets>", more + b"</sheets>")
            made.writestr(entry, data)
    return into.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
IDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SAME_AGAIN = {
    "a sign in its name": '<sheet name="a>b{0}" sheetId="{0}" r:id="rId1"/>',
    "a prefix": f'<m:sheet xmlns:m="{MAIN}" name="s{{0}}" sheetId="{{0}}" r:id="rId1"/>',
    "another prefix of its id": f'<sheet xmlns:q="{IDS}" name="s{{0}}" sheetId="{{0}}" q:id="rId1"/>',
    "an id of no meaning beside it": '<sheet xmlns:q="x" q:id="{0}" name="s{0}" sheetId="{0}" r:id="rId1"/>',
    "another element": '<leaf name="s{0}" sheetId="{0}" r:id="rId1"/>',
    "an id of its own": '<sheet name="s{0}" sheetId="{0}" r:id="again{0}"/>',
}


@pytest.mark.parametrize(
    ("part", "coding"),
    [
        ("xl/workbook.xml", "utf-8"),
        ("xl/workbook.xml", "utf-16"),
        ("xl/workbook.xml", "utf-16-be"),
        ("xl/odd.bin", "utf-8"),
    ],
)
@pytest.mark.parametrize("way", SAME_AGAIN)
def test_a_sheet_that_is_named_often_is_refused_within_a_second_however_it_is_written(plan, way, part, coding):
    content = _listing_often(writer.write(plan, {}, _facts(), language="ja"), SAME_AGAIN[way], part, coding)
    begun = effort.begun()
    found = _read(content, plan)
    begun.at_most(1)
    assert [fault.reason for fault in found] == [FormProblem.TOO_MANY_CELLS]


def _listing_often(content, way, part, coding):
    """The workbook with its first sheet named a hundred and fifty times more, in this part and in this coding."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {entry.filename: package.read(entry) for entry in package.infolist()}
    listed, links = parts.pop("xl/workbook.xml").decode(), parts.pop("xl/_rels/workbook.xml.rels").decode()
    first = re.search(r'Target="([^"]*sheet1.xml)"', links)[1]
    again = "".join(f'<Relationship Id="again{n}" Type="{IDS}/worksheet" Target="{first}"/>' for n in range(150))
    if "again" in way:
        links = links.replace("</Relationships>", again + "</Relationships>")
    listed = re.sub("^<[?].*?[?]>", "", listed).replace(
        "<workbook ", f'<workbook xmlns:r="{IDS}" ', "xmlns:r=" not in listed
    )
    listed = listed.replace("</sheets>", "".join(way.format(n) for n in range(100, 250)) + "</sheets>")
    types = parts["[Content_Types].xml"].replace(b"/xl/workbook.xml", b"/" + part.encode())
    parts |= {"[Content_Types].xml": types, "xl/workbook.xml": b"<workbook/>"}
    parts |= {part: listed.encode(coding), part.replace("xl/", "xl/_rels/") + ".rels": links.encode()}
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return into.getvalue()


def test_columns_that_were_moved_are_no_longer_trusted(plan):
    content = writer.write(plan, WRITTEN, _facts(), language="ja")
    assert [fault.reason for fault in _read(_edited(content, {"F3": "何か"}), plan)] == [BookProblem.COLUMNS_CHANGED]
    sheet = layout.layout_of(plan).grids[0].sheet
    moved = _read(_edited(content, {"C1": "medium"}, sheet=sheet), plan)
    assert [fault.reason for fault in moved] == [BookProblem.COLUMNS_CHANGED]


def test_what_stands_where_no_answer_belongs_is_named(plan):
    content = writer.write(plan, {}, _facts(), language="ja")
    row = _row_of(content, "gate")
    found = _read(_edited(content, {f"G{row}": "2026-05-01", f"E{row}": "はい"}), plan)
    assert [(fault.reason, fault.column) for fault in found] == [(BookProblem.ROW_WITHOUT_QUESTION, "G")]


def test_a_row_that_the_form_names_stays_with_its_name(plan):
    content = writer.write(plan, {"floors": [{"row": "second", "devices": 3}]}, _facts(), language="ja")
    assert _read(content, plan).changed == {}
    sheet = layout.layout_of(plan).grids[1].sheet
    assert _read(_edited(content, {"C4": 9}, sheet=sheet), plan).changed == {
        "floors": [{"row": "first"}, {"row": "second", "devices": 9}]
    }


@pytest.mark.parametrize(
    "answers",
    [
        {"remark": "a\x0bb"}, {"remark": "x" * 20_000}, {"remark": "_x000D_"}, {"beds": 10**400},
        {"ledger": {"answer": "no", "checked_on": ["2026-05-01"] * 3}}, {"remark": ["a", "list"]},
        {"floors": [{"row": "cellar", "devices": 1}]}, {"floors": [{"row": "first"}, {"row": "first"}]},
        {"copies": [{"place": {"answer": "yes"}}]}, {"copies": "no rows"},
    ],
)  # fmt: skip
def test_what_no_cell_can_show_is_left_to_the_page_and_comes_back_as_no_change(plan, answers):
    content = writer.write(plan, answers, _facts(), language="ja")
    assert _read(content, plan).changed == {}
    assert "画面で回答してください。" in {cell.value for cell in load_workbook(io.BytesIO(content)).worksheets[0]["D"]}


def _offer(question, **choices):
    listed = [Choice(value=value, words=Words.of({"ja": text})) for value, text in choices.items()]
    return cells.offer_of(question, listed, common=common_words("ja"), language="ja")


def test_choices_that_look_alike_are_told_apart():
    question = a_question("q", AnswerKind.SINGLE, choices="list")
    offer = _offer(question, a="①", b="1", c="２")
    for value in "abc":
        assert cells.answer_in(question, cells.cell_of(question, value, offer), offer) == value
    assert offer.text_of("c") == "２"


def test_a_choice_with_a_semicolon_is_one_choice():
    question = a_question("q", AnswerKind.MULTIPLE, choices="list")
    offer = _offer(question, f="壁; 門", e="EDR")
    assert cells.answer_in(question, cells.cell_of(question, ["f", "e"], offer), offer) == ["f", "e"]
    assert cells.answer_in(question, "EDR；壁", offer) == ["e", "壁"]


def _without_facts(content):
    book = load_workbook(io.BytesIO(content))
    del book[layout.FACTS]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda content: b"not a workbook", FormProblem.NOT_A_FORM),
        (lambda content: content[: len(content) // 2], None),
        (_without_facts, BookProblem.NOT_OURS),
        (lambda content: b"\xd0\xcf\x11\xe0" + content, FormProblem.OLD_WORKBOOK),
        (lambda content: b"PK" + b"0" * 6_000_000, FormProblem.FILE_TOO_LARGE),
        (lambda content: _with_a_sheet_named(content, 2_000), FormProblem.TOO_MANY_CELLS),
    ],
)
def test_what_is_no_workbook_of_ours_is_refused(plan, spoil, reason):
    found = _read(spoil(writer.write(plan, {}, _facts(), language="ja")), plan)
    assert isinstance(found, tuple)
    assert reason is None or [fault.reason for fault in found] == [reason]


def _rewritten(content, part, old, new):
    """The workbook with one of its parts changed, as no spreadsheet would."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(into, "w") as made:
        for entry in package.infolist():
            data = package.read(entry)
            made.writestr(entry, re.sub(old, new, data) if entry.filename == part else data)
    return into.getvalue()


def test_a_number_with_more_digits_than_one_can_have_is_left_to_the_rules(plan):
    content = writer.write(plan, WRITTEN, _facts(), language="ja")
    long = "9" * 400
    found = _read(_rewritten(content, "xl/worksheets/sheet1.xml", b"<v>120</v>", f"<v>{long}</v>".encode()), plan)
    assert found.changed == {"beds": int(long)}
    facts = load_workbook(io.BytesIO(content))[layout.FACTS]
    (place,) = [row[1] for row in facts.iter_rows() if row[0].value == "known"]
    forged = re.sub(r'"beds":\[[^,\]]*', f'"beds":[{long}', place.value)
    assert forged != place.value
    found = _read(_edited(content, {place.coordinate: forged}, sheet=layout.FACTS), plan)
    assert found.changed == {"beds": 120}, "it is not what was handed out"


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"place": TEXTS, "medium": st.sampled_from(["tape", "cloud"]), "number": st.integers(-9, 10**9)}
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(
    answers=st.fixed_dictionaries(
        {},
        optional={
            "gate": st.sampled_from(["yes", "no"]),
            "beds": st.one_of(st.integers(0, 10**6), st.floats(0, 10**6), TEXTS),
            "one": st.one_of(st.sampled_from(["tape", "cloud", "disk"]), TEXTS),
            "many": st.lists(st.sampled_from(["tape", "cloud", "disk"]), unique=True),
            "tested_on": st.one_of(st.dates().map(str), TEXTS),
            "remark": TEXTS,
            "copies": ROWS,
        },
    ),
    language=st.sampled_from(["ja", "en"]),
)
def test_whatever_stands_in_a_response_a_workbook_that_nobody_touched_changes_nothing(plan, answers, language):
    book = _read(writer.write(plan, answers, _facts(), language=language), plan)
    assert isinstance(book, reader.Book), book
    assert book.changed == {}


@pytest.fixture
def response(hospital, officer, manager, now):
    return a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=now)


def test_a_workbook_is_taken_back_as_if_it_had_been_typed(response, manager, now):
    content = queries.workbook_of(response, manager.viewer, now=now, language="ja")
    rows = {name: _row_of(content, name) for name in ("gate", "beds")}
    sent = _edited(content, {f"E{rows['gate']}": "はい", f"E{rows['beds']}": -3})
    taken = services.take_workbook(response.pk, sent, file_name="answers.xlsx", by=manager.viewer, now=now)
    assert taken.kept.saved == {"gate", "beds"}
    assert [(found.question, str(taken.places[found.question, ()])[-2:]) for found in taken.findings.found] == [
        ("beds", f"E{rows['beds']}")
    ]
    kept = Response.objects.get(pk=response.pk)
    assert kept.answers == {"gate": "yes", "beds": -3}
    assert (kept.mark("beds").origin, kept.mark("beds").source) == (Origin.WORKBOOK, "answers.xlsx")


def test_what_somebody_else_answered_meanwhile_stands_and_is_named(response, manager, colleague, now):
    content = queries.workbook_of(response, manager.viewer, now=now, language="ja")
    services.save_answers(response.pk, {"beds": 99, "remark": "別の人"}, seen=0, by=manager.viewer, now=now)
    sent = _edited(content, {f"E{_row_of(content, 'beds')}": 120, f"E{_row_of(content, 'gate')}": "いいえ"})
    taken = services.take_workbook(
        response.pk, sent, file_name="a.xlsx", by=manager.viewer, now=now + timedelta(hours=1)
    )
    assert taken.kept.refused["beds"].reason is ResponseRefusal.CHANGED_MEANWHILE
    assert taken.kept.saved == {"gate"}
    assert Response.objects.get(pk=response.pk).answers == {"beds": 99, "remark": "別の人", "gate": "no"}


def test_a_workbook_of_another_response_or_of_nobody_s_changes_nothing(response, manager, stranger, now):
    content = queries.workbook_of(response, manager.viewer, now=now, language="ja")
    with pytest.raises(Gone):
        services.take_workbook(response.pk, content, file_name="a.xlsx", by=stranger.viewer, now=now)
    Response.objects.filter(pk=response.pk).update(occasion="2025")
    edition = response.edition
    second = services.open_response(
        edition.pk, institution_id=response.institution_id, occasion="2026", by=manager.viewer, now=now
    )
    with pytest.raises(BadInput) as refused:
        services.take_workbook(second.pk, content, file_name="a.xlsx", by=manager.viewer, now=now)
    assert [problem.reason for problem in refused.value.problems] == [BookProblem.OTHER_RESPONSE]
    assert Response.objects.get(pk=second.pk).answers == {}


def test_the_answers_of_the_shipped_checklists_make_the_way_there_and_back(db, now):
    services.load_shipped(now=now)
    for edition in islice(Edition.objects.all(), 3):
        plan = queries.plan_of(edition)
        asked = layout.layout_of(plan).questions
        answers = {question.id: "yes" for question in asked if question.dates is None}
        answers |= {
            question.id: {"answer": "yes", "checked_on": ["2026-05-01"]} for question in asked if question.dates
        }
        book = _read(writer.write(plan, answers, _facts(), language="ja"), plan)
        assert book.changed == {}
        assert {id_ for id_, _rows in book.places} >= set(answers)


def _with_part(content, name, part):
    """The workbook with one more part, or with another in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("name", ["xl/theme/theme9.xml", "xl/theme/theme9.bin", "xl/styles.xml"])
def test_a_workbook_of_a_million_tiny_elements_is_not_opened(name):
    content = workbook({"survey": [["type", "name", "label"], ["text", "a", "A"]]})
    tiny = b"<a>" + b"<b/>" * (MOST_ELEMENTS + 1) + b"</a>"
    assert faults_of_package(content, name="a.xlsx") == ()
    (fault,) = faults_of_package(_with_part(content, name, tiny), name="a.xlsx")
    assert fault.reason is FileRefusal.XML_TOO_MANY


def test_a_part_is_looked_through_whatever_its_name():
    content = workbook({"survey": [["type", "name", "label"], ["text", "a", "A"]]})
    for hidden in (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16")):
        (fault,) = faults_of_package(_with_part(content, "xl/worksheets/sheet1.dat", hidden), name="a.xlsx")
        assert fault.reason is FileRefusal.XML_ENTITIES
    picture = b"\x89PNG\r\n\x1a\n" + b"<!DOCTYPE"
    assert faults_of_package(_with_part(content, "xl/media/image1.png", picture), name="a.xlsx") == ()
