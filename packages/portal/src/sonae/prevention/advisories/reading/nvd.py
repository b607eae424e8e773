"""NVD: one record of the API 2.0 or of a feed 1.1. Products are CPE names, versions stand in them or beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sonae.prevention.advisories.reading import cpe as names
from sonae.prevention.advisories.reading import scores, versions
from sonae.prevention.advisories.reading.fields import Node, Notes, cut
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

PUBLISHER = "NVD"
_METRICS = {
    "cvssMetricV2": ScoreSystem.V2, "cvssMetricV30": ScoreSystem.V3_0,
    "cvssMetricV31": ScoreSystem.V3_1, "cvssMetricV40": ScoreSystem.V4,
}  # fmt: skip
_REJECTED = ("** REJECT **", "Rejected reason:")


@dataclass(slots=True)
class _Said:
    """What the matches of one product say: exact versions, and ranges."""

    cpe: names.Cpe
    where: str
    exact: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)


def read_2_0(record: Any, *, limits: Limits = LIMITS) -> Advisory:
    """A member of `vulnerabilities`; raises `Stopped` where it has no number."""
    notes = Notes(limits)
    node = Node(record, notes)["cve"]
    cve = _number(node["id"])
    described = _described(node["descriptions"], limits)
    found = [
        scores.read(metric["cvssData"], cve=cve, fallback=system)
        for name, system in _METRICS.items()
        for metric in node["metrics"][name]
    ]
    updated_at = node["lastModified"].moment()
    statements = _statements(_configurations(node["configurations"]), cve, limits, notes)
    return Advisory(
        format=Format.NVD_2_0,
        publisher=PUBLISHER,
        identifier=cve,
        revision=updated_at.isoformat() if updated_at else "",
        title=cut(described, 200),
        language="en",
        published_at=node["published"].moment(),
        updated_at=updated_at,
        summary=described,
        cves=(cve,),
        scores=_once(found),
        references=_references(node["references"]),
        statements=statements,
        faults=notes.all(),
        is_withdrawn=node["vulnStatus"].text() == "Rejected",
    )


def read_1_1(record: Any, *, limits: Limits = LIMITS) -> Advisory:
    """A member of `CVE_Items`; raises `Stopped` where it has no number."""
    notes = Notes(limits)
    node = Node(record, notes)
    cve = _number(node["cve"]["CVE_data_meta"]["ID"])
    described = _described(node["cve"]["description"]["description_data"], limits)
    found = [
        scores.read(node["impact"]["baseMetricV3"]["cvssV3"], cve=cve, fallback=ScoreSystem.V3_0),
        scores.read(node["impact"]["baseMetricV2"]["cvssV2"], cve=cve, fallback=ScoreSystem.V2),
    ]
    updated_at = node["lastModifiedDate"].moment()
    return Advisory(
        format=Format.NVD_1_1,
        publisher=PUBLISHER,
        identifier=cve,
        revision=updated_at.isoformat() if updated_at else "",
        title=cut(described, 200),
        language="en",
        published_at=node["publishedDate"].moment(),
        updated_at=updated_at,
        summary=described,
        cves=(cve,),
        scores=_once(found),
        references=_references(node["cve"]["references"]["reference_data"]),
        statements=_statements(_trees(node["configurations"]["nodes"]), cve, limits, notes),
        faults=notes.all(),
        is_withdrawn=described.startswith(_REJECTED),
    )


def _number(node: Node) -> str:
    cve = node.cve()
    if not cve:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": node.pointer})
    return cve


def _described(descriptions: Node, limits: Limits) -> str:
    texts = {one["lang"].text(): one["value"].text(most=limits.kept_text) for one in descriptions}
    return texts.get("en") or next(iter(texts.values()), "")


def _references(nodes: Node) -> tuple[Reference, ...]:
    found = {one["url"].text(most=2_000): one["name"].text() or one["source"].text() for one in nodes}
    return tuple(Reference(url, "" if title == url else title) for url, title in found.items() if url)[:100]


def _once(found: Iterable[Score | None]) -> tuple[Score, ...]:
    return tuple(dict.fromkeys(score for score in found if score))


# -- configurations: whose product, and on what --


def _configurations(found: Node) -> Iterator[tuple[list[Node], list[Node]]]:
    """API 2.0: the matches of each configuration that are vulnerable, and those it must run on."""
    for configuration in found:
        matches = [match for node in configuration["nodes"] for match in node["cpeMatch"]]
        yield _parted(matches, is_and=configuration["operator"].text() == "AND")


def _trees(found: Node) -> Iterator[tuple[list[Node], list[Node]]]:
    """Feed 1.1: the same, of a tree whose nodes have children."""
    for top in found:
        matches, waiting = [], [top]
        while waiting:
            node = waiting.pop()
            matches += [*node["cpe_match"]]
            waiting += [*node["children"]]
        yield _parted(matches, is_and=top["operator"].text() == "AND")


def _parted(matches: list[Node], *, is_and: bool) -> tuple[list[Node], list[Node]]:
    vulnerable = [match for match in matches if match["vulnerable"].value is not False]
    # In an OR, what is not vulnerable says nothing about the others.
    return vulnerable, [match for match in matches if match["vulnerable"].value is False] if is_and else []


def _statements(
    configurations: Iterable[tuple[list[Node], list[Node]]], cve: str, limits: Limits, notes: Notes
) -> tuple[Statement, ...]:  # fmt: skip
    found: list[Statement] = []
    for vulnerable, beside in configurations:
        runs_on = _named(beside)
        for said in _by_product(vulnerable).values():
            texts = [*([versions.among(said.exact)] if said.exact else []), *dict.fromkeys(said.ranges)]
            found += [
                Statement(
                    ProductStatus.AFFECTED,
                    cut(said.cpe.vendor, limits.kept_name),
                    cut(said.cpe.product, limits.kept_name),
                    cut(text, limits.kept_version),
                    cves=(cve,), cpes=(said.cpe.whole,), runs_on=runs_on, where=said.where,
                )
                for text in texts
            ]  # fmt: skip
    found = list(dict.fromkeys(found))
    if len(found) > limits.statements:
        notes.add(FaultReason.TOO_MANY_STATEMENTS, "/configurations", most=limits.statements)
    return tuple(found[: limits.statements])


def _named(matches: list[Node]) -> tuple[str, ...]:
    found = [names.read(_uri(match).value or "") for match in matches if isinstance(_uri(match).value, str)]
    return tuple(dict.fromkeys(f"{one.vendor} {one.product}" for one in found if one))[:50]


def _uri(match: Node) -> Node:
    return match["criteria"] or match["cpe23Uri"]


def _by_product(matches: list[Node]) -> dict[str, _Said]:
    found: dict[str, _Said] = {}
    for match in matches:
        uri = _uri(match).text(most=1_000, is_needed=True)
        cpe = names.read(uri) if uri else None
        if cpe is None:
            if uri:
                match.notes.add(FaultReason.VALUE_UNKNOWN, _uri(match).pointer, value=uri)
            continue
        said = found.setdefault(cpe.whole, _Said(cpe, match.pointer))
        ends = [match[f"version{side}{how}"].text() for side in ("Start", "End") for how in ("Including", "Excluding")]
        if any(ends):
            low_in, low_out, high_in, high_out = ends
            said.ranges.append(
                versions.between(low_in or low_out, high_in or high_out, low_in=bool(low_in), high_in=bool(high_in))
            )
        elif cpe.version == "*":
            said.ranges.append(versions.EVERY)
        elif cpe.version == "-":
            # "Not applicable": the product has no versions that anybody counts (NIST IR 7695, 5.3.1).
            said.ranges.append("")
        else:
            said.exact.append(cpe.version)
    return found
