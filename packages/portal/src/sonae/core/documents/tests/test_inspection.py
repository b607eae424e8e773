import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable

import pytest

from sonae.core.documents import rendering
from sonae.core.documents.inspection import entrance
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import FileRefusal, Kind, Purpose
from sonae.kernel.errors import BadInput
from sonae.testing.cast import NOW
from tools import effort

F = FileRefusal
BILLION_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
)
MACRO_TYPE = '<T><D ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></T>'
INCLUDING = '<w:p><w:instrText>INCLUDETEXT "\\\\\\\\x\\\\y"</w:instrText></w:p>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def _inspect(content: bytes, name: str, purpose: Purpose = Purpose.INCIDENT) -> Kind:
    return entrance.inspect(io.BytesIO(content), name=name, purpose=purpose, size_bytes=len(content))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", samples.pdf(), Kind.PDF),
        ("a.pdf", samples.pdf_with_object_stream(b"1 0 << /Type /Page >>"), Kind.PDF),
        ("a.PDF", b"\n" + samples.pdf(), Kind.PDF),
        ("a.xlsx", samples.workbook(), Kind.XLSX),
        (
            "a.xlsx",
            samples.workbook(xl__worksheets__sheet1_dot_xml=samples.SHEET.format("<f>SUM(B1:B9)|1</f>")),
            Kind.XLSX,
        ),
        (
            "a.xlsx",
            samples.workbook(
                xl__printerSettings__printerSettings1_dot_bin="受付のPrinter\0".encode("utf-16-le") + b"\0" * 99
            ),
            Kind.XLSX,
        ),
        ("a.docx", samples.word_file("<w:p/>"), Kind.DOCX),
        (
            "a.docx",
            samples.word_file(
                word___rels__document_dot_xml_dot_rels=samples.RELATION.format("hyperlink", "https://x.jp/")
            ),
            Kind.DOCX,
        ),
        ("a.csv", "病院,床\nA,1\n".encode(), Kind.CSV),
        ("a.csv", "病院,床\nA,1\n".encode("cp932"), Kind.CSV),
        ("a.csv", b"\xef\xbb\xbfa,b\n", Kind.CSV),
        ("a.txt", b"plain", Kind.TEXT),
        ("a.log", b"\x1b[31mred\x1b[0m\n", Kind.TEXT),
        ("a.json", b'{"a": [1, 2]}', Kind.JSON),
        ("eve.json", b'{"a": 1}\n{"a": 2}\n', Kind.JSON),
        ("a.xml", b"<?xml version='1.0'?><a><b/></a>", Kind.XML),
        ("a.png", samples.png(800, 600), Kind.PNG),
        ("a.jpg", samples.jpeg(800, 600), Kind.JPEG),
        ("a.zip", samples.zipped({"a/b.txt": b"x", "eve.json": b"{}"}), Kind.ZIP),
    ],
)
def test_sound_files_are_taken(name: str, content: bytes, kind: Kind) -> None:
    assert _inspect(content, name) is kind


def _many_entries() -> bytes:
    return samples.zipped({f"{number}.txt": b"" for number in range(2_001)}, method=zipfile.ZIP_STORED)


def _encrypted() -> bytes:
    content = bytearray(samples.zipped({"a.txt": b"x"}))
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _sheet(cell: str) -> bytes:
    return samples.workbook(xl__worksheets__sheet1_dot_xml=samples.SHEET.format(cell))


def _linked(kind: str, target: str) -> bytes:
    return samples.word_file(word___rels__document_dot_xml_dot_rels=samples.RELATION.format(kind, target))


DDE_IN_RUNS = (
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r>'
    "<w:r><w:instrText>AUTO c:\\\\windows\\\\system32\\\\cmd.exe</w:instrText></w:r></w:p>"
)

