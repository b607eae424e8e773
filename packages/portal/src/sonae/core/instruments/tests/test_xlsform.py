import io
import shutil
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.assurance.vocabulary import Citation, InTwoLanguages
from sonae.core.documents.vocabulary import FileRefusal
from sonae.core.instruments.definition import Bounds, CheckDates, Choice, Instrument, Question, Section, Table, Words
from sonae.core.instruments.tests import forms, workbooks
from sonae.core.instruments.tests.broken_forms import (
    BROKEN,
    LEFT_TO_VALIDATE,
    STRICTER,
    with_cell,
    with_question,
    with_row,
    with_sheet,
)
from sonae.core.instruments.tests.workbooks import a_form, pyxform_accepts, workbook
from sonae.core.instruments.vocabulary import AnswerKind, ExpressionFault, FormProblem, Respondent, Target
from sonae.core.instruments.xlsform.reader import read, read_sheets
from sonae.core.instruments.xlsform.workbook import MOST_BYTES, open_workbook
from sonae.core.instruments.xlsform.writer import write
from sonae.core.web import words
from sonae.kernel.decision import Refused
from tools import effort

# openpyxl says so of extensions of Excel that no form needs.
pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported and will be removed:UserWarning")

P, E = FormProblem, ExpressionFault
REAL = Path(__file__).resolve().parents[8] / "shared" / "data" / "surveys" / "xlsform" / "pyxform-A.tar.gz"


# --- Real forms ------------------------------------------------------------------------------------------------------


def real_names():
    if not REAL.is_file():
        return ["absent"]
    with tarfile.open(REAL) as archive:
        return sorted(member.name for member in archive.getmembers() if member.isfile())


def real_form(tmp_path, name):
    with tarfile.open(REAL) as archive:
        archive.extract(name, tmp_path, filter="data")
    return tmp_path / name


def read_real(path):
    content = path.read_bytes()
    if path.suffix == ".xls":
        sheets = workbooks.old_sheets(content)
        return sheets if isinstance(sheets, tuple) else read_sheets(sheets, name=path.name)
    return read(content, name=path.name)


@pytest.mark.shared
@pytest.mark.parametrize("name", real_names())
def test_a_real_form_is_taken_or_refused_as_pyxform_does(tmp_path, name):
    path = real_form(tmp_path, name)
    found = read_real(path)
    # Given the path, as an author gives it: the name of the file is part of what pyxform reads.
    assert isinstance(found, Instrument) is pyxform_accepts(str(path), file_type=path.suffix), found
    if isinstance(found, Instrument):
        written = write(found)
        assert pyxform_accepts(written)
        assert read(written, name=path.name) == found
    else:
        assert all(fault.reason for fault in found)


@pytest.mark.shared
def test_there_are_real_forms_of_every_kind(tmp_path):
    names = real_names()
    assert len(names) == 41
    assert {Path(name).suffix for name in names} == {".xlsx", ".xls", ".csv"}


# --- Broken forms ----------------------------------------------------------------------------------------------------


def said(fault):
    """The whole sentence of a fault in both languages; a hole without its fact raises."""
    sentences = []
    for language in ("ja", "en"):
        with translation.override(language):
            sentences.append(words.of(Refused(fault.reason, fault.facts)))
    return sentences


def broken(change):
    form = a_form()
    change(form)
    return workbook(form)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_form_is_refused_where_pyxform_refuses_it_and_says_where(name):
    change, expected = BROKEN[name]
    content = broken(change)
    found = read(content, name="form.xlsx")
    assert pyxform_accepts(content) is (expected is None), "the table is wrong about pyxform"
    if expected is None:
        assert isinstance(found, Instrument), found
        assert read(write(found), name="form.xlsx") == found
        assert pyxform_accepts(write(found))
    else:
        assert not isinstance(found, Instrument)
        assert expected in [(fault.reason, fault.sheet, fault.row, fault.column) for fault in found], found
        assert all(len(set(said(fault))) == 2 for fault in found)


