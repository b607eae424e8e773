"""CSAF 2.0 and 2.1 (OASIS): the product tree with its statuses, scores and remediations. Tested by `conformance`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sonae.prevention.advisories.reading import cpe as names
from sonae.prevention.advisories.reading import scores
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
    Score,
    ScoreSystem,
    Statement,
)

# `recommended` is advice and no status; it is read with the remediations (CSAF 2.0, 3.2.3.9.6).
STATUSES = {
    "known_affected": ProductStatus.AFFECTED,
    "first_affected": ProductStatus.AFFECTED,
    "last_affected": ProductStatus.AFFECTED,
    "known_not_affected": ProductStatus.NOT_AFFECTED,
    "fixed": ProductStatus.FIXED,
    "first_fixed": ProductStatus.FIXED,
    "under_investigation": ProductStatus.UNDER_INVESTIGATION,
    "unknown": ProductStatus.UNDER_INVESTIGATION,
}
_VERSIONS = frozenset({"product_version", "product_version_range"})
_SYSTEMS = {
    "cvss_v2": ScoreSystem.V2, "cvss_v3": ScoreSystem.V3_1, "cvss_v4": ScoreSystem.V4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the tree: the names on the way to it, and what identifies it."""

    vendor: str
    product: str
    version: str
    where: str
    cpes: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    model_numbers: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    runs_on: tuple[str, ...] = ()


def is_csaf(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("document"), dict)
        and "csaf_version" in document["document"]
    )


def read(document: Any, *, limits: Limits = LIMITS, notes: Notes | None = None) -> Advisory:
    """The advisory of a CSAF document; raises `Stopped` where it has no id, by which it would be known again."""
    root = Node(document, notes := notes or Notes(limits))
    head = root["document"]
    tracking = head["tracking"]
    identifier = tracking["id"].text(most=limits.kept_id)
    if not identifier:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": tracking["id"].pointer})
    found = products(root)
    statements, cves = _statements(root, found, limits)
    if not statements:
        notes.add(FaultReason.PRODUCTS_MISSING, "/product_tree")
    return Advisory(
        format=Format.CSAF,
        publisher=head["publisher"]["name"].text(most=limits.kept_id, is_needed=True),
        identifier=identifier,
        revision=tracking["version"].text(most=limits.kept_revision, is_needed=True),
        title=head["title"].text(is_needed=True),
        language=head["lang"].text(),
        published_at=tracking["initial_release_date"].moment(),
        updated_at=tracking["current_release_date"].moment(),
        summary=_summary(head, limits),
        cves=cves,
        scores=_scores(root),
        remediations=remediations(root, limits),
        references=references(root),
        statements=statements,
        faults=notes.all(),
        is_withdrawn=head["category"].text() == "csaf_withdrawn",
        is_medical=_is_medical(head, identifier),
    )


# -- products --


def products(root: Node) -> dict[str, Product]:
    """Every product that the tree defines, by its id."""
    tree = root["product_tree"]
    found = dict(_of_branches(tree["branches"]))
    for node in tree["full_product_names"]:
        found |= _alone(node)
    for relation in tree["relationships"]:
        found |= _related(relation, found)
    return found


def _of_branches(top: Node) -> Iterator[tuple[str, Product]]:
    waiting: list[tuple[Node, dict[str, str]]] = [(branch, {}) for branch in top]
    waiting.reverse()
    while waiting:
        branch, above = waiting.pop()
        category, name = branch["category"].text(), branch["name"].text(most=branch.notes.limits.kept_version)
        path = above | {("version" if category in _VERSIONS else category): name}
        if branch["product"]:
            product_id = branch["product"]["product_id"].text(is_needed=True)
            if product_id:
                yield product_id, _product(branch["product"], path)
        waiting.extend(reversed([(inner, path) for inner in branch["branches"]]))


def _product(node: Node, path: dict[str, str]) -> Product:
    vendor = path.get("vendor", "")
    if not vendor:
        node.notes.add(FaultReason.VENDOR_MISSING, node.pointer)
    product = path.get("product_name") or path.get("product_family") or node["name"].text(is_needed=True)
    return _identified(node, vendor, product, path.get("version", ""))


def _alone(node: Node) -> dict[str, Product]:
    product_id = node["product_id"].text(is_needed=True)
    if not product_id:
        return {}
    node.notes.add(FaultReason.VENDOR_MISSING, node.pointer)
    return {product_id: _identified(node, "", node["name"].text(is_needed=True), "")}


