"""Strings that make an expression try again at every place: each inspector ends with them, whatever it answers."""

import contextlib
import io
import re
import zlib
from collections.abc import Callable

import pytest

from sonae.core.documents.inspection import entrance, office, pdf
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import FileRefusal, Kind, Purpose
from sonae.kernel.errors import BadInput
from sonae.testing.processor import at_most
from tools import effort

REPEATED = 40_000
# A sound inspector needs a hundredth of it; one that goes back at every place needs minutes.
SECONDS = 5
STRINGS = (
    "=a|a", "=a", "a|", "a.", "|", " ", "\n", "\t", "a ", "=", "(", "CALL ", "CALL", "DDE ", "DDEAUTO", ">> ", ">>\n",
    "/", "#41", "#", "1 ", "1", "1 0 obj ", "1 0 obj<<", "obj", "obj\n", "endobj ", "/ObjStm", "/Filter ", "/Filter[",
    "[", "]", "{", '"', "\\", '"a":', ",", "病",
)  # fmt: skip


def _sheet(string: str) -> bytes:
    return samples.workbook(xl__worksheets__sheet1_dot_xml=samples.SHEET.format(f"<f>{_escaped(string)}</f>"))


def _short_sheet(string: str) -> bytes:
    """As many letters as one formula may have, in many formulas."""
    formula = f"<f>{_escaped(string[: office.LONGEST_FORMULA])}</f>"
    return samples.workbook(xl__worksheets__sheet1_dot_xml=samples.SHEET.format(formula * 5))


def _fields(string: str) -> bytes:
    return samples.word_file(f"<w:p><w:instrText>{_escaped(string)}</w:instrText></w:p>")


def _links(string: str) -> bytes:
    relation = samples.RELATION.format("hyperlink", _escaped(string))
    return samples.word_file(word___rels__document_dot_xml_dot_rels=relation)


def _dictionary(string: str) -> bytes:
    return samples.pdf_with_object_stream(b"1 0 <<>>", dictionary=string.encode())


def _unpacked(string: str) -> bytes:
    return samples.pdf_with_object_stream(string.encode())


def _filter(string: str) -> bytes:
    return samples.pdf(b"<</Type/ObjStm/Filter" + string.encode() + b">>stream\n" + zlib.compress(b"x"))


def _escaped(string: str) -> str:
    return string.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


PLACES: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "formula": ("a.xlsx", _sheet),
    "formulas": ("a.xlsx", _short_sheet),
    "field": ("a.docx", _fields),
    "link": ("a.docx", _links),
    "name of a part": ("a.docx", lambda string: samples.zipped({"[Content_Types].xml": "", string[:20_000]: ""})),
    "pdf": ("a.pdf", lambda string: samples.pdf(string.encode())),
    "dictionary": ("a.pdf", _dictionary),
    "filter": ("a.pdf", _filter),
    "object stream": ("a.pdf", _unpacked),
    "name in an archive": ("a.zip", lambda string: samples.zipped({string[:20_000]: ""})),
    "content of an archive": ("a.zip", lambda string: samples.zipped({"a.txt": string})),
    "xml": ("a.xml", lambda string: f"<a b='{_escaped(string)}'>{_escaped(string)}</a>".encode()),
    "json": ("a.json", lambda string: b'{"a": ' + string.encode()),
    "text": ("a.txt", lambda string: string.encode()),
    "csv": ("a.csv", lambda string: string.encode("cp932")),
    "png": ("a.png", lambda string: samples.png(5, 5, end=False) + string.encode()),
    "jpeg": ("a.jpg", lambda string: b"\xff\xd8\xff" + string.encode()),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_repeated_string_holds_an_inspector(place: str) -> None:
    name, make = PLACES[place]
    for string in STRINGS:
        content = make(string * REPEATED)
        with at_most(SECONDS), contextlib.suppress(BadInput):
            entrance.inspect(io.BytesIO(content), name=name, purpose=Purpose.INCIDENT, size_bytes=len(content))


@pytest.mark.parametrize("blank", [b"\n", b" ", b"\r"])
def test_a_dictionary_as_long_as_is_read_and_full_of_blanks_is_decided_at_once(blank: bytes) -> None:
    for middle in (b"/Filter" + blank * 60_000, blank * 60_000 + b"(", blank * 30_000 + b"/Filter" + blank * 30_000):
        content = samples.pdf(b"<</Type/ObjStm" + middle + b">>stream\nx")
        with at_most(SECONDS), pytest.raises(BadInput):
            pdf.inspect_pdf(content, name="a.pdf")


def test_many_small_object_streams_are_decided_at_once() -> None:
    stream = b"\n1 0 obj<</Type/ObjStm/Filter/Fl/>>stream\n" + zlib.compress(b"")
    with at_most(SECONDS), contextlib.suppress(BadInput):
        pdf.inspect_pdf(samples.pdf(stream * 350_000), name="a.pdf")


def test_a_formula_of_the_longest_that_excel_writes_is_taken_and_a_longer_one_is_not() -> None:
    longest = "1+" * (office.LONGEST_FORMULA // 2 - 1) + "A1"
    assert len(longest) == office.LONGEST_FORMULA
    office.inspect_office(io.BytesIO(_sheet(longest)), name="a.xlsx", kind=Kind.XLSX)
    with pytest.raises(BadInput) as refused:
        office.inspect_office(io.BytesIO(_sheet(longest + "0")), name="a.xlsx", kind=Kind.XLSX)
    assert refused.value.problems[0].reason is FileRefusal.OFFICE_FORMULA_TOO_LONG
    assert refused.value.problems[0].field == "xl/worksheets/sheet1.xml A1"


@pytest.mark.parametrize(
    ("formula", "calls"),
    [
        ("cmd|'/c calc'!A0", True),
        ("1+a.b  |  x\n!", True),
        ("a|a|a|a!", True),
        ("A1!B2+a|b", False),
        ("SUM(B1:B9)|1", False),
        ("'a|b!'", False),
        ("a|b", False),
    ],
)
def test_a_formula_that_calls_a_program_is_known_by_name_bar_topic_and_mark(formula: str, calls: bool) -> None:
    file = io.BytesIO(_sheet(_escaped(formula)))
    if not calls:
        office.inspect_office(file, name="a.xlsx", kind=Kind.XLSX)
        return
    with pytest.raises(BadInput) as refused:
        office.inspect_office(file, name="a.xlsx", kind=Kind.XLSX)
    assert refused.value.problems[0].reason is FileRefusal.OFFICE_DDE


def test_the_limit_of_these_tests_ends_an_expression_that_hangs() -> None:
    old = re.compile(r"(?:^|[=+\-@(,;\s])[\w.]+\s*\|\s*['\w].*!", re.DOTALL)
    began = effort.begun()
    with pytest.raises(TimeoutError), at_most(0.2):
        old.search("=a|a" * REPEATED)
    began.at_most(SECONDS)
