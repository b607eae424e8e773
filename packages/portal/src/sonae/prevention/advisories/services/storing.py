"""One batch of what was read, as rows: looked up together, written together."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sonae.prevention.advisories import engine, models, rules
from sonae.prevention.advisories.reading.dispatch import Record
from sonae.prevention.advisories.vocabulary import (
    Advisory,
    Broken,
    Certainty,
    Counts,
    Exploited,
    Fault,
    FaultReason,
    Likelihood,
    NotAnAdvisory,
    Outcome,
    Statement,
)

COUNTED = (
    "read", "faulty", "repeated", "refused", "unread", "statements", "ranges_read", "ranges_open", "marks",
)  # fmt: skip
_ROWS_AT_ONCE = 500

type Key = tuple[str, str, str]
type Taken = tuple[str, str, str, str, str, str]


@dataclass(slots=True)
class _New:
    """An advisory that is not there yet, its row, and the line that tells of it in the import."""

    found: Advisory
    row: models.Advisory
    line: models.ImportedDocument


def store(run: models.ImportRun, batch: Sequence[tuple[str, Record]], *, now: datetime) -> Counts:
    """Writes a batch inside the caller's transaction; returns what it adds to the counts of the import."""
    counts: Counter[str] = Counter()
    _store_marks([record for _, record in batch], now=now)
    new, outcomes = _sorted_out(run, batch, now=now, counts=counts)
    _keep_raw([record.raw for _, record in batch if isinstance(record.found, Advisory)], new, now=now)
    _decide_currency(new)
    for one in new:
        one.line.fault_count = one.row.fault_count
        one.line.outcome = Outcome.FAULTY if one.row.fault_count else Outcome.READ
    counts.update(Outcome(line.outcome).value for line in outcomes)
    models.Advisory.objects.bulk_create([one.row for one in new], batch_size=_ROWS_AT_ONCE)
    models.AdvisoryCve.objects.bulk_create(
        [models.AdvisoryCve(advisory=one.row, cve=cve) for one in new for cve in one.found.cves],
        batch_size=_ROWS_AT_ONCE,
    )
    _store_statements(new, now=now, counts=counts)
    models.ImportedDocument.objects.bulk_create(outcomes, batch_size=_ROWS_AT_ONCE)
    return Counts(**{name: counts[name] for name in COUNTED})


# -- what becomes of each --


def _sorted_out(
    run: models.ImportRun, batch: Sequence[tuple[str, Record]], *, now: datetime, counts: Counter[str]
) -> tuple[list[_New], list[models.ImportedDocument]]:  # fmt: skip
    digests = [_digest(record) for _, record in batch]
    known = _known(batch, digests)
    new: list[_New] = []
    outcomes: list[models.ImportedDocument] = []
    for at, ((name, record), digest) in enumerate(zip(batch, digests, strict=True), start=run.position + 1):
        found = record.found
        line = models.ImportedDocument(run=run, number=at, name=name[-300:], part=record.part)
        if isinstance(found, (Exploited, Likelihood)):
            counts["marks"] += 1
            continue
        if isinstance(found, Advisory):
            _take(found, record.raw, line, digest, known=known, new=new, now=now)
        else:
            _leave(found, line)
        outcomes.append(line)
    return new, outcomes


def _digest(record: Record) -> str:
    """What an advisory is known again by. A mark has none: its bytes are the whole file, once for each row."""
    return hashlib.sha256(record.said or record.raw).hexdigest() if isinstance(record.found, Advisory) else ""


def _known(batch: Sequence[tuple[str, Record]], digests: Sequence[str]) -> dict[Taken, models.Advisory]:
    """What is there already under one of these digests."""
    wanted = {digest for digest, (_, record) in zip(digests, batch, strict=True) if isinstance(record.found, Advisory)}
    rows = models.Advisory.objects.filter(digest__in=wanted).defer("summary", "scores", "remediations", "references")
    return {
        _taken(row.publisher, row.identifier, row.language, row.revision, row.format, row.digest): row for row in rows
    }


def _taken(*parts: str) -> Taken:
    publisher, identifier, language, revision, of, digest = parts
    return publisher, identifier, language, revision, of, digest