HOSTILE: dict[str, tuple[str, Callable[[], bytes], FileRefusal]] = {
    "empty": ("a.txt", lambda: b"", F.EMPTY),
    "program": ("a.exe", lambda: b"MZ", F.KIND_UNKNOWN),
    "no extension": ("a", lambda: b"x", F.KIND_UNKNOWN),
    "program named pdf": ("a.pdf", lambda: b"MZ" + b"\0" * 2000, F.CONTENT_IS_OTHER),
    "pdf named png": ("a.png", samples.pdf, F.CONTENT_IS_OTHER),
    "zip named xlsx": ("a.xlsx", lambda: samples.zipped({"a.txt": b"x"}), F.CONTENT_IS_OTHER),
    "docx named xlsx": ("a.xlsx", samples.word_file, F.CONTENT_IS_OTHER),
    "binary named csv": ("a.csv", lambda: b"\0\1\2\xff\xfe", F.NOT_TEXT),
    "utf-16 named txt": ("a.txt", lambda: "text".encode("utf-16"), F.NOT_TEXT),
    "json cut off": ("a.json", lambda: b'{"a": [1,\n 2', F.JSON_MALFORMED),
    "text named json": ("a.json", lambda: b"hello", F.JSON_MALFORMED),
    "json nested deep": ("a.json", lambda: b"[" * 200_000 + b"]" * 200_000, F.JSON_MALFORMED),
    "json endless number": ("a.json", lambda: b"[" + b"9" * 100_000 + b"]", F.JSON_MALFORMED),
    "xml billion laughs": ("a.xml", BILLION_LAUGHS.encode, F.XML_ENTITIES),
    "xml reads a file": ("a.xml", OUTSIDE.encode, F.XML_ENTITIES),
    "xml in utf-16 with entities": ("a.xml", lambda: OUTSIDE.encode("utf-16"), F.XML_ENTITIES),
    "xml cut off": ("a.xml", lambda: b"<a><b>", F.XML_MALFORMED),
    "xml nested deep": ("a.xml", lambda: b"<a>" * 5_000, F.XML_TOO_DEEP),
    "zip bomb by ratio": ("a.zip", lambda: samples.zipped({"a.txt": b"\0" * 30_000_000}), F.ARCHIVE_TOO_LARGE),
    "zip bomb by many": (
        "a.zip",
        lambda: samples.zipped({f"{n}.txt": b"\0" * 1_900_000 for n in range(4)}),
        F.ARCHIVE_TOO_LARGE,
    ),
    "zip bomb as xlsx": (
        "a.xlsx",
        lambda: samples.workbook(xl__sharedStrings_dot_xml=b"<a>" + b" " * 30_000_000),
        F.ARCHIVE_TOO_LARGE,
    ),
    "zip that lies about sizes": ("a.zip", samples.lying_zip, F.ARCHIVE_BROKEN),
    "zip of too many": ("a.zip", _many_entries, F.ARCHIVE_TOO_MANY),
    "zip in a zip": ("a.zip", lambda: samples.zipped({"b.zip": samples.zipped({"c": b"x"})}), F.ARCHIVE_NESTED),
    "zip in a zip by another name": (
        "a.zip",
        lambda: samples.zipped({"b.txt": samples.zipped({"c": b"x"})}),
        F.ARCHIVE_NESTED,
    ),
    "zip that leads out": ("a.zip", lambda: samples.zipped({"../../etc/passwd": b"x"}), F.ARCHIVE_ESCAPES),
    "zip with a link": ("a.zip", samples.zip_with_a_link, F.ARCHIVE_ESCAPES),
    "zip with a drive": ("a.zip", lambda: samples.zipped({"C:\\boot.ini": b"x"}), F.ARCHIVE_ESCAPES),
    "zip with a password": ("a.zip", _encrypted, F.ARCHIVE_ENCRYPTED),
    "zip cut off": ("a.zip", lambda: samples.zipped({"a.txt": b"x" * 999})[:-30], F.ARCHIVE_BROKEN),
    "zip of noise": ("a.zip", lambda: b"PK\x03\x04" + b"\x07" * 5_000, F.ARCHIVE_BROKEN),
    "xlsx with macros": ("a.xlsx", lambda: samples.workbook(xl__vbaProject_dot_bin=b"x"), F.OFFICE_MACROS),
    "xlsx that says it has macros": (
        "a.xlsx",
        lambda: samples.zipped({"[Content_Types].xml": MACRO_TYPE, "xl/workbook.xml": "<a/>"}),
        F.OFFICE_MACROS,
    ),
    "xlsx with an object": (
        "a.xlsx",
        lambda: samples.workbook(xl__embeddings__oleObject1_dot_bin=b"x"),
        F.OFFICE_EMBEDDED,
    ),
    "xlsx with outside data": (
        "a.xlsx",
        lambda: samples.workbook(xl__externalLinks__externalLink1_dot_xml="<a/>"),
        F.OFFICE_EXTERNAL,
    ),
    "xlsx with a connection": ("a.xlsx", lambda: samples.workbook(xl__connections_dot_xml="<a/>"), F.OFFICE_EXTERNAL),
    "xlsx with DDE": ("a.xlsx", lambda: _sheet("<f>cmd|'/c calc'!A0</f>"), F.OFFICE_DDE),
    "xlsx with DDE after a sign": ("a.xlsx", lambda: _sheet("<f>1+MSEXCEL|'..\\x.exe'!''</f>"), F.OFFICE_DDE),
    **{
        f"xlsx with DDE in a sheet of another name, in {coding} after {start[:4]!r}": (
            "a.xlsx",
            lambda start=start, coding=coding: samples.workbook(
                xl__odd_dot_bin=(start + samples.SHEET.format("<f>cmd|'/c calc'!A0</f>")).encode(coding)
            ),
            F.OFFICE_DDE,
        )
        for start, coding in [
            ("\n ", "utf-8"),
            ("", "utf-16"),
            ("\n \t", "utf-16"),
            ("", "utf-16-be"),
            ("\n", "utf-16-le"),
            ("\ufeff\n", "utf-16-be"),
            (" " * 300_000, "utf-8"),
        ]
    },
    "xlsx that fetches": ("a.xlsx", lambda: _sheet('<f>WebService ("http://x")</f>'), F.OFFICE_EXTERNAL),
    "xlsx with an endless formula": (
        "a.xlsx",
        lambda: _sheet("<f>" + "=a|a" * 40_000 + "</f>"),
        F.OFFICE_FORMULA_TOO_LONG,
    ),
    "xlsx with entities": (
        "a.xlsx",
        lambda: samples.workbook(xl__worksheets__sheet1_dot_xml=BILLION_LAUGHS),
        F.XML_ENTITIES,
    ),
    "xlsx with broken xml": ("a.xlsx", lambda: samples.workbook(xl__styles_dot_xml="<a"), F.XML_MALFORMED),
    "docx with an outside template": (
        "a.docx",
        lambda: _linked("attachedTemplate", "https://x/t.dotm"),
        F.OFFICE_EXTERNAL,
    ),
    "docx with a picture from elsewhere": ("a.docx", lambda: _linked("image", "\\\\x\\a.png"), F.OFFICE_EXTERNAL),
    "docx with a link to a share": ("a.docx", lambda: _linked("hyperlink", "file://x/a"), F.OFFICE_EXTERNAL),
    "docx with DDE in pieces": ("a.docx", lambda: samples.word_file(DDE_IN_RUNS), F.OFFICE_DDE),
    "docx with a simple DDE field": (
        "a.docx",
        lambda: samples.word_file('<w:fldSimple w:instr="DDE cmd x"/>'),
        F.OFFICE_DDE,
    ),
    "docx that includes": ("a.docx", lambda: samples.word_file(INCLUDING), F.OFFICE_EXTERNAL),
    "pdf with a script": ("a.pdf", lambda: samples.pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), F.PDF_ACTIVE),
    "pdf with a hidden name": ("a.pdf", lambda: samples.pdf(b"<< /S /J#61va#53cript >>"), F.PDF_ACTIVE),
    "pdf that launches": ("a.pdf", lambda: samples.pdf(b"<</S/Launch/F(cmd.exe)>>"), F.PDF_ACTIVE),
    "pdf that carries a file": ("a.pdf", lambda: samples.pdf(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), F.PDF_ACTIVE),
    "pdf with a script in an object stream": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(b"1 0 << /S /JavaScript /JS (x) >>"),
        F.PDF_ACTIVE,
    ),
    "pdf with an object stream packed twice": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(b"", dictionary=b"/Filter [/ASCIIHexDecode /FlateDecode]"),
        F.PDF_UNREADABLE,
    ),
    "pdf with an object stream that is a bomb": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(b" " * 60_000_000),
        F.PDF_UNREADABLE,
    ),
    "pdf whose object stream hides behind a string": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(
            b"1 0 << /S /JavaScript /JS (x) >>", dictionary=b"/Filter /FlateDecode /X (1 0 obj <<)"
        ),
        F.PDF_UNREADABLE,
    ),
    "pdf whose object stream hides behind a comment": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(
            b"1 0 << /S /JavaScript /JS (x) >>", dictionary=b"/Filter /FlateDecode %1 0 obj <<\n"
        ),
        F.PDF_UNREADABLE,
    ),
    "pdf with an endless object stream": (
        "a.pdf",
        lambda: samples.pdf(b"<< /Type /ObjStm /N 1 /First 4 >>\nstream\n"),
        F.PDF_UNREADABLE,
    ),
    "pdf with a broken object stream": (
        "a.pdf",
        lambda: samples.pdf_with_object_stream(b"", packed=b"noise"),
        F.PDF_UNREADABLE,
    ),
    "pdf with a password": (
        "a.pdf",
        lambda: samples.pdf(b"<< >>", end=b"<< /Encrypt 2 0 R >>\n%%EOF"),
        F.PDF_ENCRYPTED,
    ),
    "pdf cut off": ("a.pdf", lambda: samples.pdf(end=b""), F.PDF_BROKEN),
    "picture of 10 gigapixels": ("a.png", lambda: samples.png(100_000, 100_000), F.IMAGE_TOO_LARGE),
    "photo of 4 gigapixels": ("a.jpg", lambda: samples.jpeg(65_000, 65_000), F.IMAGE_TOO_LARGE),
    "picture of nothing": ("a.png", lambda: samples.png(0, 5), F.IMAGE_BROKEN),
    "picture cut off": ("a.png", lambda: samples.png(5, 5, end=False), F.IMAGE_BROKEN),
    "picture whose colours unpack to fifty megabytes": (
        "a.png",
        lambda: samples.picture(4, 4, samples.profile_chunk(b"\0" * 50_000_000)),
        F.IMAGE_BROKEN,
    ),
    "picture with colours twice": (
        "a.png",
        lambda: samples.picture(4, 4, *[samples.profile_chunk(b"\0" * 100)] * 2),
        F.IMAGE_BROKEN,
    ),
    "photo cut off": ("a.jpg", lambda: samples.jpeg(5, 5)[:10], F.IMAGE_BROKEN),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_and_broken_files_are_refused_within_a_second_with_file_and_reason(case: str) -> None:
    # The processor's second: others may be busy on this machine.
    name, make, reason = HOSTILE[case]
    content = make()
    began = effort.begun()
    with pytest.raises(BadInput) as refused:
        _inspect(content, name)
    began.at_most(1)
    (problem,) = refused.value.problems
    assert problem.reason is reason
    assert problem.file == name


