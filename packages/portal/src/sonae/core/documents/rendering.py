"""Documents that Sonae writes: PDF by typst, Excel, Word.

Facts reach a template as data, never as markup, so nothing in a name or a note can become an instruction.
"""

import io
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Literal
from unicodedata import category
from uuid import UUID

import typst
from django.apps import apps
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

import sonae
from sonae.core.documents import word
from sonae.core.web import sheets, words
from sonae.core.web.environment import environment_words

logger = logging.getLogger("sonae.documents")

# Templates may read what lies in the package, and nothing else.
ROOT = Path(sonae.__file__).parent
FONTS = Path(__file__).parent / "fonts"
# For the archive (ISO 19005-2, level B) and for readers with a screen reader (ISO 14289-1).
STANDARDS: list[Literal["a-2b", "ua-1"]] = ["a-2b", "ua-1"]


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF, and whether it keeps the standards for archives and screen readers."""

    content: bytes
    is_archival: bool


def render_pdf(template: str, data: Mapping[str, Any], *, language: str, now: datetime) -> Made:
    """The template ("documents/report": report.typ of the slice `documents`) filled with `data`, as PDF/A and PDF/UA.

    Equal data and an equal `now` give equal bytes. A character that our font lacks is taken from the fonts of the
    operator (`SONAE_FONTS`). Where they lack it too, PDF/A does not allow it: then the file is made without the
    standards, with a box in its place; the answer, the foot of each page and the log say so.
    """
    slice_name, _, name = template.rpartition("/")
    source = Path(apps.get_app_config(slice_name).path) / "typst" / f"{name}.typ"
    with override(language):
        facts = json.dumps(_plain(_marked(data)), ensure_ascii=False, sort_keys=True)
        inputs = {"data": facts, "language": language, "environment": environment_words()}
    try:
        return Made(_compiled(source, inputs, now=now, standards=STANDARDS), is_archival=True)
    except typst.TypstError as refused:
        if "glyph" not in f"{refused}" and "displayed" not in f"{refused}":
            raise
        logger.warning("%s was made without PDF/A: a character is in none of the fonts", template)
        return Made(_compiled(source, inputs | {"plain": "yes"}, now=now, standards=[]), is_archival=False)


def render_xlsx(columns: Sequence[str], rows: Iterable[Sequence[sheets.Cell]]) -> bytes:
    """A workbook of one table; text is written as text, never as a formula."""
    file = io.BytesIO()
    sheets.write_workbook(file, list(columns), (list(row) for row in rows))
    return file.getvalue()


def render_report_docx(report: Mapping[str, Any], *, language: str, drawings: Sequence[word.Drawing] = ()) -> bytes:
    """The report that `documents/report` prints, as a Word document that its reader may go on writing; `drawings` stand
    at its end."""
    with override(language):
        made = render_docx(io.BytesIO(word.template()), word.contents(_plain(_marked(report))))
    return word.with_drawings(made, drawings) if drawings else made


def render_docx(template: Path | BinaryIO, data: Mapping[str, Any]) -> bytes:
    """A Word template filled with `data`; everything is escaped, and nothing of it is read as a template."""
    document = DocxTemplate(template)
    document.render(_writable(_plain(data)), jinja_env=SandboxedEnvironment(), autoescape=True)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _marked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, marked as synthetic where all that the portal holds was made up."""
    return {**data, "synthetic": bool(data.get("synthetic")) or settings.SONAE_SYNTHETIC}


def _compiled(source: Path, inputs: dict[str, str], *, now: datetime, standards: list[Any]) -> bytes:
    fonts: list[Any] = [FONTS, *settings.EXTRA_FONTS]
    compiler = typst.Compiler(source, root=ROOT, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)
    made = compiler.compile(format="pdf", pdf_standards=standards, timestamp=int(now.timestamp()))
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def _writable(value: Any) -> Any:
    """The value without the characters that XML does not have."""
    match value:
        case str():
            return "".join(one for one in value if one in "\n\t" or category(one) not in ("Cc", "Cs", "Cn"))
        case dict():
            return {name: _writable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_writable(inner) for inner in value]
    return value


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
