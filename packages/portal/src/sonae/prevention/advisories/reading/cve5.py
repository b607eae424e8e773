"""CVE records 5.x: what the numbering authority says, and what CISA adds (ADP); versions in fields or in free text."""

from collections.abc import Iterator
from typing import Any

from sonae.prevention.advisories.reading import cpe as names
from sonae.prevention.advisories.reading import scores, versions
from sonae.prevention.advisories.reading.fields import Node, Notes, cut, distinct
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import (
    Advisory,
    DocumentRefusal,
    FaultReason,
    Format,
    ProductStatus,
    Reference,
    ScoreSystem,
    Statement,
)

PUBLISHER = "CVE"
STATUSES = {
    "affected": ProductStatus.AFFECTED,
    "unaffected": ProductStatus.NOT_AFFECTED,
    "unknown": ProductStatus.UNDER_INVESTIGATION,
}
_METRICS = {
    "cvssV2_0": ScoreSystem.V2, "cvssV3_0": ScoreSystem.V3_0, "cvssV3_1": ScoreSystem.V3_1, "cvssV4_0": ScoreSystem.V4,
}  # fmt: skip
_NOBODY = frozenset({"", "n/a", "unspecified", "unknown"})
# Commits have no order that a list of installed versions could be held against.
_COMMITS = frozenset({"git"})


def is_cve(document: Any) -> bool:
    return isinstance(document, dict) and document.get("dataType") == "CVE_RECORD"


def read(document: Any, *, limits: Limits = LIMITS) -> Advisory:
    """The record; raises `Stopped` where it has no number."""
    notes = Notes(limits)
    root = Node(document, notes)
    head, cna = root["cveMetadata"], root["containers"]["cna"]
    cve = head["cveId"].cve()
    if not cve:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": head["cveId"].pointer})
    containers = [cna, *root["containers"]["adp"]]
    described = _described(cna, limits)
    updated_at = head["dateUpdated"].moment()
    is_withdrawn = head["state"].text() == "REJECTED"
    statements = _statements(containers, cve, limits)
    if not statements and not is_withdrawn:
        notes.add(FaultReason.PRODUCTS_MISSING, "/containers/cna/affected")
    return Advisory(
        format=Format.CVE_5,
        publisher=PUBLISHER,
        identifier=cve,
        revision=updated_at.isoformat() if updated_at else "",
        title=cna["title"].text() or cut(described, 200),
        language=_language(cna),
        published_at=head["datePublished"].moment(),
        updated_at=updated_at,
        summary=described,
        cves=(cve,),
        scores=tuple(
            dict.fromkeys(
                score
                for container in containers
                for metric in container["metrics"]
                for name, system in _METRICS.items()
                if (score := scores.read(metric[name], cve=cve, fallback=system))
            )
        ),
        remediations=distinct(
            one["value"].text(most=limits.kept_text) for kind in ("solutions", "workarounds") for one in cna[kind]
        ),
        references=_references(containers),
        statements=statements,
        faults=notes.all(),
        is_withdrawn=is_withdrawn,
    )


def _described(cna: Node, limits: Limits) -> str:
    nodes = [*cna["descriptions"], *cna["rejectedReasons"]]
    texts = {one["lang"].text().casefold(): one["value"].text(most=limits.kept_text) for one in nodes}
    return texts.get("en") or texts.get("en-us") or next(iter(texts.values()), "")


def _language(cna: Node) -> str:
    return next((one["lang"].text() for one in cna["descriptions"]), "")


def _references(containers: list[Node]) -> tuple[Reference, ...]:
    found = {one["url"].text(most=2_000): one["name"].text() for box in containers for one in box["references"]}
    return tuple(Reference(url, title) for url, title in found.items() if url)[:100]


def _statements(containers: list[Node], cve: str, limits: Limits) -> tuple[Statement, ...]:
    """What the authority says of its products; where it names none, what CISA added."""
    for container in containers:
        found = list(
            dict.fromkeys(one for affected in container["affected"] for one in _of_product(affected, cve, limits))
        )
        if len(found) > limits.statements:
            container.notes.add(FaultReason.TOO_MANY_STATEMENTS, container["affected"].pointer, most=limits.statements)
        if found:
            return tuple(found[: limits.statements])
    return ()


def _of_product(affected: Node, cve: str, limits: Limits) -> Iterator[Statement]:
    vendor = _named(affected["vendor"])
    product = _named(affected["product"]) or affected["packageName"].text()
    cpes = [one.text(most=1_000) for one in affected["cpes"]]
    if not product:
        # "n/a" on "n/a" says that somebody somewhere is affected: the description names them, and nothing else does.
        return
    if not vendor:
        affected.notes.add(FaultReason.VENDOR_MISSING, affected.pointer)
    for status, text, where in _versions(affected):
        yield Statement(
            status, vendor, product, cut(text, limits.kept_version), cves=(cve,),
            cpes=distinct(cpe for cpe in cpes if names.read(cpe)), purls=distinct([affected["packageURL"].text()]),
            where=where,
        )  # fmt: skip


def _named(node: Node) -> str:
    said = node.text()
    return "" if said.casefold() in _NOBODY else said


def _versions(affected: Node) -> Iterator[tuple[ProductStatus, str, str]]:
    otherwise = affected["defaultStatus"].text()
    told = [*affected["versions"]]
    for version in told:
        for status, text in _ranges(version):
            yield status, text, version.pointer
    if otherwise == "affected":
        # All versions that are not named are affected (schema of CVE 5.1, defaultStatus).
        yield ProductStatus.AFFECTED, versions.EVERY, affected["defaultStatus"].pointer
    elif not told:
        yield STATUSES.get(otherwise, ProductStatus.AFFECTED), "", affected.pointer


def _ranges(version: Node) -> Iterator[tuple[ProductStatus, str]]:
    """One entry as texts: free text as it is, a range as VERS, cut where its status changes."""
    status = STATUSES.get(version["status"].text())
    if status is None:
        version.notes.add(FaultReason.VALUE_UNKNOWN, version["status"].pointer, value=version["status"].text())
        return
    most = version.notes.limits.kept_version
    low = version["version"].text(most=most)
    below, until = version["lessThan"].text(most=most), version["lessThanOrEqual"].text(most=most)
    kind = version["versionType"].text().casefold()
    if kind in _COMMITS:
        version.notes.add(FaultReason.COMMITS_NOT_COMPARED, version.pointer)
        return
    changes = [(one["at"].text(), STATUSES.get(one["status"].text())) for one in version["changes"]]
    if not below and not until and not changes:
        yield status, low
        return
    if " " in (below + until) or "<" in low or ">" in low:
        # Prose in the fields of a range: together it is a text for people.
        yield status, " ".join(filter(None, [low, f"< {below}" if below else "", f"<= {until}" if until else ""]))
        return
    scheme = versions.SCHEMES.get(kind, "generic")
    for at, then in changes:
        if at and then is not None:
            yield status, versions.between(low, at, scheme=scheme)
            low, status = at, then
    yield status, versions.between(low, until or below, high_in=bool(until), scheme=scheme)