def test_a_picture_with_a_profile_of_colours_is_taken() -> None:
    assert _inspect(samples.picture(4, 4, samples.profile_chunk(b"\0\1" * 200_000)), "a.png") is Kind.PNG


def test_the_reason_names_the_line_and_the_place() -> None:
    with pytest.raises(BadInput) as refused:
        _inspect(b'{"a": 1,\n "b": }', "a.json")
    assert (refused.value.problems[0].line, refused.value.problems[0].field) == (2, "column 7")
    with pytest.raises(BadInput) as refused:
        _inspect(_sheet("<f>cmd|'/c calc'!A0</f>"), "a.xlsx")
    assert refused.value.problems[0].field == "xl/worksheets/sheet1.xml A1"


def test_every_reason_of_an_inspector_has_a_case() -> None:
    # Elements are counted only where a room sets a limit (core.instruments).
    elsewhere = {F.NAME_MISSING, F.TOO_LARGE, F.KIND_NOT_FOR_PURPOSE, F.INFECTED, F.XML_TOO_MANY}
    assert {reason for _, _, reason in HOSTILE.values()} == set(F) - elsewhere


def test_a_kind_that_the_purpose_does_not_take_is_refused_with_what_it_takes() -> None:
    with pytest.raises(BadInput) as refused:
        _inspect(samples.zipped({"a.txt": b"x"}), "a.zip", Purpose.EVIDENCE)
    assert refused.value.problems[0].reason is F.KIND_NOT_FOR_PURPOSE
    assert "pdf" in str(refused.value.problems[0].facts["accepted"])