@pytest.mark.parametrize("name", LEFT_TO_VALIDATE)
def test_faults_of_expressions_are_found_too(name):
    change, reason, row, column = LEFT_TO_VALIDATE[name]
    found = read(broken(change), name="form.xlsx")
    assert not isinstance(found, Instrument)
    assert {(fault.reason, fault.sheet, fault.column) for fault in found} == {(reason, "survey", column)}
    assert all(map(said, found))
    assert row in {fault.row for fault in found} | {fault.row + 1 for fault in found}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
@pytest.mark.parametrize("name", sorted(LEFT_TO_VALIDATE.keys() - STRICTER))
def test_odk_validate_refuses_the_same_expressions(name):
    content = broken(LEFT_TO_VALIDATE[name][0])
    assert pyxform_accepts(content)
    assert not pyxform_accepts(content, validate=True)


def test_every_fault_of_a_form_is_found_at_once():
    form = a_form()
    for change in (
        with_cell("survey", 2, "A", "txet"),
        with_cell("survey", 4, "E", "${use} = 'yes'"),
        with_cell("survey", 6, "F", ". >"),
        with_cell("choices", 5, "B", "vpn"),
        with_row("text", "x y", "x"),
        with_sheet("settings", [["name"], ["my form"]]),
    ):
        change(form)
    found = read(workbook(form), name="form.xlsx")
    assert [(fault.reason, fault.sheet, fault.row, fault.column) for fault in found] == [
        (P.CHOICE_TWICE, "choices", 5, "B"),
        (P.NAME_MALFORMED, "settings", 2, "A"),
        (P.TYPE_UNKNOWN, "survey", 2, "A"),
        (E.UNKNOWN_NAME, "survey", 4, "E"),
        (E.ENDS_EARLY, "survey", 6, "F"),
        (P.NAME_MALFORMED, "survey", 13, "B"),
    ] or found
    assert "survey: F6: constraint" in str(found[4])
    assert found[4].facts["at"] == 4


# Cells that a slip of the hand may leave, put anywhere.
_SLIPS = st.sampled_from(
    ["", "x", "end group", "begin repeat", "select_one yes_no", "${hospital}", "${none}", "1", "yes", "a b"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["survey", "choices"]),
    st.integers(2, 12),
    st.sampled_from("ABC"),
    _SLIPS,
)
def test_a_slip_anywhere_is_judged_as_pyxform_judges_it(sheet, row, column, text):
    form = a_form()
    if row > len(form[sheet]):
        return
    with_cell(sheet, row, column, text)(form)
    content = workbook(form)
    assert isinstance(read(content, name="form.xlsx"), Instrument) is pyxform_accepts(content)


# --- There and back --------------------------------------------------------------------------------------------------


UNITS = Bounds(unit=Words.of({"ja": "台", "en": "devices"}), is_whole=True, least=0.0, most=500.0)
MANAGER = Question(
    id="manager",
    name="manager",
    kind=AnswerKind.YES_NO,
    number="1-①",
    words=Words.of({"ja": "責任者を設置している", "en": "A manager is appointed"}),
    hint=Words.of({"ja": "=1+1 は式ではありません"}),
    targets=(Target.SERVER, Target.PC),
    controls=("organisation.security-manager", "mfa"),
    dates=CheckDates(rounds=3, needs_target=True),
    required="true()",
    required_words=Words.of({"ja": "回答してください"}),
    may_be_unknown=True,
    may_be_out_of_scope=True,
)
GATE = forms.a_question("gate", AnswerKind.YES_NO, words=Words.of({"ja": "導入している"}))
DEVICES = Question(
    id="devices",
    name="devices",
    kind=AnswerKind.TABLE,
    words=Words.of({"ja": "機器"}),
    relevant="${manager} = 'yes'",
    table=Table(
        columns=(
            forms.a_question("maker", words=Words.of({"ja": "製造元"})),
            forms.a_question("units", AnswerKind.NUMBER, bounds=UNITS, words=Words.of({"ja": "台数"})),
        ),
        rows=(
            Choice(value="server", words=Words.of({"ja": "サーバ"})),
            Choice(value="pc", words=Words.of({"ja": "端末PC"})),
        ),
        least=1,
        most=2,
    ),
)
KIND = forms.a_question(
    "kind",
    AnswerKind.MULTIPLE,
    choices="kinds",
    words=Words.of({"ja": "種類"}),
    choice_filter="of = 'net'",
    constraint="count-selected(.) < 2",
    constraint_words=Words.of({"ja": "1つだけ"}),
)
PAPER = forms.a_question("paper", AnswerKind.FILE, words=Words.of({"ja": "資料"}))


