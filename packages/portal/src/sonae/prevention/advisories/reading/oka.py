"""MyJVN API 4.0 “OKA”: CSAF 2.1 in a dialect whose versions stand in `jvn_extension`, alone or inside STIX; overviews.

Its documents are not tested as CSAF: their category and several fields are of their own (docs of MyJVN, 2025).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sonae.prevention.advisories.reading import csaf, scores, versions
from sonae.prevention.advisories.reading.fields import Node, Notes, distinct
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

PUBLISHER = "JVN iPedia"
CATEGORY = "myjvn_security_advisory"
_STATUSES = {"affected": ProductStatus.AFFECTED, "unaffected": ProductStatus.NOT_AFFECTED}
_SYSTEMS = {"cvss_v2": ScoreSystem.V2, "cvss_v3": ScoreSystem.V3_0, "cvss_v4": ScoreSystem.V4}


def is_oka(document: Any) -> bool:
    return csaf.is_csaf(document) and document["document"].get("category") == CATEGORY


def refuse_error(status: Any) -> None:
    """Stops at an answer of the service that says it failed, in its own words."""
    if isinstance(status, dict) and str(status.get("retCd", "0")).strip() not in ("0", ""):
        facts: dict[str, str | int] = {
            "code": str(status.get("errCd", ""))[:80],
            "message": str(status.get("errMsg", ""))[:300],
        }
        raise Stopped(DocumentRefusal.SERVICE_ERROR, facts=facts)


def without_the_answer(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what the service says of this one answer: how it was asked, and when."""
    extension = document.get("jvn_extension")
    kept = {name: value for name, value in document.items() if name not in ("$schema", "status", "jvn_extension")}
    if isinstance(extension, dict):
        kept["jvn_extension"] = {name: value for name, value in extension.items() if name != "generator"}
    return kept


def read(document: Any, *, limits: Limits = LIMITS) -> Advisory:
    """The advisory: its head as CSAF has it, its products with the versions of the extension."""
    notes = Notes(limits)
    # The lists of vulnerabilities name no version and repeat what the extension says.
    found = csaf.read(document, limits=limits, notes=notes)
    root = Node(document, notes)
    statements = tuple(_statements(root, found.cves, limits)) or found.statements
    return replace(
        found, format=Format.OKA, publisher=PUBLISHER, statements=statements, faults=notes.all(),
    )  # fmt: skip


def inside_stix(bundle: Any) -> Iterator[Any]:
    """The documents that lie in objects of a STIX bundle."""
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    for one in objects if isinstance(objects, list) else ():
        inner = one.get("VULDEF-Document") if isinstance(one, dict) else None
        yield from inner if isinstance(inner, list) else ()


def overview(entry: Any, notes: Notes) -> Advisory:
    """One entry of an overview or a feed: products and scores, and a version only where a product has one."""
    node = Node(entry, notes)
    identifier = node["id"].text(most=notes.limits.kept_id)
    if not identifier:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": node["id"].pointer})
    metrics = [metric["content"] for metric in node["metrics"]]
    found = [scores.read(holder[name], fallback=system) for holder in metrics for name, system in _SYSTEMS.items()]
    references = [(one["url"].text(most=2_000), one["summary"].text()) for one in node["references"]]
    updated_at = node["modified"].moment()
    return Advisory(
        format=Format.JVNRSS,
        publisher=PUBLISHER,
        identifier=identifier,
        revision=updated_at.isoformat() if updated_at else "",
        title=node["title"].text(is_needed=True),
        language="ja",
        published_at=node["created"].moment(),
        updated_at=updated_at,
        summary=node["summary"].text(most=notes.limits.kept_text),
        cves=distinct(title for _, title in references if title.startswith("CVE-")),
        scores=tuple(dict.fromkeys(score for score in found if score)),
        references=tuple(Reference(url, title) for url, title in references if url),
        statements=tuple(_named(product) for product in node["products"]),
        faults=notes.all(),
    )


def _named(product: Node) -> Statement:
    ids = product["product_ids"]
    named = {one["nameType"].text(): one["value"].text() for one in ids["id_refs"]}
    return Statement(
        ProductStatus.AFFECTED, product["vname"].text(), product["pname"].text(), product["version"].text(),
        cpes=distinct([ids["cpe"].text()]),
        purls=distinct([named.get("purl", "")]),
        hashes=distinct([named.get("sha256", "")]),
        where=product.pointer,
    )  # fmt: skip


def _statements(root: Node, cves: tuple[str, ...], limits: Limits) -> Iterator[Statement]:
    identified = {(one.vendor, one.product): one for one in csaf.products(root).values()}
    for affected in root["jvn_extension"]["affected"]:
        vendor, product = affected["vendor"].text(), affected["product"].text(is_needed=True)
        known = identified.get((vendor, product))
        for version in affected["versions"]:
            status = _STATUSES.get(version["status"].text())
            if status is None:
                root.notes.add(FaultReason.VALUE_UNKNOWN, version["status"].pointer, value=version["status"].text())
                continue
            yield Statement(
                status, vendor, product, _range(version, limits), cves=cves,
                cpes=known.cpes if known else (), purls=known.purls if known else (), where=version.pointer,
            )  # fmt: skip


def _range(version: Node, limits: Limits) -> str:
    """The range in fields where there is one, else the sentence."""
    exact, below, until = (version[name].text() for name in ("version", "lessThan", "lessThanOrEqual"))
    if below or until:
        return versions.between(exact, until or below, high_in=bool(until))
    return version["description"].text(most=limits.kept_version) or exact