def test_what_sonae_writes_passes_its_own_inspection() -> None:
    made = rendering.render_pdf("documents/report", {"title": "報告", "sections": []}, language="ja", now=NOW).content
    assert _inspect(made, "a.pdf") is Kind.PDF
    assert _inspect(rendering.render_xlsx(["名"], [["=cmd|'/c calc'!A0"]]), "a.xlsx") is Kind.XLSX


@pytest.mark.parametrize(
    "inside",
    [
        b"1 0 obj <</Type/ObjStm>> stream\n" * 200_000,
        b"1 0 obj\n" + b"<</Type/ObjStm>> stream\nendstream\n" * 150_000,
        b"".join(b"\n%d 0 obj <</Type/ObjStm>> stream\n" % number for number in range(150_000)) + b"endstream",
        (b"\n1 0 obj <</Type/ObjStm/Filter/FlateDecode>> stream\n" + zlib.compress(b"1 0 <<>>")) * 100_000,
        b"#41" * 3_000_000,
        b">>" + b" " * 6_000_000,
        b"x obj " + b">>stream\n" * 700_000,
    ],
    ids=["no end", "one object", "one end", "many", "escapes", "blanks", "streams"],
)
def test_a_pdf_made_to_be_slow_is_not(inside: bytes) -> None:
    began = effort.begun()
    with contextlib.suppress(BadInput):
        _inspect(samples.pdf(inside), "a.pdf")
    began.at_most(8)


def test_a_large_sound_workbook_is_looked_through_quickly() -> None:
    made = rendering.render_xlsx(["名", "数"], ([f"第{number}病院", number] for number in range(30_000)))
    began = effort.begun()
    assert _inspect(made, "a.xlsx") is Kind.XLSX
    began.at_most(3)
