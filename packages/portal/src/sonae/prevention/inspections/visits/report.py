"""The report on a visit, as PDF for the archive and as a Word document: both say the same, in the language of the
reader, with the source of the form and its edition."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from sonae.core.documents import services as documents
from sonae.core.documents.word import Drawing
from sonae.core.web import words
from sonae.prevention.inspections.visits import album, wording
from sonae.prevention.inspections.visits.models import Visit, VisitPhoto, VisitSignature
from sonae.prevention.inspections.visits.queries import Sheet, SheetRow
from sonae.prevention.inspections.visits.rules import SIDE_OF_CANVAS
from sonae.prevention.inspections.visits.vocabulary import Observation, Side

# How wide a signature and a picture stand in Word.
SIGNATURE_MM = 35
PICTURE_MM = 60


def name_of(visit: Visit) -> str:
    """The name of the file: the day and the code of the register."""
    return f"inspection-{visit.on:%Y%m%d}-{visit.institution.register_code}"


def pdf(
    sheet: Sheet, *, language: str, now: datetime, thumbnails: Mapping[UUID, bytes] = MappingProxyType({})
) -> bytes:
    """The report as PDF/A and PDF/UA, with the pictures small and the signatures as they were drawn."""
    with override(language):
        report = composed(sheet, now=now)
        shown = [_shown(row, photo, thumbnails) for row, photo in album.pictures_of(sheet)]
        report["pictures"] = {"heading": _("Pictures"), "pictures": shown}
        report["signed"] = {"heading": _("Signatures"), "signatures": [_drawn(one) for one in _signed(sheet.visit)]}
    return documents.render_pdf("inspections/visit", report, language=language, now=now).content


def docx(
    sheet: Sheet, *, language: str, now: datetime, thumbnails: Mapping[UUID, bytes] = MappingProxyType({})
) -> bytes:
    """The report as a Word document, with a list of the pictures, the signatures as they were drawn, and the pictures
    small."""
    with override(language):
        report = composed(sheet, now=now)
        report["sections"] += _pictures(sheet)
        report["sections"].append(
            {
                "heading": _("Signatures"),
                "facts": [
                    (words.of(one.who), f"{wording.signer_words(one)} – {words.jst(one.signed_at)}")
                    for one in _signed(sheet.visit)
                ],
            }
        )
        drawings = [_drawing(one) for one in _signed(sheet.visit) if svg_of(one.strokes)]
        drawings += _small_pictures(sheet, thumbnails)
    return documents.render_report_docx(report, language=language, drawings=drawings)


def composed(sheet: Sheet, *, now: datetime) -> dict[str, Any]:
    """Everything that both files say, in the language of the moment."""
    visit, form = sheet.visit, sheet.form
    source = form.plan.instrument.source
    submitted = form.submission.at if form.submission else _("Nothing had been submitted.")
    return {
        "title": _("Report on the on-site inspection"),
        "subtitle": visit.institution.name,
        "as_of": now,
        "source": wording.source_words(form),
        "synthetic": visit.institution.is_synthetic,
        "sections": [
            {
                "facts": [
                    (_("Institution"), f"{visit.institution.name} ({visit.institution.register_code})"),
                    (_("Day of the visit"), visit.on),
                    (_("Who went"), "、".join(wording.team_of(visit))),
                    (_("Form"), f"{wording.form_words(form.edition)} ({form.edition.edition})"),
                    (_("Self-check submitted"), submitted),
                    (_("Closed"), visit.closed_at),
                ],
                "paragraphs": [
                    _(
                        "The inspection is there to support the institution. A row that is not in place yet is no "
                        "fault: what counts is that there is a plan for it."
                    ),
                    *([_("The wording of the form has not been checked against the ministry's own (to be confirmed).")]
                      if source and source.unverified else []),
                ],
            },
            *_parts(sheet),
            _findings(sheet),
        ],
    }  # fmt: skip


def _parts(sheet: Sheet) -> Iterator[dict[str, Any]]:
    columns = [
        {"title": _("Row of the form"), "width": 40},
        {"title": _("Self-check"), "width": 24},
        {"title": _("What was seen on site"), "width": 36},
    ]
    for part in sheet.parts:
        rows = [
            [row.label, wording.answer_words(row.answer) if row.answer else "–", _seen(row)]
            for row in part.rows
            if row.is_asked
        ]
        if rows:
            yield {"heading": part.title or _("Rows of the form"), "table": {"columns": columns, "rows": rows}}


def _seen(row: SheetRow) -> str:
    said = row.written
    if not said.value:
        return "–"
    return " – ".join(filter(None, (words.of(Observation(said.value)), said.note)))


def _findings(sheet: Sheet) -> dict[str, Any]:
    found = [
        [row.label, said.finding or "–", said.advice or "–", words.jdate(said.due_on) if said.due_on else "–"]
        for row in sheet.rows
        if row.is_asked and ((said := row.written).finding or said.advice)
    ]
    columns = [
        {"title": _("Row of the form"), "width": 25},
        {"title": pgettext("inspection", "Finding"), "width": 30},
        {"title": _("Advice"), "width": 28},
        {"title": _("To be mended by"), "width": 17},
    ]
    return {"heading": _("Findings and advice"), "table": {"columns": columns, "rows": found}}


def _pictures(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """The list of the pictures; nothing where none was taken."""
    columns = [
        {"title": _("Row of the form"), "width": 44},
        {"title": _("Kept at"), "width": 26},
        {"title": _("Taken by"), "width": 30},
    ]
    rows = [[row.label, words.jst(photo.added_at), str(photo.added_by)] for row, photo in album.pictures_of(sheet)]
    if rows:
        yield {"heading": _("Pictures"), "table": {"columns": columns, "rows": rows}}


def _small_pictures(sheet: Sheet, thumbnails: Mapping[UUID, bytes]) -> list[Drawing]:
    shown = [(row, photo) for row, photo in album.pictures_of(sheet) if photo.pk in thumbnails]
    return [
        Drawing(
            " – ".join((row.label, words.jst(photo.added_at), str(photo.added_by))),
            _("Picture of: %(row)s") % {"row": row.label},
            thumbnails[photo.pk],
            width_mm=PICTURE_MM,
            heading="" if number else _("Pictures in small size"),
        )
        for number, (row, photo) in enumerate(shown)
    ]


def _shown(row: SheetRow, photo: VisitPhoto, thumbnails: Mapping[UUID, bytes]) -> dict[str, Any]:
    return {
        "row": row.label,
        "at": words.jst(photo.added_at),
        "who": str(photo.added_by),
        "svg": album.svg_of_thumbnail(photo, thumbnails),
        "alt": _("Picture of: %(row)s") % {"row": row.label},
        "missing": _("This picture is not drawn here. It stands with the visit."),
    }


def _drawing(signature: VisitSignature) -> Drawing:
    drawn = _drawn(signature)
    caption = " – ".join((drawn["side"], drawn["name"], drawn["at"]))
    png = documents.drawing(drawn["svg"], side_mm=SIGNATURE_MM)
    return Drawing(caption, drawn["alt"], png, width_mm=SIGNATURE_MM)


def _signed(visit: Visit) -> list[VisitSignature]:
    found = {one.who: one for one in visit.signatures.filter(voided_at=None).select_related("kept_by")}
    return [found[side] for side in Side if side in found]


def _drawn(signature: VisitSignature) -> dict[str, Any]:
    side = words.of(signature.who)
    return {
        "side": side,
        "name": wording.signer_words(signature),
        "at": words.jst(signature.signed_at),
        "svg": svg_of(signature.strokes),
        "alt": _("Signature of %(name)s (%(side)s)") % {"name": signature.name, "side": side},
    }


def svg_of(strokes: list[list[list[float]]]) -> str:
    """A drawing as a picture; nothing where only a name was typed. Numbers alone reach it, never text."""
    lines = [
        " ".join(f"{float(x):.1f},{float(y):.1f}" for x, y in (stroke if len(stroke) > 1 else stroke * 2))
        for stroke in strokes
        if stroke
    ]
    if not lines:
        return ""
    drawn = "".join(
        f'<polyline points="{line}" fill="none" stroke="#1a1a1c" stroke-width="6" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
        for line in lines
    )
    side = SIDE_OF_CANVAS
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{drawn}</svg>'