def a_checklist():
    words = Words.of({"ja": "体制", "en": "Organisation"})
    return Instrument(
        id="checklist-facility",
        edition="2026-06",
        title=Words.of({"ja": "サイバーセキュリティ対策チェックリスト", "en": "Cybersecurity checklist"}),
        respondent=Respondent.VENDOR,
        fiscal_year=2026,
        source=Citation(InTwoLanguages("手引", "Manual"), date(2026, 11, 22), "https://example.org/", unverified=True),
        valid_from=date(2026, 6, 1),
        valid_until=date(2027, 3, 31),
        default_language="ja",
        choice_lists=(forms.a_list("kinds", "vpn", "edr", of=["net", "pc"]),),
        items=(
            Section(id="organisation", name="organisation", number="1", words=words, items=(MANAGER,)),
            DEVICES,
            KIND,
            PAPER,
            GATE,
        ),
    )


def test_a_checklist_goes_out_as_a_workbook_and_comes_back_equal():
    written = write(a_checklist())
    assert pyxform_accepts(written)
    assert read(written, name="x.xlsx", controls={"organisation.security-manager", "mfa"}) == a_checklist()


def test_a_control_the_catalogue_lacks_is_named_with_its_cell():
    (fault,) = read(write(a_checklist()), name="x.xlsx", controls={"mfa"})
    assert (fault.reason, fault.sheet, fault.row, fault.header) == (
        "definition_control_unknown", "survey", 3, "sonae_controls",
    )  # fmt: skip


def test_the_columns_of_sonae_are_checked():
    form = a_form()
    for name, text in (
        ("sonae_targets", "server fax"), ("sonae_check_dates", "often"), ("sonae_may_be_unknown", "perhaps"),
    ):  # fmt: skip
        with_question("text", name=name, **{name: text})(form)
    with_question("integer", name="n", sonae_least="few")(form)
    form["settings"] = [
        ["sonae_respondent", "sonae_fiscal_year", "sonae_valid_from"], ["nobody", "R8", "soon"],
    ]  # fmt: skip
    found = read(workbook(form), name="form.xlsx")
    assert [(fault.reason, fault.row, fault.value) for fault in found] == [
        (P.VALUE_UNKNOWN, 2, "nobody"),
        (P.VALUE_UNKNOWN, 2, "R8"),
        (P.VALUE_UNKNOWN, 2, "soon"),
        (P.VALUE_UNKNOWN, 13, "fax"),
        (P.VALUE_UNKNOWN, 14, "often"),
        (P.VALUE_UNKNOWN, 15, "perhaps"),
        (P.VALUE_UNKNOWN, 16, "few"),
    ]


def test_other_programs_offer_out_of_scope_only_where_it_is_possible():
    sheets = open_workbook(write(a_checklist()), name="x.xlsx")
    offered = {}
    for row in sheets["choices"].rows:
        offered.setdefault(row.cells["list_name"], []).append(row.cells["name"])
    assert offered["sonae_yes_no"] == ["yes", "no"]
    assert offered["sonae_yes_no_out_of_scope"] == ["yes", "no", "out_of_scope"]


