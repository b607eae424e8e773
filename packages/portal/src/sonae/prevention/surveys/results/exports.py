"""The figures of an edition as files: each says what it counts and as of when, and marks what is kept back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sonae.core.documents import rendering
from sonae.core.web import sheets, words
from sonae.kernel import calendar
from sonae.kernel.errors import Gone
from sonae.prevention.surveys.results import origin, parquet, tables
from sonae.prevention.surveys.results.cells import FigureCell
from sonae.prevention.surveys.results.presenting import heading_of
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.vocabulary import ASKED, EVERYBODY, FileForm, KeptBack, Margins
from sonae.prevention.surveys.results.wording import (
    KEPT_BACK,
    class_name,
    of_denominator,
    question_name,
    version_notes,
)
from sonae.prevention.surveys.vocabulary import Dimension

# What stands in a file for a letter that its coding does not have.
LACKING = "〓"
_CP932 = "cp932"
FORMS = frozenset(FileForm)


def file_of(sheet: Sheet, form: str, *, now: datetime) -> HttpResponseBase:
    """The edition as a file; raises Gone for a form that there is none of."""
    name = f"survey-{sheet.edition.campaign.fiscal_year}-{sheet.edition.stage}-{sheet.edition.number}"
    match form:
        case FileForm.CSV:
            return sheets.csv_file(header(), rows_of(sheet), filename=name)
        case FileForm.CSV_CP932:
            return _cp932(sheet, name)
        case FileForm.XLSX:
            return sheets.xlsx_file(header(), rows_of(sheet), filename=name, about=_about(sheet, now=now))
        case FileForm.PDF:
            return _pdf(sheet, name, now=now)
        case FileForm.PARQUET:
            return _parquet(sheet, name)
    raise Gone("file", form)


def header() -> list[str]:
    return [
        _("Edition"),
        _("As of (Japan time)"),
        _("Question"),
        _("Wording of the question"),
        _("Breakdown"),
        _("Class"),
        _("Figure"),
        _("Number of institutions"),
        _("Asked (denominator)"),
        _("Share in per cent"),
        _("Remark"),
        _("Institutions asked in all"),
        _("Institutions that handed in"),
        _("Response rate in per cent"),
        _("Reference date of the register"),
        _("Published list as of"),
        _("Counted at (Japan time)"),
    ]


def cells_of(sheet: Sheet) -> Iterator[FigureCell]:
    """Every figure that stands in the tables of an edition, one after the other."""
    for margins in sheet.questions.values():
        name = question_name(sheet.plan, margins.column)
        places = tables.places_of(margins)
        heads = tables.headings(sheet, margins, places)
        for each, row in _in_order(margins):
            for place, head in zip(places, heads, strict=True):
                yield FigureCell(margins.column, name, each, place, head, row[place], row[ASKED])


def rows_of(sheet: Sheet) -> Iterator[list[sheets.Cell]]:
    """One row for each figure: a plain table, which says in each row what it counts and as of when."""
    edition = heading_of(sheet.edition)
    as_of = _moment(sheet.edition.as_of)
    of = origin.origin_of(sheet.edition)
    from_where = [
        of.asked, of.handed_in, of.rate_per_cent, of.reference_on.isoformat(),
        of.list_on.isoformat() if of.list_on else "", _moment(of.counted_at) if of.counted_at else "",
    ]  # fmt: skip
    for cell in cells_of(sheet):
        breakdown = words.of(Dimension(cell.each[0])) if cell.each != EVERYBODY else ""
        remark = words.of(KeptBack.SMALL_NUMBER) if cell.figure is None else ""
        yield [
            edition, as_of, cell.column.question, cell.name, breakdown, class_name(cell.each), cell.heading,
            KEPT_BACK if cell.figure is None else cell.figure, KEPT_BACK if cell.asked is None else cell.asked,
            cell.share, remark, *from_where,
        ]  # fmt: skip


def _moment(moment: datetime) -> str:
    """Japanese time, as programs read it."""
    return f"{moment.astimezone(calendar.JST):%Y-%m-%d %H:%M}"


def in_cp932(lines: Iterator[str]) -> tuple[bytes, str]:
    """Text as older programs read it, and the letters that this coding does not have: each became a geta (〓)."""
    lost: dict[str, None] = {}
    pieces = []
    for line in lines:
        try:
            pieces.append(line.encode(_CP932))
        except UnicodeEncodeError:
            letters = [_one(letter, lost) for letter in line]
            pieces.append("".join(letters).encode(_CP932))
    return b"".join(pieces), "".join(lost)


def _one(letter: str, lost: dict[str, None]) -> str:
    try:
        letter.encode(_CP932)
    except UnicodeEncodeError:
        lost[letter] = None
        return LACKING
    return letter


def _cp932(sheet: Sheet, name: str) -> HttpResponse:
    lines = sheets.csv_lines(header(), rows_of(sheet))
    content, lost = in_cp932(line.removeprefix("\ufeff") for line in lines)
    if lost:
        # Code points, as the letters themselves cannot be written here.
        points = " ".join(f"U+{ord(letter):04X}" for letter in lost)
        said = _("This coding lacks letters; they stand here as %(mark)s: %(points)s") % {
            "mark": LACKING,
            "points": points,
        }
        content += f'"{said}"\r\n'.encode(_CP932)
    response = HttpResponse(content, content_type="text/csv; charset=Shift_JIS")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-cp932.csv"'
    return response


def _parquet(sheet: Sheet, name: str) -> HttpResponse:
    content = parquet.file_of(sheet.edition, cells_of(sheet))
    response = HttpResponse(content, content_type=parquet.MIME_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.parquet"'
    return response


def _about(sheet: Sheet, *, now: datetime) -> sheets.About:
    edition = sheet.edition
    conditions = (
        (_("Edition"), heading_of(edition)),
        (_("As of"), words.jst(edition.as_of)),
        *((name, words.readable(value)) for name, value in origin.origin_of(edition).facts()),
        (_("Denominator"), _("Of each question, those who were asked it on their way through the form")),
        (KEPT_BACK, _("Kept back: a small number")),
        *_of_versions(sheet),
    )
    return sheets.About(edition.campaign.title, now, None, conditions)


def _of_versions(sheet: Sheet) -> list[tuple[str, str]]:
    """By question what only some versions of the form ask, where more than one was answered."""
    return [
        (question_name(sheet.plan, margins.column), note)
        for margins in sheet.questions.values()
        for note in version_notes(sheet.plan, margins.column, sheet.since)
    ]


def _pdf(sheet: Sheet, name: str, *, now: datetime) -> HttpResponse:
    made = rendering.render_pdf("documents/report", report_of(sheet), language=get_language() or "ja", now=now)
    response = HttpResponse(made.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def report_of(sheet: Sheet) -> dict[str, Any]:
    """What the printed edition says: where its figures come from, then every question."""
    edition = sheet.edition
    return {
        "title": edition.campaign.title,
        "subtitle": heading_of(edition),
        "as_of": words.jst(edition.as_of),
        "source": _("Of each question, those who were asked it on their way through the form are the denominator."),
        "sections": [
            {"facts": [(_("Edition"), heading_of(edition)), *origin.origin_of(edition).facts()]},
            *(section_of(sheet, margins) for margins in sheet.questions.values()),
        ],
    }


def section_of(sheet: Sheet, margins: Margins) -> dict[str, Any]:
    """A question as the printed edition has it: by licensed beds, each share with its number and denominator."""
    places = tables.places_of(margins)
    rows = [
        [class_name(each), *(_figure(row[place], row[ASKED], place) for place in places)]
        for each in tables.classes_in(margins, Dimension.BAND)
        for row in [margins.rows[each]]
    ]
    name = question_name(sheet.plan, margins.column)
    caption = " ".join((name, *version_notes(sheet.plan, margins.column, sheet.since)))
    heads = [{"title": head, "number": True} for head in tables.headings(sheet, margins, places)]
    columns = [{"title": _("Licensed beds")}, *heads]
    return {"heading": name, "table": {"columns": columns, "rows": rows, "caption": caption}}


def _figure(figure: int | None, base: int | None, place: int) -> str:
    if figure is None:
        return KEPT_BACK
    return (
        words.number(figure)
        if place == ASKED or not base
        else f"{of_denominator(figure, base)} ({words.share(figure, base)}%)"
    )


def _in_order(margins: Margins) -> Iterator[tuple[tuple[str, str], tuple[int | None, ...]]]:
    seen = dict.fromkeys(each for dimension in Dimension for each in tables.classes_in(margins, dimension))
    yield from ((each, margins.rows[each]) for each in seen if each in margins.rows)
