"""Importing published lists of institution codes: every code is kept, and linked where exactly one institution fits.

A list states every code of the prefectures it names. What a newer one lacks, or words otherwise, ends on its day.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
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
    CodeSystem,
    FileRefusal,
    ImportKind,
    ImportStatus,
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
    may_vanish: int | None = None,
    progress: imports.Report | None = None,
) -> ImportRun:
    """Reads a list of institution codes, all of it or nothing; raises BadInput."""
    run = imports.begin_import(ImportKind.CODES, file_name=path.name, by=by, now=now)
    return carry_out_codes(run, path, now=now, as_of=as_of, may_vanish=may_vanish, progress=progress)


def carry_out_codes(
    run: ImportRun,
    path: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    may_vanish: int | None = None,
    progress: imports.Report | None = None,
    is_wanted: imports.Wanted | None = None,
) -> ImportRun:
    """Carries out a waiting import of codes."""

    def work(job: imports.Job) -> None:
        problems, scopes = _survey(job)
        job.begin_writing()
        with transaction.atomic():
            _write(job, problems, scopes, may_vanish)

    return imports.carry_out(run, path, now=now, as_of=as_of, work=work, report=progress, is_wanted=is_wanted)


def _survey(job: imports.Job) -> tuple[list[RowProblem], frozenset[str]]:
    problems: list[RowProblem] = []
    prefectures: set[Prefecture] = set()
    scopes: set[str] = set()
    for row in job.read_through(code_file.read(job.source)):
        problems.extend(row.problems)
        if row.published:
            prefectures.add(row.published.prefecture)
            scopes.add(_scope(row.published.system, row.published.prefecture, row.published.value))
    missing = [code for code in Prefecture if code not in prefectures]
    # A list of one prefecture is whole; one of many that lacks some is not.
    if len(prefectures) > len(missing):
        for code in missing:
            name = PREFECTURES[code].name_ja
            problems.append(RowProblem(0, code_file.COLUMNS[0], code, ProblemReason.PREFECTURE_MISSING, {"name": name}))
    return problems, frozenset(scopes)


def _scope(system: str, prefecture: str, value: str) -> str:
    """What a list states as a whole: a prefecture; with ten digits one fee table (medical, dental, pharmacy) of it."""
    return value[:3] if system == CodeSystem.MEDICAL_INSTITUTION_10 else prefecture


def _write(job: imports.Job, problems: list[RowProblem], scopes: frozenset[str], may_vanish: int | None) -> None:
    job.run.covers = ",".join(sorted(scopes))
    _refuse_older(job, scopes)
    prefectures = {Prefecture(scope[:2]) for scope in scopes}
    known = _known(prefectures, scopes)
    expected = Counter(prefecture for _, prefecture, _ in known)
    matcher = _Matcher(prefectures)
    usable, written = job.run.rows_read - job.run.rows_set_aside, 0
    rows = (row.published for row in code_file.read(job.source) if row.published)
    for chunk in batched(rows, imports.CHUNK):
        _write_chunk(job, chunk, known, matcher)
        written += len(chunk)
        job.wrote(written, usable)
    _end_missing(job, known, expected, may_vanish)
    problems.extend(matcher.doubts)
    problems.sort(key=lambda problem: problem.line)
    job.finish(problems)


def _refuse_older(job: imports.Job, scopes: frozenset[str]) -> None:
    finished = ImportRun.objects.filter(kind=ImportKind.CODES, status=ImportStatus.DONE, as_of__gt=job.as_of)
    for covers, as_of in finished.order_by("-as_of").values_list("covers", "as_of"):
        if as_of and scopes & set(covers.split(",")):
            raise job.source.refused(
                FileRefusal.OLDER_THAN_CODES, as_of=job.as_of.isoformat(), codes_as_of=as_of.isoformat()
            )


def _write_chunk(
    job: imports.Job, chunk: Iterable[PublishedCode], known: dict[_Key, "_Known"], matcher: "_Matcher"
) -> None:
    fresh: list[InstitutionCode] = []
    ended: list[int] = []
    linked: list[InstitutionCode] = []
    for row in chunk:
        # What is left in `known` at the end, the list no longer has.
        before = known.pop((row.system, row.prefecture, row.value), None)
        # A link once made, or mended by hand, is not undone by a list that spells the name otherwise.
        institution_id = (before and before.institution_id) or matcher.institution_of(row)
        job.run.rows_linked += institution_id is not None
        if before is None:
            job.run.rows_added += 1
            fresh.append(_code(job, row, institution_id))
        elif (before.name, before.postal_code, before.address) != (row.name, row.postal_code, row.address):
            job.run.rows_changed += 1
            ended.append(before.id)
            fresh.append(_code(job, row, institution_id))
        elif before.institution_id != institution_id:
            job.run.rows_changed += 1
            linked.append(InstitutionCode(pk=before.id, institution_id=institution_id))
        else:
            job.run.rows_unchanged += 1
    _end(job, ended)
    InstitutionCode.objects.bulk_create(fresh)
    InstitutionCode.objects.bulk_update(linked, ["institution"])


def _end_missing(
    job: imports.Job, left: Mapping[_Key, "_Known"], expected: Mapping[str, int], may_vanish: int | None
) -> None:
    """Ends the codes that the list no longer has; a prefecture that lost many is taken for cut off."""
    missing = Counter(prefecture for _, prefecture, _ in left)
    # Counted by prefecture: the half of one that a broken file lacks is a small share of the nation.
    for prefecture, found in sorted(missing.items()) if may_vanish is None else ():
        known, limit = expected[prefecture], rules.vanishing_limit(expected[prefecture])
        if found > limit:
            name = PREFECTURES[Prefecture(prefecture)].name_ja
            raise job.source.refused(
                FileRefusal.TOO_MANY_CODES_WOULD_END, found=found, known=known, limit=limit, name=name
            )
    if may_vanish is not None and len(left) > may_vanish:
        raise job.source.refused(FileRefusal.MORE_CODES_WOULD_END_THAN_STATED, found=len(left), limit=may_vanish)
    _end(job, [one.id for one in left.values()])
    job.run.rows_vanished = len(left)


def _end(job: imports.Job, code_ids: Iterable[int]) -> None:
    for ids in batched(code_ids, imports.CHUNK):
        InstitutionCode.objects.filter(pk__in=ids).update(valid_until=job.as_of)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of one code before the import."""

    id: int
    institution_id: int | None
    name: str
    postal_code: str
    address: str


def _known(prefectures: set[Prefecture], scopes: frozenset[str]) -> dict[_Key, _Known]:
    systems = (CodeSystem.MEDICAL_INSTITUTION_7, CodeSystem.MEDICAL_INSTITUTION_10)
    valid = InstitutionCode.objects.select_for_update().filter(
        valid_until=None, system__in=systems, prefecture__in=prefectures
    )
    key = ("system", "prefecture", "value")
    rest = ("id", "institution_id", "listed_name", "listed_postal_code", "listed_address")
    return {
        (system, prefecture, value): _Known(*of_it)
        for system, prefecture, value, *of_it in valid.values_list(*key, *rest)
        if _scope(system, prefecture, value) in scopes
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
