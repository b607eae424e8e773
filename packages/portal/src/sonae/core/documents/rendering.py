"""Documents that Sonae writes: PDF by typst, Excel, Word.

Facts reach a template as data, never as markup, so nothing in a name or a note can become an instruction.
"""

import io
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import typst
from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import override
from docxtpl import DocxTemplate

import sonae
from sonae.core.web import sheets, words

logger = logging.getLogger("sonae.documents")

# Templates may read what lies in the package, and nothing else.
ROOT = Path(sonae.__file__).parent
FONTS = Path(__file__).parent / "fonts"
# For the archive (ISO 19005-2, level B) and for readers with a screen reader (ISO 14289-1).
STANDARDS: list[Literal["a-2b", "ua-1"]] = ["a-2b", "ua-1"]


def render_pdf(template: str, data: Mapping[str, Any], *, language: str, now: datetime) -> bytes:
    """The template ("documents/report": report.typ of the slice `documents`) filled with `data`, as PDF/A and PDF/UA.

    Equal data and an equal `now` give equal bytes. A character that the fonts lack is not allowed in PDF/A: then the
    file is made without the standards, with a box in its place, and the log says so.
    """
    slice_name, _, name = template.rpartition("/")
    source = Path(apps.get_app_config(slice_name).path) / "typst" / f"{name}.typ"
    with override(language):
        facts = json.dumps(_plain(data), ensure_ascii=False, sort_keys=True)
    inputs = {"data": facts, "language": language}
    try:
        return _compiled(source, inputs, now=now, standards=STANDARDS)
    except typst.TypstError as refused:
        if "glyph" not in f"{refused}" and "displayed" not in f"{refused}":
            raise
        logger.warning("%s was made without PDF/A: a character is in none of the fonts", template)
        return _compiled(source, inputs, now=now, standards=[])


def render_xlsx(columns: Sequence[str], rows: Iterable[Sequence[sheets.Cell]]) -> bytes:
    """A workbook of one table; text is written as text, never as a formula."""
    file = io.BytesIO()
    sheets.write_workbook(file, list(columns), (list(row) for row in rows))
    return file.getvalue()


def render_docx(template: Path, data: Mapping[str, Any]) -> bytes:
    """A Word template filled with `data`; everything is escaped."""
    document = DocxTemplate(template)
    document.render(_plain(data), autoescape=True)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _compiled(source: Path, inputs: dict[str, str], *, now: datetime, standards: list[Any]) -> bytes:
    compiler = typst.Compiler(source, root=ROOT, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=standards, timestamp=int(now.timestamp()))
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def _plain(value: Any) -> Any:
    """The value as a template prints it: moments and members in words, in the language of this moment."""
    match value:
        case datetime() | date():
            return words.readable(value)
        case StrEnum():
            return words.readable(value)
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case str() | bool() | int() | float() | None:
            return value
        case Promise() | UUID() | Path():
            return str(value)
        case Iterable():
            return [_plain(inner) for inner in value]
    return str(value)