def _take(
    found: Advisory, raw: bytes, line: models.ImportedDocument, digest: str, *, known: dict[Taken, models.Advisory],
    new: list[_New], now: datetime,
) -> None:  # fmt: skip
    line.identifier = found.identifier
    taken = _taken(found.publisher, found.identifier, found.language, found.revision, found.format.value, digest)
    row = known.get(taken)
    if row is not None:
        line.outcome, line.advisory, line.fault_count = Outcome.REPEATED, row, row.fault_count
        return
    row = _row(found, digest, run=line.run, part=line.part, now=now)
    row.document_id = hashlib.sha256(raw).hexdigest()
    known[taken] = row
    new.append(_New(found, row, line))
    line.advisory = row


def _leave(found: Broken | NotAnAdvisory, line: models.ImportedDocument) -> None:
    if isinstance(found, NotAnAdvisory):
        line.outcome, line.reason = Outcome.UNREAD, found.what[:30]
        return
    line.outcome, line.reason = Outcome.REFUSED, found.reason
    line.line, line.column, line.facts = found.line, found.column, dict(found.facts)


def _row(found: Advisory, digest: str, *, run: models.ImportRun, part: str, now: datetime) -> models.Advisory:
    main = rules.main_score(found.scores)
    band = rules.severity(main.base if main else None)
    return models.Advisory(
        format=found.format,
        publisher=found.publisher,
        identifier=found.identifier,
        language=found.language[:40],
        revision=found.revision,
        digest=digest,
        title=found.title,
        summary=found.summary,
        published_at=found.published_at,
        updated_at=found.updated_at,
        taken_at=now,
        run=run,
        part=part,
        is_current=False,
        is_withdrawn=found.is_withdrawn,
        is_medical=found.is_medical,
        base_score=main.base if main else None,
        score_system=main.system if main else "",
        severity=band or "",
        scores=[asdict(score) for score in found.scores],
        remediations=list(found.remediations),
        references=[asdict(reference) for reference in found.references],
        faults=[as_json(fault) for fault in found.faults],
        fault_count=len(found.faults),
    )


def as_json(fault: Fault) -> dict[str, Any]:
    """A fault as it is kept."""
    return {"reason": fault.reason.value, "where": fault.where, "facts": dict(fault.facts)}


def _keep_raw(raws: Iterable[bytes], new: Sequence[_New], *, now: datetime) -> None:
    wanted = {one.row.document_id for one in new}
    kept = {
        digest: models.RawDocument(
            sha256=digest, content=zlib.compress(raw, 6), size_bytes=len(raw), kept_at=now
        )
        for raw in raws if (digest := hashlib.sha256(raw).hexdigest()) in wanted
    }  # fmt: skip
    models.RawDocument.objects.bulk_create(kept.values(), ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)


# -- which revision stands --


def _decide_currency(new: Sequence[_New]) -> None:
    """Of each advisory one revision stands; those that no longer do are let go before the new ones are written."""
    identifiers = {one.row.identifier for one in new}
    rows = models.Advisory.objects.filter(identifier__in=identifiers, is_current=True)
    standing: dict[Key, models.Advisory] = {(row.publisher, row.identifier, row.language): row for row in rows}
    for one in new:
        row = one.row
        key = (row.publisher, row.identifier, row.language)
        before = standing.get(key)
        if before and before.revision == row.revision and before.format == row.format and row.revision:
            _note(one, Fault(FaultReason.SAME_REVISION_CHANGED, facts={"revision": row.revision}))
        if rules.replaces(row.as_revision(), before.as_revision() if before else None):
            if before:
                before.is_current = False
            row.is_current = True
            standing[key] = row
    let_go = [row.pk for row in rows if not row.is_current]
    models.Advisory.objects.filter(pk__in=let_go).update(is_current=False)


def _note(one: _New, fault: Fault) -> None:
    one.row.faults = [*one.row.faults, as_json(fault)]
    one.row.fault_count += 1


# -- product statements and their texts --


def _store_statements(new: Sequence[_New], *, now: datetime, counts: Counter[str]) -> None:
    texts = {statement.version for one in new for statement in one.found.statements if statement.version}
    versions = _versions(texts, now=now, counts=counts)
    rows = [
        _statement(one.row, statement, versions.get(statement.version))
        for one in new for statement in one.found.statements
    ]  # fmt: skip
    models.ProductStatement.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
    counts["statements"] += len(rows)


