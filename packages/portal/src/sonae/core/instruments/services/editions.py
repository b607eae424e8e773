"""Publishing instruments: a file becomes an edition that people can answer."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import datafile
from sonae.core.audit import services as audit
from sonae.core.instruments import files, queries
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.edition_rules import rank
from sonae.core.instruments.form_reading import read_form
from sonae.core.instruments.kept_definition import SHAPE, to_json
from sonae.core.instruments.models import Edition, EditionFile
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import ResponseRefusal
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Conflict

# Where each room keeps the instruments that come with Sonae.
FOLDER = "instruments"


def publish(content: bytes, *, file_name: str, by: Viewer, now: datetime) -> Edition:
    """Makes an edition of the file; the same file again changes nothing. Raises BadInput with every fault of the file.

    An edition that nobody has answered yet is replaced as a whole. One that has been answered stays for those who
    answered it, and the file becomes its next version.
    """
    require(access.may(by, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE))
    # Read before anything is locked: a large file takes a moment.
    plan = read(content, file_name)
    with transaction.atomic():
        newest = locked_newest(plan.instrument)
        edition = write(plan.instrument, content, newest=newest, file_name=file_name, by=by.account_id, now=now)
    queries.keep_plan(edition, plan)
    return edition


def load_shipped(*, now: datetime) -> int:
    """Publishes the instruments that come with Sonae; returns how many were new. Safe to repeat.

    A file that was published before, and an edition that people have published since, are left alone.
    """
    known = set(Edition.objects.values_list("digest", flat=True))
    loaded = 0
    for path in datafile.of_every_app(FOLDER):
        content = path.read_bytes()
        if _digest(content) in known:
            continue
        plan = read(content, path.name)
        with transaction.atomic():
            newest = locked_newest(plan.instrument)
            if newest is not None and newest.published_by_id is not None:
                continue
            edition = write(plan.instrument, content, newest=newest, file_name=path.name, by=None, now=now)
        queries.keep_plan(edition, plan)
        loaded += 1
    return loaded


def locked_newest(instrument: Instrument) -> Edition | None:
    """The version of the edition that is to be answered; its versions are locked, so that two do not follow it."""
    versions = Edition.objects.filter(instrument=instrument.id, edition=instrument.edition)
    return next((found for found in versions.select_for_update(of=("self",)) if found.replaced_at is None), None)


def write(
    instrument: Instrument, content: bytes, *, newest: Edition | None, file_name: str, by: UUID | None, now: datetime
) -> Edition:
    """The file as an edition; `newest` is its version that is to be answered so far (see `locked_newest`)."""
    digest = _digest(content)
    if newest is not None and newest.digest == digest:
        return newest
    columns = _columns(instrument, digest=digest, file_name=file_name)
    columns |= {"published_at": now, "published_by_id": by}
    if newest is not None and newest.frozen_at is None:
        for name, value in columns.items():
            setattr(newest, name, value)
        newest.save(update_fields=list(columns))
        edition = newest
    else:
        # Only the version that is locked gives way. One that somebody published since it was looked for stands, and the
        # database lets no second one be the newest.
        version = 1
        if newest is not None:
            newest.replaced_at = now
            newest.save(update_fields=["replaced_at"])
            version = newest.version + 1
        try:
            with transaction.atomic():
                edition = Edition.objects.create(version=version, **columns)
        except IntegrityError:
            raise Conflict(ResponseRefusal.EDITION_REPLACED) from None
    EditionFile.objects.update_or_create(
        edition=edition, defaults={"content": content, "definition": to_json(instrument), "shape": SHAPE}
    )
    facts = {"instrument": edition.instrument, "edition": edition.edition, "version": edition.version, "digest": digest}
    audit.record("instrument.publish", subject="edition", subject_id=edition.pk, by=by, now=now, facts=facts)
    return edition


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(content: bytes, file_name: str) -> Plan:
    """The form in a file ready for answers; raises BadInput with every fault."""
    found = read_form(content, file_name=file_name)
    if isinstance(found, Plan):
        return found
    raise BadInput(found)


def _columns(instrument: Instrument, *, digest: str, file_name: str) -> dict[str, object]:
    return {
        "instrument": instrument.id,
        "edition": instrument.edition,
        "rank": rank(instrument.edition),
        "respondent": instrument.respondent,
        "fiscal_year": instrument.fiscal_year,
        "valid_from": instrument.valid_from,
        "valid_until": instrument.valid_until,
        "title_ja": instrument.title.text("ja"),
        "title_en": instrument.title.text("en"),
        "form": files.form_of(file_name),
        "file_name": file_name,
        "digest": digest,
    }
