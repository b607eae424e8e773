"""The sheet on which Sonae writes for Word: the same report as `typst/report.typ`, to be changed by its reader.

The template is made here, so that it can be read and reviewed; its holes are filled as data. What stands in a name or
a note is never read as a template, nor as XML.
"""

# ruff: noqa: SLF001 - python-docx has no public word for the XML of a row

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import docx
from django.utils.translation import gettext as _
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table

from sonae.core.web.environment import environment_words

FONT = "BIZ UDPGothic"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture (PNG) with the words above it and those for whoever does not see it; the first of several may have a
    heading."""

    words: str
    alt: str
    png: bytes
    width_mm: int
    heading: str = ""


@cache
def template() -> bytes:
    """The template of a report: title, head, sections of paragraphs, facts and a table each, and a foot."""
    document = docx.Document()
    _speak_japanese(document)
    document.sections[0].header.paragraphs[0].text = "備え Sonae{% if marks %} ・ {{ marks }}{% endif %}"
    document.sections[0].footer.paragraphs[0].text = "{{ foot }}"
    document.add_heading("{{ title }}", level=1)
    _add(document, "{%p if subtitle %}", "{{ subtitle }}", "{%p endif %}", "{%p for section in sections %}")
    _add(document, "{%p if section.heading %}")
    document.add_heading("{{ section.heading }}", level=2)
    _add(document, "{%p endif %}", "{%p for sentence in section.paragraphs %}", "{{ sentence }}", "{%p endfor %}")
    _add(document, "{%p if section.facts %}")
    _add_loop(document, "{%tr for fact in section.facts %}", ("{{ fact[0] }}", "{{ fact[1] }}"))
    _add(document, "{%p endif %}", "{%p if section.columns %}", "{{ section.caption }}")
    table = _add_loop(document, "{%tr for row in section.rows %}", ("{%tc for cell in row %}", "{{ cell }}", _END_CELL))
    _add_head(table, ("{%tc for column in section.columns %}", "{{ column }}", _END_CELL))
    _add(document, "{%p endif %}", "{%p endfor %}")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def contents(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report as the template wants it: nothing left out, numbers as they are read."""
    source, as_of = report.get("source", ""), report.get("as_of", "")
    foot = [
        _("Source: %(source)s") % {"source": source} if source else "",
        _("As of: %(moment)s") % {"moment": as_of} if as_of else "",
    ]
    environment = environment_words()
    marks = [
        _("%(environment)s (not a document of the production system)") % {"environment": environment}
        if environment
        else "",
        _("Synthetic data (no real institution)") if report.get("synthetic") else "",
    ]
    return {
        "title": report["title"],
        "subtitle": report.get("subtitle", ""),
        # On every page, in its head.
        "marks": " ・ ".join(filter(None, marks)),
        "foot": " ・ ".join(part for part in foot if part),
        "sections": [_section(section) for section in report["sections"]],
    }


def with_drawings(document: bytes, drawings: Sequence[Drawing]) -> bytes:
    """The document with these at its end, each under its words."""
    opened = docx.Document(io.BytesIO(document))
    for one in drawings:
        if one.heading:
            opened.add_heading(one.heading, level=2)
        opened.add_paragraph(one.words).paragraph_format.keep_with_next = True
        shape = opened.add_paragraph().add_run().add_picture(io.BytesIO(one.png), width=Mm(one.width_mm))
        shape._inline.docPr.set("descr", one.alt)
    file = io.BytesIO()
    opened.save(file)
    return file.getvalue()


_END_CELL = "{%tc endfor %}"


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    table = section.get("table", {})
    return {
        "heading": section.get("heading", ""),
        "paragraphs": section.get("paragraphs", []),
        "facts": [(name, _shown(value)) for name, value in section.get("facts", [])],
        "caption": table.get("caption", ""),
        "columns": [column["title"] for column in table.get("columns", [])],
        "rows": [[_shown(cell) for cell in row] for row in table.get("rows", [])],
    }


def _shown(value: Any) -> str:
    match value:
        case None | False:
            return "–"
        case True:
            return "○"
        case int():
            return f"{value:,}"
    return str(value)


def _add(document: Document, *texts: str) -> None:
    for text in texts:
        document.add_paragraph(text)


def _add_loop(document: Document, loop: str, cells: tuple[str, ...]) -> Table:
    """A table whose middle row is drawn once for each member."""
    table: Table = document.add_table(rows=3, cols=len(cells), style="Table Grid")
    table.cell(0, 0).text, table.cell(2, 0).text = loop, "{%tr endfor %}"
    for cell, text in zip(table.rows[1].cells, cells, strict=True):
        cell.text = text
    return table


def _add_head(table: Table, cells: tuple[str, ...]) -> None:
    """A row above the others, repeated on every page and read as the head of its columns."""
    row = table.add_row()  # type: ignore[no-untyped-call]
    for cell, text in zip(row.cells, cells, strict=True):
        cell.text = text
    repeated = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(repeated)
    table._tbl.remove(row._tr)
    table.rows[0]._tr.addprevious(row._tr)


def _speak_japanese(document: Document) -> None:
    """Letters that Japanese offices have, and the language for whoever listens to the text."""
    document.core_properties.author = "Sonae"
    for name in ("Normal", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(kind), FONT)
        for theme in ("w:asciiTheme", "w:eastAsiaTheme", "w:hAnsiTheme"):
            fonts.attrib.pop(qn(theme), None)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "ja-JP")
    document.styles["Normal"].element.get_or_add_rPr().append(language)
