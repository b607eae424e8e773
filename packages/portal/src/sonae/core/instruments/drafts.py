"""Forms that were taken in and wait to be published: what is in them, and how they differ from what is in force."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sonae.core.instruments import queries, yaml_writer
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.differences import Difference, differences
from sonae.core.instruments.edition_rules import rank
from sonae.core.instruments.form_reading import read_form
from sonae.core.instruments.kept_definition import from_json
from sonae.core.instruments.models import Edition, FormDraft
from sonae.core.instruments.plan import Plan, reopened
from sonae.core.instruments.vocabulary import Consequence, DraftRefusal, FileForm
from sonae.core.instruments.xlsform import writer
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed, Problem

# What a list of forms does not read.
LARGE = ("content", "definition", "compared_definition")


@dataclass(frozen=True, slots=True)
class Looked:
    """A form as it is looked through before it is published: ready for answers, or every problem of its file."""

    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    # What it is compared with, and how it differs; nothing where no earlier form of this instrument is there.
    before: Edition | None = None
    differences: tuple[Difference, ...] = ()
    consequence: Consequence = Consequence.NEW_INSTRUMENT
    # What tells all of this from everything else that might be there (see `seen_of`).
    seen: str = ""


def look_through(content: bytes, *, file_name: str, today: date) -> Looked:
    """What is in a file, and what would come of publishing it today. Nothing is written."""
    read = read_form(content, file_name=file_name)
    digest = hashlib.sha256(content).hexdigest()
    if not isinstance(read, Plan):
        return Looked(None, read, seen=seen_of(digest, None))
    return _looked(read, digest, today=today)


def look_at(draft: FormDraft, *, today: date) -> Looked:
    """The same for a form that was taken in; one that was published is told as it was looked through then.

    A sound file is not read again: what was read when it was taken in is kept.
    """
    if not draft.definition:
        return look_through(bytes(draft.content), file_name=draft.file_name, today=today)
    plan = reopened(from_json(draft.definition, shape=draft.shape))
    return _looked_then(draft, plan) if draft.consequence else _looked(plan, draft.digest, today=today)


def _looked(plan: Plan, digest: str, *, today: date) -> Looked:
    made = plan.instrument
    newest = newest_of(made.id, made.edition)
    before = newest or form_before(made.id, made.edition, today=today)
    found = differences(queries.plan_of(before).instrument, made) if before else ()
    return Looked(plan, (), before, found, consequence_of(newest, before, digest), seen_of(digest, before))


def _looked_then(draft: FormDraft, plan: Plan) -> Looked:
    was = from_json(draft.compared_definition, shape=draft.shape) if draft.compared_definition else None
    found = differences(was, plan.instrument) if was else ()
    return Looked(plan, (), draft.compared_with, found, Consequence(draft.consequence))


def newest_of(instrument: str, edition: str) -> Edition | None:
    """The version of an edition that is to be answered."""
    return Edition.objects.current().filter(instrument=instrument, edition=edition).first()


def form_before(instrument: str, edition: str, *, today: date) -> Edition | None:
    """What a new edition follows: the newest earlier one; else the one that is in force today."""
    rows = Edition.objects.current().filter(instrument=instrument, rank__lt=rank(edition))
    return rows.order_by("-rank").first() or queries.edition_in_force(instrument, on=today)


def compared_with(draft: FormDraft, *, today: date) -> Edition | None:
    """What a form that was taken in is looked through against; a faulty one is not compared."""
    if not draft.instrument:
        return None
    return newest_of(draft.instrument, draft.edition_name) or form_before(
        draft.instrument, draft.edition_name, today=today
    )


def seen_of(digest: str, before: Edition | None) -> str:
    """What somebody sees who looks a form through: its file, the form that it is compared with, and whether that one
    was answered already. SHA-256, hexadecimal; another one as soon as any of it changes."""
    told = [digest]
    if before is not None:
        told += [str(before.pk), before.digest, "answered" if before.frozen_at else ""]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def consequence_of(newest: Edition | None, before: Edition | None, digest: str) -> Consequence:
    """What comes of publishing a file: `newest` is the version of its edition that is to be answered so far."""
    if newest is None:
        return Consequence.NEW_INSTRUMENT if before is None else Consequence.NEW_EDITION
    if newest.digest == digest:
        return Consequence.NOTHING
    return Consequence.REPLACES if newest.frozen_at is None else Consequence.NEXT_VERSION


def written(edition: Edition, form: FileForm) -> bytes:
    """The file of an edition: as it was published where it was written so, else written anew from what was read then.

    Raises NotAllowed where the form has parts that only a workbook can carry.
    """
    if form == edition.form and (form is FileForm.YAML or edition.file_name.lower().endswith(".xlsx")):
        return queries.content_of(edition)
    return written_of(queries.plan_of(edition).instrument, form)


def written_of(instrument: Instrument, form: FileForm) -> bytes:
    """An instrument as a file; raises NotAllowed where it cannot be written so."""
    if form is FileForm.XLSFORM:
        return writer.write(instrument)
    found = yaml_writer.write(instrument)
    if found is None:
        raise NotAllowed(Refused(DraftRefusal.NOT_IN_YAML))
    return found


def name_of(edition: Edition, form: FileForm) -> str:
    """What the file of an edition is called: its instrument, edition and version."""
    version = f"-v{edition.version}" if edition.version > 1 else ""
    return f"{edition.instrument}-{edition.edition}{version}.{ENDINGS[form]}"


def is_form(file_name: str) -> bool:
    """Whether a file of this name is taken in: a workbook or YAML."""
    return file_name.lower().endswith((".xlsx", ".yaml", ".yml"))


ENDINGS = {FileForm.XLSFORM: "xlsx", FileForm.YAML: "yaml"}