def _related(relation: Node, known: dict[str, Product]) -> dict[str, Product]:
    """A product on, in or with another: the first with the second as its condition."""
    node = relation["full_product_name"]
    product_id = node["product_id"].text(is_needed=True)
    component = known.get(relation["product_reference"].text())
    beside = known.get(relation["relates_to_product_reference"].text())
    if not product_id:
        return {}
    if component is None:
        relation.notes.add(FaultReason.PRODUCT_NOT_DEFINED, relation["product_reference"].pointer)
        return {product_id: _identified(node, "", node["name"].text(is_needed=True), "")}
    own = _identified(node, component.vendor, component.product, component.version)
    condition = f"{beside.product} {beside.version}".strip() if beside else ""
    return {
        product_id: Product(
            own.vendor, own.product, own.version, own.where,
            own.cpes or component.cpes, own.purls or component.purls,
            own.model_numbers or component.model_numbers, own.hashes or component.hashes,
            runs_on=(condition,) if condition else (),
        )
    }  # fmt: skip


def _identified(node: Node, vendor: str, product: str, version: str) -> Product:
    helper = node["product_identification_helper"]
    hashes = [
        one["value"].text().casefold() for group in helper["hashes"] for one in group["file_hashes"]
    ]  # fmt: skip
    cpe = helper["cpe"].text()
    if cpe and names.read(cpe) is None:
        node.notes.add(FaultReason.VALUE_UNKNOWN, helper["cpe"].pointer, value=cpe)
        cpe = ""
    return Product(
        vendor, product, version, node.pointer,
        cpes=distinct([cpe]),
        # CSAF 2.0 has one, 2.1 several.
        purls=distinct([helper["purl"].text(), *(one.text() for one in helper["purls"])]),
        model_numbers=distinct(one.text() for one in helper["model_numbers"]),
        hashes=distinct(hashes),
    )  # fmt: skip


# -- statements --


def _statements(
    root: Node, known: dict[str, Product], limits: Limits
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:  # fmt: skip
    groups = {
        group["group_id"].text(): [one.text() for one in group["product_ids"]]
        for group in root["product_tree"]["product_groups"]
    }
    assert all(isinstance(ids, list) for ids in groups.values()), "a group is a list"
    said: dict[tuple[str, ProductStatus], list[str]] = {}
    cves: list[str] = []
    for vulnerability in root["vulnerabilities"]:
        cve = vulnerability["cve"].cve()
        cves.append(cve)
        for name, status in STATUSES.items():
            for one in vulnerability["product_status"][name]:
                product_id = one.text()
                if product_id not in known:
                    root.notes.add(FaultReason.PRODUCT_NOT_DEFINED, one.pointer, product_id=product_id)
                elif len(said) < limits.statements or (product_id, status) in said:
                    said.setdefault((product_id, status), []).append(cve)
                else:
                    root.notes.add(FaultReason.TOO_MANY_STATEMENTS, "/vulnerabilities", most=limits.statements)
    return tuple(_statement(known[key], status, of) for (key, status), of in said.items()), distinct(cves)


def _statement(product: Product, status: ProductStatus, cves: list[str]) -> Statement:
    return Statement(
        status=status, vendor=product.vendor, product=product.product, version=product.version, cves=distinct(cves),
        cpes=product.cpes, purls=product.purls, model_numbers=product.model_numbers, hashes=product.hashes,
        runs_on=product.runs_on, where=product.where,
    )  # fmt: skip


# -- the rest --


def _scores(root: Node) -> tuple[Score, ...]:
    found: list[Score | None] = []
    for vulnerability in root["vulnerabilities"]:
        cve = vulnerability["cve"].text()
        objects = [*vulnerability["scores"], *(metric["content"] for metric in vulnerability["metrics"])]
        for holder in objects:
            found += [scores.read(holder[name], cve=cve, fallback=system) for name, system in _SYSTEMS.items()]
    return tuple(dict.fromkeys(score for score in found if score))


def remediations(root: Node, limits: Limits) -> tuple[str, ...]:
    """What to do, each text once."""
    return distinct(
        one["details"].text(most=limits.kept_text)
        for vulnerability in root["vulnerabilities"]
        for one in vulnerability["remediations"]
    )[:50]


def references(root: Node) -> tuple[Reference, ...]:
    """Where more stands, each address once."""
    nodes = [
        *root["document"]["references"],
        *(one for vulnerability in root["vulnerabilities"] for one in vulnerability["references"]),
    ]
    found = {node["url"].text(most=2_000): node["summary"].text() for node in nodes}
    return tuple(Reference(url, title) for url, title in found.items() if url)[:100]


def _summary(head: Node, limits: Limits) -> str:
    texts = {note["category"].text(): note["text"].text(most=limits.kept_text) for note in reversed([*head["notes"]])}
    return texts.get("summary") or texts.get("description") or texts.get("general") or ""


def _is_medical(head: Node, identifier: str) -> bool:
    """ICS Medical Advisories of CISA say so in their number, others in a note that names the sectors."""
    sectors = [note["text"].text(most=2_000) for note in head["notes"] if "sector" in note["title"].text().casefold()]
    return identifier.startswith("ICSMA-") or any("health" in sector.casefold() for sector in sectors)
