"""Importing published lists of institution codes: every code is kept, and linked where exactly one institution fits."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import transaction

from sonae.core.institutions import code_file, rules
from sonae.core.institutions.models import ImportRun, Institution, InstitutionCode
from sonae.core.institutions.services import imports
from sonae.core.institutions.vocabulary import (
    PREFECTURES,
    ImportKind,
    Prefecture,
    ProblemReason,
    PublishedCode,
    RowProblem,
)

# How many characters of an address (after the prefecture) two lists must share before a shortened name is believed.
_ADDRESS_HEAD = 6
type _Key = tuple[str, ...]


def import_codes(
    path: Path,
    *,
    by: UUID | None,
    now: dt.datetime,
    as_of: dt.date | None = None,
    progress: imports.Report | None = None,
) -> ImportRun:
    """Reads a list of institution codes, all of it or nothing; raises BadInput."""
    run = imports.begin_import(ImportKind.CODES, file_name=path.name, by=by, now=now)
    return carry_out_codes(run, path, now=now, as_of=as_of, progress=progress)


def carry_out_codes(
    run: ImportRun,
    path: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    progress: imports.Report | None = None,
    is_wanted: imports.Wanted | None = None,
) -> ImportRun:
    """Carries out a waiting import of codes."""

    def work(job: imports.Job) -> None:
        problems, prefectures = _survey(job)
        job.begin_writing()
        with transaction.atomic():
            _write(job, problems, prefectures)

    return imports.carry_out(run, path, now=now, as_of=as_of, work=work, report=progress, is_wanted=is_wanted)


def _survey(job: imports.Job) -> tuple[list[RowProblem], set[Prefecture]]:
    problems: list[RowProblem] = []
    prefectures: set[Prefecture] = set()
    for row in job.read_through(code_file.read(job.source)):
        problems.extend(row.problems)
        if row.published:
            prefectures.add(row.published.prefecture)
    missing = [code for code in Prefecture if code not in prefectures]
    # A list of one prefecture is whole; one of many that lacks some is not.
    if len(prefectures) > len(missing):
        for code in missing:
            name = PREFECTURES[code].name_ja
            problems.append(RowProblem(0, code_file.COLUMNS[0], code, ProblemReason.PREFECTURE_MISSING, {"name": name}))
    return problems, prefectures


def _write(job: imports.Job, problems: list[RowProblem], prefectures: set[Prefecture]) -> None:
    known = _known(prefectures)
    matcher = _Matcher(prefectures)
    usable, written = job.run.rows_read - job.run.rows_set_aside, 0
    rows = (row.published for row in code_file.read(job.source) if row.published)
    for chunk in batched(rows, imports.CHUNK):
        fresh: list[InstitutionCode] = []
        changed: list[InstitutionCode] = []
        for row in chunk:
            before = known.get((row.system, row.prefecture, row.value))
            # A link once made, or mended by hand, is not undone by a list that spells the name otherwise.
            institution_id = (before and before.institution_id) or matcher.institution_of(row)
            job.run.rows_linked += institution_id is not None
            if before == _Known(institution_id, row.name, row.postal_code, row.address):
                job.run.rows_unchanged += 1
                continue
            (changed if before else fresh).append(_code(job, row, institution_id))
        InstitutionCode.objects.bulk_create(fresh)
        _replace(changed)
        job.run.rows_added += len(fresh)
        job.run.rows_changed += len(changed)
        written += len(chunk)
        job.wrote(written, usable)
    problems.extend(matcher.doubts)
    problems.sort(key=lambda problem: problem.line)
    job.finish(problems)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of one code before the import."""

    institution_id: int | None
    name: str
    postal_code: str
    address: str


def _known(prefectures: set[Prefecture]) -> dict[_Key, _Known]:
    valid = InstitutionCode.objects.select_for_update().filter(valid_until=None, prefecture__in=prefectures)
    key, rest = ("system", "prefecture", "value"), ("listed_name", "listed_postal_code", "listed_address")
    return {
        (system, prefecture, value): _Known(institution_id, *texts)
        for system, prefecture, value, institution_id, *texts in valid.values_list(*key, "institution_id", *rest)
    }


def _code(job: imports.Job, row: PublishedCode, institution_id: int | None) -> InstitutionCode:
    return InstitutionCode(
        institution_id=institution_id,
        system=row.system,
        prefecture=row.prefecture,
        value=row.value,
        valid_from=job.as_of,
        listed_name=row.name,
        listed_postal_code=row.postal_code,
        listed_address=row.address,
        import_run=job.run,
    )


def _replace(changed: list[InstitutionCode]) -> None:
    for code in changed:
        InstitutionCode.objects.filter(
            system=code.system, prefecture=code.prefecture, value=code.value, valid_until=None
        ).update(
            institution_id=code.institution_id,
            listed_name=code.listed_name,
            listed_postal_code=code.listed_postal_code,
            listed_address=code.listed_address,
            import_run=code.import_run,
        )


class _Matcher:
    """Finds the one institution that a code list means: by prefecture and name, or by shortened name and address."""

    def __init__(self, prefectures: set[Prefecture]) -> None:
        by_name: dict[_Key, list[int]] = defaultdict(list)
        by_place: dict[_Key, list[int]] = defaultdict(list)
        columns = ("id", "prefecture", "name", "address")
        listed = Institution.objects.listed().filter(is_synthetic=False, prefecture__in=prefectures)
        for institution_id, prefecture, name, address in listed.order_by("id").values_list(*columns):
            head = _address_head(address, Prefecture(prefecture))
            by_name[prefecture, rules.search_key(name)].append(institution_id)
            by_place[prefecture, rules.plain_name(name), head].append(institution_id)
        self._by_name: Mapping[_Key, list[int]] = by_name
        self._by_place: Mapping[_Key, list[int]] = by_place
        self.doubts: list[RowProblem] = []

    def institution_of(self, row: PublishedCode) -> int | None:
        head = _address_head(row.address, row.prefecture)
        named = self._by_name.get((row.prefecture, rules.search_key(row.name)), [])
        if len(named) == 1:
            return named[0]
        placed = self._by_place.get((row.prefecture, rules.plain_name(row.name), head), [])
        if len(placed) == 1:
            return placed[0]
        if len(named) > 1:
            facts: dict[str, object] = {"count": len(named)}
            self.doubts.append(
                RowProblem(
                    row.line, code_file.COLUMNS[2], row.name, ProblemReason.CODE_NAMES_SEVERAL, facts,
                    institution_name=row.name,
                )
            )  # fmt: skip
        return None


def _address_head(address: str, prefecture: Prefecture) -> str:
    within = address.strip().removeprefix(PREFECTURES[prefecture].name_ja)
    return rules.search_key(within)[:_ADDRESS_HEAD]