def test_languages_are_known_by_their_code():
    form = {
        "survey": [["type", "name", "label::日本語 (ja)", "label::English (en)", "label::Kiswahili"],
                   ["text", "a", "あ", "A", "a"]],
        "settings": [["default_language"], ["日本語 (ja)"]],
    }  # fmt: skip
    instrument = read(workbook(form), name="form.xlsx")
    assert instrument.default_language == "ja"
    (question,) = instrument.items
    assert dict(question.words.by_language) == {"ja": "あ", "en": "A", "Kiswahili": "a"}


def test_what_sonae_does_not_keep_is_refused_in_plain_words():
    form = a_form()
    with_sheet("entities", [["list_name", "label"], ["trees", "x"]])(form)
    with_question("text", save_to="species")(form)
    found = read(workbook(form), name="form.xlsx")
    assert [(fault.reason, fault.sheet, fault.row, fault.column) for fault in found] == [
        (P.ENTITIES_UNSUPPORTED, "entities", 1, ""),
        (P.ENTITIES_UNSUPPORTED, "survey", 13, "O"),
    ]


def test_loops_in_loops_are_counted_before_they_are_written_out():
    form = a_form()
    for number in range(200):
        form["choices"].append(["many", f"c{number}", "x"])
    form["survey"] += [["begin loop over many", f"l{depth}", "L"] for depth in range(25)]
    form["survey"] += [["text", "z", "z"], *([["end loop"]] * 25)]
    content = workbook(form)
    began = effort.begun()
    (fault,) = read(content, name="form.xlsx")
    assert fault.reason is P.TOO_MANY_QUESTIONS
    began.at_most(1)


def test_groups_in_groups_have_an_end():
    form = a_form()
    form["survey"] += [["begin group", f"g{depth}", "G"] for depth in range(3_000)]
    found = read(workbook(form), name="form.xlsx")
    assert (P.NESTED_TOO_DEEP, 43) in [(fault.reason, fault.row) for fault in found]
    assert all(map(said, found[:40]))


def test_rules_without_end_are_refused_before_they_are_read():
    form = a_form()
    for number in range(40):
        with_question("text", name=f"q{number}", relevant=f"{number} = 1" + " or 1 = 2" * 400)(form)
    content = workbook(form)
    began = effort.begun()
    (fault,) = read(content, name="form.xlsx")
    assert fault.reason == "definition_too_large"
    assert said(fault)
    began.at_most(1)


def test_names_that_stand_twice_get_ids_by_their_way():
    form = a_form()
    with_row("text", "kinds", "x")(form)
    instrument = read(workbook(form), name="form.xlsx")
    assert [item.id for item in instrument.items if item.name == "kinds"] == ["kinds"]
    assert [item.id for item in instrument.items[2].items] == ["details/kinds", "beds"]


# --- Hostile files ---------------------------------------------------------------------------------------------------


