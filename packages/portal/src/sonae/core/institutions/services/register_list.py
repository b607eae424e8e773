"""Importing the published register: new rows are added, changed rows change, missing rows are marked, none is lost."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import transaction

from sonae.core.institutions import editions, register_file, rules
from sonae.core.institutions.models import BedCount, FormerName, ImportRun, Institution, InstitutionChange, Jurisdiction
from sonae.core.institutions.services import changes, imports
from sonae.core.institutions.services.jurisdictions import ensure_jurisdictions
from sonae.core.institutions.vocabulary import (
    BedSource,
    ChangedField,
    FileRefusal,
    ImportKind,
    ImportStatus,
    InstitutionKind,
    InstitutionStatus,
    ProblemReason,
    PublishedInstitution,
    RowProblem,
)

_FROM_LIST = [
    "kind", "name", "name_kana", "short_name", "name_latin", "prefecture", "municipality", "jurisdiction", "address",
    "latitude", "longitude", "website", "licensed_beds", "licensed_beds_as_of", "vanished_on", "published_digest",
    "search_text", "published_at",
]  # fmt: skip
_BED_FIELDS = [
    "total", "general", "convalescent", "convalescent_medical", "convalescent_nursing", "psychiatric", "tuberculosis",
    "infectious",
]  # fmt: skip


def import_register(
    path: Path,
    *,
    by: UUID | None,
    now: dt.datetime,
    as_of: dt.date | None = None,
    may_vanish: int | None = None,
    progress: imports.Report | None = None,
) -> ImportRun:
    """Reads the ministry's list of institutions into the register, all of it or nothing; raises BadInput."""
    run = imports.begin_import(ImportKind.REGISTER, file_name=path.name, by=by, now=now)
    return carry_out_register(run, path, now=now, as_of=as_of, may_vanish=may_vanish, progress=progress)