def _statement(row: models.Advisory, said: Statement, version: models.VersionText | None) -> models.ProductStatement:
    identifiers = {
        name: list(found)
        for name in ("cpes", "purls", "model_numbers", "hashes") if (found := getattr(said, name))
    }  # fmt: skip
    return models.ProductStatement(
        advisory=row, status=said.status, vendor=said.vendor, product=said.product, version=version,
        cves=list(said.cves), identifiers=identifiers, runs_on=list(said.runs_on), where=said.where[:400],
    )  # fmt: skip


def _versions(texts: Iterable[str], *, now: datetime, counts: Counter[str]) -> dict[str, models.VersionText]:
    """A row for each text; those that are new are read by the engine now."""
    by_digest = {digest_of(text): text for text in texts}
    found = _existing(by_digest)
    missing = [models.VersionText(digest=digest, **read_anew(text, now=now))
               for digest, text in by_digest.items() if digest not in found]  # fmt: skip
    if missing:
        models.VersionText.objects.bulk_create(missing, ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)
        found |= _existing({row.digest: row.text for row in missing})
    for row in missing:
        counts["ranges_open" if row.certainty == Certainty.UNREADABLE else "ranges_read"] += 1
    return {text: found[digest] for digest, text in by_digest.items()}


def _existing(by_digest: dict[str, str]) -> dict[str, models.VersionText]:
    digests = list(by_digest)
    found: dict[str, models.VersionText] = {}
    for start in range(0, len(digests), _ROWS_AT_ONCE):
        rows = models.VersionText.objects.filter(digest__in=digests[start : start + _ROWS_AT_ONCE])
        found |= {row.digest: row for row in rows.only("id", "digest")}
    return found


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_anew(text: str, *, now: datetime) -> dict[str, Any]:
    """The columns that say how a text is read."""
    understood = engine.understand(text)
    return {
        "text": text,
        "certainty": understood.certainty,
        "ranges": list(understood.ranges),
        "conditions": list(understood.conditions),
        "part": understood.part[:200],
        "unread": understood.unread or "",
        "edition": engine.EDITION,
        "read_at": now,
    }


# -- marks --


def _store_marks(records: Sequence[Record], *, now: datetime) -> None:
    exploited = {
        found.cve: models.KnownExploited(
            cve=found.cve, vendor=found.vendor, product=found.product, name=found.name, added_on=found.added_on,
            due_on=found.due_on, action=found.action, is_ransomware=found.is_ransomware,
            faults=[as_json(fault) for fault in found.faults], taken_at=now,
        )
        for found in (record.found for record in records) if isinstance(found, Exploited)
    }  # fmt: skip
    models.KnownExploited.objects.bulk_create(
        exploited.values(), update_conflicts=True, unique_fields=["cve"], batch_size=_ROWS_AT_ONCE,
        update_fields=[
            "vendor", "product", "name", "added_on", "due_on", "action", "is_ransomware", "faults", "taken_at",
        ],
    )  # fmt: skip
    _store_likelihoods([record.found for record in records if isinstance(record.found, Likelihood)], now=now)


def _store_likelihoods(told: Sequence[Likelihood], *, now: datetime) -> None:
    """EPSS of a day replaces that of an earlier one, never of a later one."""
    newest = {one.cve: one for one in told}
    rows = models.ExploitLikelihood.objects.filter(cve__in=list(newest), told_on__isnull=False)
    later = {row.cve for row in rows if row.told_on and (day := newest[row.cve].on) and row.told_on > day}
    models.ExploitLikelihood.objects.bulk_create(
        [
            models.ExploitLikelihood(
                cve=one.cve, probability=one.probability, percentile=one.percentile, told_on=one.on, taken_at=now
            )
            for one in newest.values() if one.cve not in later
        ],
        update_conflicts=True, unique_fields=["cve"], batch_size=_ROWS_AT_ONCE,
        update_fields=["probability", "percentile", "told_on", "taken_at"],
    )  # fmt: skip
