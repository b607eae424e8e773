import io
import re
import shutil
import subprocess
import zlib
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import docx
import pytest
import typst
from openpyxl import load_workbook

from sonae.core.documents import rendering, services
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.core.institutions.models import Institution
from sonae.testing.cast import NOW, Person

HOSTILE = '#panic("x") $a$ *b* <c> \\ "d" @e [f]'
REPORT = {
    "title": "月次報告",
    "subtitle": "備前合成病院 御中",
    "as_of": NOW,
    "source": "Sonae 統合データ",
    "synthetic": True,
    "sections": [
        {
            "heading": "概要",
            "paragraphs": [HOSTILE, "﨑 髙 ① ㈱ 葛"],
            "facts": [("対象", 8_123), ("実施日", date(2026, 11, 20))],
        },
        {
            "heading": "一覧",
            "table": {
                "caption": "都道府県別",
                "columns": [{"title": "都道府県", "width": 50}, {"title": "病院数", "number": True}],
                "rows": [[f"第{number}行", number * 1_000] for number in range(80)],
            },
        },
        {"heading": "空", "table": {"columns": [{"title": "なし"}], "rows": []}},
    ],
}
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


def _pdf(language: str = "ja", **changes: object) -> bytes:
    return _made(language, **changes).content


def _made(language: str = "ja", **changes: object) -> rendering.Made:
    return rendering.render_pdf("documents/report", REPORT | changes, language=language, now=NOW)


