"""Publishing instruments: a file becomes an edition that people can answer."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import datafile
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.audit import services as audit
from sonae.core.instruments import files, queries
from sonae.core.instruments.definition import Instrument, Item, Section
from sonae.core.instruments.edition_rules import rank
from sonae.core.instruments.kept_definition import SHAPE, to_json
from sonae.core.instruments.models import Edition, EditionFile
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.problems import refused
from sonae.core.instruments.vocabulary import FormProblem, ResponseRefusal
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Conflict, Problem

# Where each room keeps the instruments that come with Sonae.
FOLDER = "instruments"
# What the columns hold, and the years in which a date can be checked.
LONGEST_ID, LONGEST_EDITION, LONGEST_TITLE, LONGEST_FILE_NAME = 80, 40, 300, 200
FIRST_YEAR, LAST_YEAR = 1955, 2098


def publish(content: bytes, *, file_name: str, by: Viewer, now: datetime) -> Edition:
    """Makes an edition of the file; the same file again changes nothing. Raises BadInput with every fault of the file.

    An edition that nobody has answered yet is replaced as a whole. One that has been answered stays for those who
    answered it, and the file becomes its next version.
    """
    require(access.may(by, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE))
    # Read before anything is locked: a large file takes a moment.
    plan = _read(content, file_name)
    with transaction.atomic():
        newest = _newest(plan.instrument)
        edition = _write(plan.instrument, content, newest=newest, file_name=file_name, by=by.account_id, now=now)
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
        plan = _read(content, path.name)
        with transaction.atomic():
            newest = _newest(plan.instrument)
            if newest is not None and newest.published_by_id is not None:
                continue
            edition = _write(plan.instrument, content, newest=newest, file_name=path.name, by=None, now=now)
        queries.keep_plan(edition, plan)
        loaded += 1
    return loaded


def _newest(instrument: Instrument) -> Edition | None:
    """The version of the edition that is to be answered; its versions are locked, so that two do not follow it."""
    versions = Edition.objects.filter(instrument=instrument.id, edition=instrument.edition)
    return next((found for found in versions.select_for_update(of=("self",)) if found.replaced_at is None), None)


def _write(
    instrument: Instrument, content: bytes, *, newest: Edition | None, file_name: str, by: UUID | None, now: datetime
) -> Edition:
    """The file as an edition; `newest` is its version that is to be answered so far, locked."""
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


def _read(content: bytes, file_name: str) -> Plan:
    known = assurance.Subjects()
    read = files.prepared(content, form=files.form_of(file_name), file_name=file_name, controls=known)
    if isinstance(read, Plan):
        _require_a_name(read.instrument, file_name)
        _require_no_rows_in_rows(read, file_name)
        return read
    raise refused(read, file=file_name)


def _require_a_name(instrument: Instrument, file_name: str) -> None:
    """Raises BadInput where the file does not say which instrument it is: two such files would replace each other."""
    named = {
        "id": (instrument.id, LONGEST_ID),
        "edition": (instrument.edition, LONGEST_EDITION),
        "title": (instrument.title.text("ja"), LONGEST_TITLE),
        "file name": (file_name, LONGEST_FILE_NAME),
    }
    problems = [
        Problem(DataFileProblem.FIELD_MISSING, file=file_name, field=name)
        for name, (text, _) in named.items()
        if not text.strip()
    ]
    problems += [
        Problem(FormProblem.CELL_TOO_LONG, file=file_name, field=name, value=text[:200], facts={"most": most})
        for name, (text, most) in named.items()
        if len(text) > most
    ]
    year = instrument.fiscal_year
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        facts = {"value": year, "why": f"{FIRST_YEAR}–{LAST_YEAR}"}
        problems.append(Problem(DataFileProblem.OUT_OF_RANGE, file=file_name, field="fiscal_year", facts=facts))
    if problems:
        raise BadInput(problems)


def _require_no_rows_in_rows(plan: Plan, file_name: str) -> None:
    """Raises BadInput for what repeats inside of a row: a loader reads it, but nobody here could answer it."""
    problems = [
        Problem(
            FormProblem.ROWS_IN_ROWS, file=file_name, field=step.element.id,
            facts={"value": step.element.id, "around": step.element.repeats[-1].id},
        )
        for step in plan.steps
        if step.element.repeats and _has_rows(step.item)
    ]  # fmt: skip
    if problems:
        raise BadInput(problems)


def _has_rows(item: Item) -> bool:
    return item.is_repeat if isinstance(item, Section) else item.table is not None


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
