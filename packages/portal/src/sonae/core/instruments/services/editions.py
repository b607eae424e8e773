"""Publishing instruments: a file becomes an edition that people can answer."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue as controls
from sonae.core.assurance import datafile
from sonae.core.audit import services as audit
from sonae.core.instruments import files
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.models import Edition
from sonae.core.instruments.problems import FormFault
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Problem

# Where each room keeps the instruments that come with Sonae.
FOLDER = "instruments"


@transaction.atomic
def publish(content: bytes, *, file_name: str, by: Viewer, now: datetime) -> Edition:
    """Makes an edition of the file; the same file again changes nothing. Raises BadInput with every fault of the file.

    An edition that nobody has answered yet is replaced as a whole. One that has been answered stays for those who
    answered it, and the file becomes its next version.
    """
    require(access.may(by, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE))
    return _publish(content, file_name=file_name, by=by.account_id, now=now)


@transaction.atomic
def load_shipped(*, now: datetime) -> int:
    """Publishes the instruments that come with Sonae; returns how many were new or changed. Safe to repeat."""
    before = set(Edition.objects.values_list("pk", "digest"))
    for path in datafile.of_every_app(FOLDER):
        _publish(path.read_bytes(), file_name=path.name, by=None, now=now)
    return len(set(Edition.objects.values_list("pk", "digest")) - before)


def _publish(content: bytes, *, file_name: str, by: UUID | None, now: datetime) -> Edition:
    instrument = _read(content, file_name)
    digest = hashlib.sha256(content).hexdigest()
    versions = Edition.objects.filter(instrument=instrument.id, edition=instrument.edition)
    newest = versions.select_for_update(of=("self",)).current().first()
    if newest is not None and newest.digest == digest:
        return newest
    columns = _columns(instrument, content, digest=digest, file_name=file_name)
    if newest is not None and newest.frozen_at is None:
        for name, value in columns.items():
            setattr(newest, name, value)
        newest.published_at, newest.published_by_id = now, by
        newest.save()
        edition = newest
    else:
        versions.current().update(replaced_at=now)
        last = versions.aggregate(last=Max("version"))["last"] or 0
        edition = Edition.objects.create(version=last + 1, published_at=now, published_by_id=by, **columns)
    facts = {"instrument": edition.instrument, "edition": edition.edition, "version": edition.version, "digest": digest}
    audit.record("instrument.publish", subject="edition", subject_id=edition.pk, by=by, now=now, facts=facts)
    return edition


def _read(content: bytes, file_name: str) -> Instrument:
    known = controls.controls()
    read = files.read(content, form=files.form_of(file_name), file_name=file_name, controls=known)
    if isinstance(read, Instrument):
        return read
    raise BadInput(
        Problem(
            fault.reason, file=file_name, line=fault.row, field=_field_of(fault), value=fault.value, facts=fault.facts
        )
        for fault in read
    )


def _field_of(fault: FormFault) -> str:
    """Where in its row: sheet, column and the word at its top, as far as the file has them."""
    return " ".join(part for part in (fault.sheet, fault.column, fault.header) if part)


def _columns(instrument: Instrument, content: bytes, *, digest: str, file_name: str) -> dict[str, object]:
    return {
        "instrument": instrument.id,
        "edition": instrument.edition,
        "respondent": instrument.respondent,
        "fiscal_year": instrument.fiscal_year,
        "valid_from": instrument.valid_from,
        "valid_until": instrument.valid_until,
        "title_ja": instrument.title.text("ja"),
        "title_en": instrument.title.text("en"),
        "form": files.form_of(file_name),
        "file_name": file_name,
        "content": content,
        "digest": digest,
    }