def _unpacked(pdf: bytes) -> bytes:
    """The file with every packed stream unpacked: where the catalogue and the fonts stand is the writer's choice."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"\n".join(found)


def _text(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_a_report_is_pdf_a_2b_and_pdf_ua_1() -> None:
    made = _pdf()
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>", made)
    assert re.search(rb"<pdfaid:conformance>B</pdfaid:conformance>", made)
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", made)
    assert re.search(rb"<dc:language><rdf:Bag><rdf:li>ja-JP</rdf:li>", made)


def test_equal_facts_and_an_equal_moment_give_equal_bytes() -> None:
    assert _pdf() == _pdf()
    assert b"2026-11-23T09:00:00" in _pdf()
    assert _pdf() != _pdf(title="別の報告")


@needs_poppler
def test_what_stands_in_a_report_is_text_and_never_an_instruction(tmp_path: Path) -> None:
    text = _text(_pdf(), tmp_path)
    assert '#panic("x") $a$ *b* <c>' in text
    assert "8,123" in text
    assert "79,000" in text
    assert "合成データ" in text
    assert "該当なし" in text
    assert re.search(r"3\s*／\s*3\s*ページ", text)


@needs_poppler
def test_a_report_speaks_english_too(tmp_path: Path) -> None:
    text = _text(_pdf("en"), tmp_path)
    assert "Synthetic data" in text
    assert "Fri 20 Nov 2026" in text
    assert "Page 1 of 3" in text


def test_a_report_has_what_its_standards_ask_for() -> None:
    inside = _unpacked(_pdf())
    for asked in (
        rb"/OutputIntents", rb"/DestOutputProfile", rb"/S\s*/GTS_PDFA1", rb"/StructTreeRoot", rb"/MarkInfo",
        rb"/Marked true", rb"/Lang\s*\(ja-JP\)", rb"/Type/Metadata|/Type /Metadata", rb"/DisplayDocTitle true",
        rb"/S\s*/Table", rb"/S\s*/TH", rb"/S\s*/H1", rb"/ParentTree", rb"/ToUnicode", rb"/ID\s*\[",
    ):  # fmt: skip
        assert re.search(asked, inside), asked
    descriptors = len(re.findall(rb"/Type\s*/FontDescriptor", inside))
    assert descriptors == len(re.findall(rb"/FontFile[23]?\b", inside)) > 0
    for forbidden in (rb"/JavaScript", rb"/Launch", rb"/EmbeddedFiles", rb"/Encrypt"):
        assert not re.search(forbidden, inside), forbidden


def test_a_character_outside_the_font_costs_the_standards_and_the_result_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert _made().is_archival
    made = _made(title="𠮷野病院")
    assert not made.is_archival
    assert made.content.startswith(b"%PDF-")
    assert b"pdfaid:part" not in made.content
    assert "without PDF/A" in caplog.text


@needs_poppler
def test_each_page_without_the_standards_says_so(tmp_path: Path) -> None:
    # Between Latin and Japanese letters stands a little room, which some read as a space.
    assert "PDF/UAに準拠していません" in "".join(_text(_pdf(title="𠮷野病院"), tmp_path).split())
    assert "準拠していません" not in "".join(_text(_pdf(), tmp_path).split())


@pytest.mark.skipif(not DEJAVU.exists(), reason="the DejaVu fonts are not installed")
def test_a_font_of_the_operator_lends_what_ours_lacks_and_the_standards_stay(settings: SimpleNamespace) -> None:
    assert not _made(title="ⴰ").is_archival
    settings.EXTRA_FONTS = [str(DEJAVU)]
    made = _made(title="ⴰ")
    assert made.is_archival
    assert b"pdfaid:part" in made.content
    assert _pdf() == _pdf()


@needs_poppler
def test_only_the_fonts_that_come_along_are_used_and_all_are_embedded(tmp_path: Path) -> None:
    path = tmp_path / "made.pdf"
    path.write_bytes(_pdf())
    lines = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert lines
    assert all("BIZUDPGothic" in line and " yes yes yes " in line for line in lines)


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../../../../../../../../etc/passwd"])
def test_a_template_cannot_read_outside_the_package(path: str) -> None:
    compiler = typst.Compiler(f'#read("{path}")'.encode(), root=rendering.ROOT)
    with pytest.raises(typst.TypstError):
        compiler.compile(format="pdf")


def test_formulas_in_a_workbook_are_text() -> None:
    made = rendering.render_xlsx(["名", "数"], [["=cmd|'/c calc'!A0", 3], ["備前", None]])
    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet["A2"].value == "=cmd|'/c calc'!A0"
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].value == 3


def test_a_word_template_is_filled_and_escaped(tmp_path: Path) -> None:
    template = docx.Document()
    template.add_paragraph("{{ name }} {{ day }}")
    template.save(str(tmp_path / "t.docx"))
    made = rendering.render_docx(tmp_path / "t.docx", {"name": "<w:br/> & 備前", "day": date(2026, 11, 23)})
    text = docx.Document(io.BytesIO(made)).paragraphs[0].text
    assert text.startswith("<w:br/> & 備前 ")
    assert "2026" in text


@needs_poppler
def test_a_receipt_names_the_file_and_its_hash(
    manager: Person, hospital: Institution, tmp_path: Path, settings
) -> None:  # type: ignore[no-untyped-def]
    settings.MEDIA_ROOT = tmp_path
    document = services.store(
        [b"proof"],
        name="証拠.txt",
        purpose=Purpose.EVIDENCE,
        sensitivity=Sensitivity.SHAREABLE,
        institution_id=hospital.pk,
        by=manager.viewer,
        now=NOW,
    )
    found = Document.objects.select_related("institution", "stored_by").get(pk=document.pk)
    text = _text(services.receipt(found, language="ja", now=NOW), tmp_path)
    assert "証拠.txt" in text
    assert document.sha256[:8] in text
    assert "備前合成病院" in text


def test_a_report_is_a_word_document_too_in_which_names_are_only_names() -> None:
    hostile = "{{ 7*7 }}{% for a in b %} <w:br/> & \x0b備前"
    report = REPORT | {"title": hostile, "sections": [*REPORT["sections"], {"heading": "{{ title }}"}]}
    made = docx.Document(io.BytesIO(rendering.render_report_docx(report, language="ja")))
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert "{{ 7*7 }}{% for a in b %} <w:br/> & 備前" in texts
    assert "{{ title }}" in texts
    assert HOSTILE in texts
    facts, table, empty = made.tables
    assert [cell.text for cell in facts.rows[0].cells] == ["対象", "8,123"]
    assert [cell.text for cell in table.rows[0].cells] == ["都道府県", "病院数"]
    assert (len(table.rows), len(empty.rows)) == (81, 1)
    assert [cell.text for cell in table.rows[80].cells] == ["第79行", "79,000"]
    assert "合成データ" in made.sections[0].header.paragraphs[0].text
    assert "Sonae 統合データ" in made.sections[0].footer.paragraphs[0].text


MARKS = [("ja", "実演環境", "合成データ"), ("en", "Demonstration", "Synthetic data")]


@needs_poppler
@pytest.mark.parametrize(("language", "environment", "synthetic"), MARKS)
def test_on_a_portal_that_is_not_the_real_thing_every_page_says_so(
    tmp_path: Path, settings: SimpleNamespace, language: str, environment: str, synthetic: str
) -> None:
    assert environment not in _text(_pdf(language, synthetic=False), tmp_path)
    settings.SONAE_ENVIRONMENT, settings.SONAE_SYNTHETIC = "demo", True
    pages = _text(_pdf(language, synthetic=False), tmp_path).rstrip("\f").split("\f")
    assert len(pages) > 1
    for page in pages:
        assert environment in page and synthetic in page


@pytest.mark.parametrize(("language", "environment", "synthetic"), MARKS)
def test_the_mark_of_a_demonstration_costs_no_standard_and_stands_in_word_documents_too(
    settings: SimpleNamespace, language: str, environment: str, synthetic: str
) -> None:
    genuine = _pdf(language, synthetic=False)
    settings.SONAE_ENVIRONMENT, settings.SONAE_SYNTHETIC = "demo", True
    made = _made(language, synthetic=False)
    assert made.is_archival and made.content != genuine
    word = docx.Document(io.BytesIO(rendering.render_report_docx(REPORT | {"synthetic": False}, language=language)))
    head = word.sections[0].header.paragraphs[0].text
    assert environment in head and synthetic in head