def carry_out_register(
    run: ImportRun,
    path: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    may_vanish: int | None = None,
    progress: imports.Report | None = None,
    is_wanted: imports.Wanted | None = None,
) -> ImportRun:
    """Carries out a waiting import of the register."""

    def work(job: imports.Job) -> None:
        survey = _survey(job)
        job.begin_writing()
        with transaction.atomic():
            _write(job, survey, may_vanish)

    return imports.carry_out(run, path, now=now, as_of=as_of, work=work, report=progress, is_wanted=is_wanted)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the first reading found: the second one writes only if the first reached the end."""

    kinds: frozenset[InstitutionKind]
    problems: list[RowProblem]
    usable: int


def _survey(job: imports.Job) -> _Survey:
    problems: list[RowProblem] = []
    kinds: set[InstitutionKind] = set()
    lines_by_name: dict[str, list[int]] = defaultdict(list)
    for row in job.read_through(register_file.read(job.source)):
        problems.extend(row.problems)
        if row.published:
            kinds.add(row.published.kind)
            lines_by_name[row.published.name].append(row.line)
    for name, lines in lines_by_name.items():
        if len(lines) > 1:
            facts: dict[str, object] = {"count": len(lines), "lines": lines}
            problems.append(
                RowProblem(lines[0], register_file.NAME, name, ProblemReason.NAME_SHARED, facts, institution_name=name)
            )
    problems.sort(key=lambda problem: problem.line)
    usable = job.run.rows_read - job.run.rows_set_aside
    if not usable:
        raise job.source.refused(FileRefusal.FILE_EMPTY)
    return _Survey(frozenset(kinds), problems, usable)


@dataclass(slots=True)
class _Known:
    """What the register holds of one institution before the import."""

    id: int
    digest: str
    kind: str
    name: str
    name_kana: str
    listed_on: dt.date
    vanished_on: dt.date | None
    published_at: dt.datetime | None
    prefecture: str
    municipality: str
    jurisdiction_id: int
    address: str
    seen: bool = False

    def state(self, codes: Mapping[int, str]) -> changes.State:
        return changes.State(
            self.kind,
            self.prefecture,
            self.municipality,
            codes[self.jurisdiction_id],
            self.address,
            changes.status_of(self.vanished_on),
        )


type _Changed = tuple[Institution, PublishedInstitution, _Known, changes.State]


def _write(job: imports.Job, survey: _Survey, may_vanish: int | None) -> None:
    run = job.run
    run.covers = ",".join(sorted(survey.kinds))
    _refuse_older(job, survey)
    bodies = ensure_jurisdictions()
    cities = rules.jurisdiction_codes(editions.jurisdictions().jurisdictions)
    known = _known()
    written = 0
    for chunk in batched(_published(job), imports.CHUNK):
        added, changed = [], []
        for row in chunk:
            digest = _digest(row)
            before = known.get(row.register_code)
            if before:
                before.seen = True
            if before and before.digest == digest and before.vanished_on is None:
                run.rows_unchanged += 1
                continue
            code = rules.inspected_by(row.municipality, prefecture=row.prefecture, cities=cities)
            institution = institution_from(
                row, jurisdiction_id=bodies[code], as_of=job.as_of, digest=digest, is_synthetic=False,
                published_at=(before and before.published_at) or job.now,
            )  # fmt: skip
            if before:
                institution.listed_on = before.listed_on
                changed.append((institution, row, before, changes.state_of(institution, jurisdiction=code)))
            else:
                added.append((institution, row))
        _add(job, added)
        _change(job, changed)
        written += len(chunk)
        job.wrote(written, survey.usable)
    _mark_vanished(job, survey, known.values(), may_vanish)
    job.finish(survey.problems)


def _published(job: imports.Job) -> Iterator[PublishedInstitution]:
    return (row.published for row in register_file.read(job.source) if row.published)


def _refuse_older(job: imports.Job, survey: _Survey) -> None:
    for covers, as_of in ImportRun.objects.filter(kind=ImportKind.REGISTER, status=ImportStatus.DONE).values_list(
        "covers", "as_of"
    ):
        if as_of and as_of > job.as_of and survey.kinds & set(covers.split(",")):
            raise job.source.refused(
                FileRefusal.OLDER_THAN_REGISTER, as_of=job.as_of.isoformat(), register_as_of=as_of.isoformat()
            )


def _known() -> dict[str, _Known]:
    columns = (
        "register_code", "id", "published_digest", "kind", "name", "name_kana", "listed_on", "vanished_on",
        "published_at", "prefecture", "municipality", "jurisdiction_id", "address",
    )  # fmt: skip
    # The rows stay locked until the import commits, so a change by hand waits for it instead of being lost.
    rows = Institution.objects.select_for_update().filter(is_synthetic=False).order_by("id")
    return {code: _Known(*rest) for code, *rest in rows.values_list(*columns)}


def _digest(row: PublishedInstitution) -> str:
    return hashlib.sha256(repr(astuple(row)[1:]).encode()).hexdigest()


def institution_from(
    row: PublishedInstitution,
    *,
    jurisdiction_id: int,
    as_of: dt.date,
    digest: str,
    is_synthetic: bool,
    published_at: dt.datetime | None,
) -> Institution:
    """The unsaved register row of a published one."""
    texts = (row.name, row.name_kana, row.short_name, row.name_latin, row.address, row.register_code)
    return Institution(
        register_code=row.register_code,
        kind=row.kind,
        name=row.name,
        name_kana=row.name_kana,
        short_name=row.short_name,
        name_latin=row.name_latin,
        prefecture=row.prefecture,
        municipality=row.municipality,
        jurisdiction_id=jurisdiction_id,
        address=row.address,
        latitude=row.latitude,
        longitude=row.longitude,
        website=row.website,
        licensed_beds=row.beds.total,
        licensed_beds_as_of=as_of if row.beds.total is not None else None,
        is_synthetic=is_synthetic,
        listed_on=as_of,
        vanished_on=None,
        published_digest=digest,
        published_at=published_at,
        search_text="|".join(map(rules.search_key, texts)),
    )


def _bed_count(job: imports.Job, institution_id: int, row: PublishedInstitution) -> BedCount:
    return BedCount(
        institution_id=institution_id,
        as_of=job.as_of,
        source=BedSource.REGISTER_FILE,
        import_run=job.run,
        recorded_at=job.now,
        **{name: getattr(row.beds, name) for name in _BED_FIELDS},
    )


def _add(job: imports.Job, added: list[tuple[Institution, PublishedInstitution]]) -> None:
    Institution.objects.bulk_create([institution for institution, _ in added])
    BedCount.objects.bulk_create(
        [_bed_count(job, institution.pk, row) for institution, row in added if rules.counts_beds(row.kind)]
    )
    job.run.rows_added += len(added)


def _change(job: imports.Job, changed: list[_Changed]) -> None:
    codes = dict(Jurisdiction.objects.values_list("pk", "code")) if changed else {}
    newest = _newest_bed_counts([before.id for _, _, before, _ in changed])
    counts, names = [], []
    for institution, row, before, _ in changed:
        if (before.name, before.name_kana) != (row.name, row.name_kana):
            names.append(
                FormerName(
                    institution_id=before.id,
                    name=before.name,
                    name_kana=before.name_kana,
                    replaced_on=job.as_of,
                )
            )
        count = newest.get(before.id)
        if count and count.as_of > job.as_of:
            # Somebody stated the beds as of a later day than this list does: what they said stays.
            institution.licensed_beds, institution.licensed_beds_as_of = count.total, count.as_of
        elif count and count.beds() == row.beds:
            institution.licensed_beds_as_of = count.as_of if count.total is not None else None
        elif rules.counts_beds(row.kind):
            counts.append(_bed_count(job, before.id, row))
    # The code decides which row is meant; naming the id as well would make two conflicts out of one.
    Institution.objects.bulk_create(
        [institution for institution, *_ in changed],
        update_conflicts=True,
        unique_fields=["register_code"],
        update_fields=_FROM_LIST,
    )
    FormerName.objects.bulk_create(names)
    InstitutionChange.objects.bulk_create(
        change
        for _, _, before, after in changed
        for change in changes.differences(
            before.id, before.state(codes), after, as_of=job.as_of, now=job.now, run=job.run
        )
    )
    BedCount.objects.bulk_create(
        counts,
        update_conflicts=True,
        unique_fields=["institution", "as_of"],
        update_fields=[*_BED_FIELDS, "source", "import_run", "recorded_at"],
    )
    job.run.rows_changed += len(changed)


def _newest_bed_counts(institution_ids: list[int]) -> dict[int, BedCount]:
    # Ascending, so that the last one of each institution stays.
    rows = BedCount.objects.filter(institution_id__in=institution_ids).order_by("as_of")
    return {count.institution_id: count for count in rows}


def _mark_vanished(job: imports.Job, survey: _Survey, known: Iterable[_Known], may_vanish: int | None) -> None:
    expected = [one for one in known if one.kind in survey.kinds and one.digest and one.vanished_on is None]
    missing = [one.id for one in expected if not one.seen]
    limit = rules.vanishing_limit(len(expected)) if may_vanish is None else may_vanish
    if len(missing) > limit:
        raise job.source.refused(
            FileRefusal.TOO_MANY_WOULD_VANISH, found=len(missing), known=len(expected), limit=limit
        )
    for ids in batched(missing, imports.CHUNK):
        Institution.objects.filter(pk__in=ids).update(vanished_on=job.as_of)
        InstitutionChange.objects.bulk_create(
            InstitutionChange(
                institution_id=institution_id,
                field=ChangedField.STATUS,
                before=InstitutionStatus.LISTED,
                after=InstitutionStatus.VANISHED,
                as_of=job.as_of,
                import_run=job.run,
                recorded_at=job.now,
            )
            for institution_id in ids
        )
    job.run.rows_vanished = len(missing)