def repacked(change, *, of=None):
    """A workbook whose parts were changed by hand."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(of or workbook(a_form()))) as before,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        parts = {entry.filename: before.read(entry) for entry in before.infolist()}
        change(parts)
        for name, content in parts.items():
            after.writestr(name, content)
    return file.getvalue()


def in_sheet(old, new):
    return lambda parts: parts.update(
        {"xl/worksheets/sheet1.xml": parts["xl/worksheets/sheet1.xml"].replace(old, new, 1)}
    )


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
HOSTILE = {
    "100 MB": (lambda: b"PK\x03\x04" + b"\0" * 100_000_000, P.FILE_TOO_LARGE),
    "a bomb": (lambda: repacked(lambda parts: parts.update({"xl/x.xml": b"<x>" + b" " * 180_000_000})), None),
    "entities": (
        lambda: repacked(lambda parts: parts.update({"xl/worksheets/sheet1.xml": LAUGHS})),
        FileRefusal.XML_ENTITIES,
    ),
    "macros": (lambda: repacked(lambda parts: parts.update({"xl/vbaProject.bin": b"x"})), FileRefusal.OFFICE_MACROS),
    "a program in a formula": (
        lambda: repacked(
            in_sheet(b"<sheetData>", b'<sheetData><row r="99"><c r="A99"><f>cmd|\'/c calc\'!A0</f></c></row>')
        ),
        FileRefusal.OFFICE_DDE,
    ),
    "an archive that is no workbook": (
        lambda: repacked(lambda parts: parts.pop("xl/workbook.xml")),
        FileRefusal.CONTENT_IS_OTHER,
    ),
    "half a workbook": (lambda: workbook(a_form())[:2_000], FileRefusal.ARCHIVE_BROKEN),
    "a sheet that is no XML": (
        lambda: repacked(lambda parts: parts.update({"xl/worksheets/sheet1.xml": b"<worksheet"})),
        FileRefusal.XML_MALFORMED,
    ),
    "a sheet that is missing": (
        lambda: repacked(lambda parts: parts.pop("xl/worksheets/sheet1.xml")),
        P.SURVEY_MISSING,
    ),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, P.OLD_WORKBOOK),
    "a text that says it is a workbook": (lambda: b"type,name", P.NOT_A_FORM),
    "nothing": (lambda: b"", P.NOT_A_FORM),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once(name):
    make, reason = HOSTILE[name]
    content = make()
    began = effort.begun()
    found = read(content, name="form.xlsx")
    began.at_most(1)
    assert not isinstance(found, Instrument)
    assert all(map(said, found))
    assert found[0].reason in ([reason] if reason else [FileRefusal.ARCHIVE_TOO_LARGE, P.FILE_TOO_LARGE])


def test_a_cell_at_the_end_of_a_sheet_costs_nothing():
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    content = repacked(in_sheet(b"</sheetData>", far))
    began = effort.begun()
    assert isinstance(read(content, name="form.xlsx"), Instrument)
    began.at_most(1)


def test_a_sheet_with_more_cells_than_a_form_has_is_refused():
    row = b"<row>" + b'<c t="b"><v>1</v></c>' * 6 + b"</row>"
    content = repacked(in_sheet(b"</sheetData>", row * 60_000 + b"</sheetData>"))
    assert len(content) < MOST_BYTES
    began = effort.begun()
    (fault,) = read(content, name="form.xlsx")
    assert fault.reason in (P.TOO_MANY_CELLS, P.FILE_TOO_LARGE, FileRefusal.ARCHIVE_TOO_LARGE)
    began.at_most(1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"survey\n,type,name,label\n,text,a,A\n", None),
        ("survey\n,type,name,label\n,text,a,病院\n".encode("cp932"), P.NOT_UTF8),
        (b"survey\n,type,name,label\n,text,a,A\nnotes\n,x\n,y\n", P.SHEET_UNKNOWN),
        (b"survey\n,type,name\n," + b"x" * 200_000 + b"\n", P.NOT_CSV),
        (b"type,name\ntext,a\n", P.SURVEY_MISSING),
        (b"\0\0\0", P.SURVEY_MISSING),
        (b"survey\n,type,name,label\n,text,a," + b"x" * 40_000 + b"\n", P.CELL_TOO_LONG),
        (b"survey\n,type,name\n" + b",,x\n" * 50_001, P.TOO_MANY_CELLS),
    ],
)
def test_a_csv_file_may_hold_a_form(content, reason):
    found = read(content, name="form.csv")
    assert (None if isinstance(found, Instrument) else found[0].reason) == reason


def test_a_csv_file_is_read_as_far_to_the_right_as_a_workbook():
    wide = ",".join(["survey", "type", "name", "label", *(f"h{at}" for at in range(60_000))])
    began = effort.begun()
    assert isinstance(read(f"{wide}\n,text,a,A\n".encode(), name="form.csv"), Instrument)
    began.at_most(1)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["form.xlsx", "form.csv", "form"]))
def test_no_bytes_break_the_reader(content, name):
    found = read(content, name=name)
    assert isinstance(found, Instrument) or found
