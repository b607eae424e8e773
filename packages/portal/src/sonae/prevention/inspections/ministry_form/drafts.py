"""Drafts of the ministry's form out of its own workbook.

One that was handed out and corrected is a form like any other: it is taken in under “Forms” (`instruments.drafts`)."""

import base64
import zlib
from datetime import datetime

from django.core import signing

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services
from sonae.core.instruments.definition import Question, questions
from sonae.core.instruments.kept_definition import to_json
from sonae.core.instruments.models import Edition
from sonae.core.instruments.problems import refused
from sonae.core.instruments.xlsform import reader, writer
from sonae.kernel.calendar import jst_day
from sonae.prevention.inspections.ministry_form.reading import Draft, read

MOST_BYTES = 1_000_000
_SALT, _LASTS_SECONDS = "inspections.ministry-form", 3_600


def draft_of(content: bytes, *, name: str, now: datetime) -> Draft:
    """The draft in a workbook of the ministry.

    Raises BadInput with everything that keeps it from being one.
    """
    found = read(content, name=name, earlier=_earlier, today=jst_day(now))
    if isinstance(found, Draft):
        return found
    raise refused(found, file=name)


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
