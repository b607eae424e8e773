"""Drafts of the ministry's form: out of its own workbook, or out of a draft that somebody corrected."""

import base64
import zlib
from datetime import datetime

from django.core import signing

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services
from sonae.core.instruments.definition import Instrument, Question, questions
from sonae.core.instruments.kept_definition import to_json
from sonae.core.instruments.models import Edition
from sonae.core.instruments.problems import refused
from sonae.core.instruments.xlsform import reader, writer
from sonae.kernel.calendar import jst_day
from sonae.prevention.inspections.ministry_form.grid import Grid, grids_of
from sonae.prevention.inspections.ministry_form.reading import Draft, read
from sonae.prevention.inspections.vocabulary import MinistryProblem

MOST_BYTES = 1_000_000
_SALT, _LASTS_SECONDS = "inspections.ministry-form", 3_600


def draft_of(content: bytes, *, name: str, now: datetime) -> Draft:
    """The draft in a workbook of the ministry, or in a draft that was handed out and corrected.

    Raises BadInput with everything that keeps it from being one.
    """
    found = read(content, name=name, earlier=_earlier, today=jst_day(now))
    if isinstance(found, Draft):
        return found
    if [fault.reason for fault in found] == [MinistryProblem.HEADER_MISSING] and _is_draft(content, name=name):
        corrected = reader.read(content, name=name, controls=catalogue.controls())
        if isinstance(corrected, Instrument):
            return Draft(corrected, (), ())
        found = corrected
    raise refused(found, file=name)


def _is_draft(content: bytes, *, name: str) -> bool:
    """Whether a workbook is of ours: a form that questions are in, and not a form of the ministry."""
    return any(isinstance(grid, Grid) and grid.name == "survey" for grid in grids_of(content, name=name))


def workbook_of(draft: Draft) -> bytes:
    """The draft as a workbook in the manner of XLSForm, to be looked through and corrected."""
    return writer.write(draft.instrument)


def publish(draft: Draft, *, by: Viewer, now: datetime) -> Edition:
    """Publishes a draft as it was read; the same draft again changes nothing, whenever its file was written."""
    content, name = workbook_of(draft), f"{draft.instrument.id}-{draft.instrument.edition}.xlsx"
    made = reader.read(content, name=name)
    newest = Edition.objects.current().filter(instrument=draft.instrument.id, edition=draft.instrument.edition).first()
    if newest is not None and not isinstance(made, tuple) and instruments.definition_of(newest) == to_json(made):
        return newest
    return services.publish(content, file_name=name, by=by, now=now)


def sealed(content: bytes) -> str:
    """A workbook as a text that a page may hold for an hour and nobody can change."""
    return signing.dumps(base64.b85encode(zlib.compress(content)).decode(), salt=_SALT)


def unsealed(text: str) -> bytes | None:
    """The workbook that `sealed` wrote down; None for anything else, and after an hour."""
    try:
        return zlib.decompress(base64.b85decode(signing.loads(text, salt=_SALT, max_age=_LASTS_SECONDS)))
    except signing.BadSignature:
        return None


def _earlier(instrument: str, fiscal_year: int) -> list[Question]:
    """The questions of the newest form of an earlier fiscal year."""
    found = Edition.objects.current().filter(instrument=instrument, fiscal_year__lt=fiscal_year)
    newest = found.order_by("-fiscal_year", "-rank").first()
    return list(questions(instruments.plan_of(newest).instrument.items)) if newest else []
