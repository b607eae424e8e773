"""OSV 1.x: advisories for packages, in JSON or YAML; ranges are events, written here as VERS of the ecosystem."""

from collections.abc import Iterator
from typing import Any

import yaml

from sonae.prevention.advisories.reading import scores, versions
from sonae.prevention.advisories.reading.fields import CVE, Node, Notes, cut, distinct
from sonae.prevention.advisories.reading.json_text import as_text
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import (
    Advisory,
    DocumentRefusal,
    FaultReason,
    Format,
    ProductStatus,
    Reference,
    Statement,
)

_MOST_YAML_BYTES = 2_000_000


def is_osv(document: Any) -> bool:
    return isinstance(document, dict) and "id" in document and "modified" in document and (
        "affected" in document or "schema_version" in document or "withdrawn" in document or "aliases" in document
    )  # fmt: skip


def load_yaml(raw: bytes) -> Any:
    """YAML with texts only and without references, which a small file could use to become a large value."""
    if len(raw) > _MOST_YAML_BYTES:
        raise Stopped(DocumentRefusal.TOO_LARGE, facts={"most": _MOST_YAML_BYTES // 1_000_000})
    text = as_text(raw)
    try:
        _refuse_tricks(text)
        return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506  (makes texts, lists and mappings, nothing else)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise Stopped(
            DocumentRefusal.NOT_YAML, line=mark.line + 1 if mark else 0, column=mark.column + 1 if mark else 0
        ) from wrong
    except yaml.YAMLError as wrong:
        raise Stopped(DocumentRefusal.NOT_YAML) from wrong
    except RecursionError as wrong:
        raise Stopped(DocumentRefusal.TOO_DEEP) from wrong


def _refuse_tricks(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        mark = event.start_mark
        assert mark is not None, "what was parsed from a text has a place in it"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise Stopped(DocumentRefusal.ENTITIES, line=mark.line + 1, column=mark.column + 1)
        if depth > LIMITS.depth:
            raise Stopped(DocumentRefusal.TOO_DEEP, line=mark.line + 1, column=mark.column + 1)


def read(document: Any, *, limits: Limits = LIMITS) -> Advisory:
    """The advisory; raises `Stopped` where it has no id. The publisher is the database that gave the id (“PYSEC”)."""
    notes = Notes(limits)
    root = Node(document, notes)
    identifier = root["id"].text(most=limits.kept_id)
    if not identifier:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": "/id"})
    known_as = [identifier, *(one.text() for one in root["aliases"]), *(one.text() for one in root["upstream"])]
    cves = distinct(name for name in known_as if CVE.fullmatch(name))
    details = root["details"].text(most=limits.kept_text)
    statements = tuple(dict.fromkeys(one for affected in root["affected"] for one in _of_package(affected, cves)))
    is_withdrawn = bool(root["withdrawn"].text())
    if not statements and not is_withdrawn:
        notes.add(FaultReason.PRODUCTS_MISSING, "/affected")
    updated_at = root["modified"].moment()
    found = [
        scores.of(one["score"].text(), None, notes, one.pointer)
        for holder in (root, *root["affected"]) for one in holder["severity"]
        if one["score"].text().startswith(("CVSS:", "AV:"))
    ]  # fmt: skip
    return Advisory(
        format=Format.OSV,
        publisher=f"OSV {identifier.partition('-')[0][:100]}",
        identifier=identifier,
        revision=root["modified"].text(most=limits.kept_revision, is_needed=True),
        title=root["summary"].text() or cut(details.partition("\n")[0], 200),
        language="en",
        published_at=root["published"].moment(),
        updated_at=updated_at,
        summary=details,
        cves=cves,
        scores=tuple(dict.fromkeys(score for score in found if score)),
        references=tuple(
            Reference(url, one["type"].text()) for one in root["references"] if (url := one["url"].text(most=2_000))
        )[:100],
        statements=statements[: limits.statements],
        faults=notes.all(),
        is_withdrawn=is_withdrawn,
    )  # fmt: skip


def _of_package(affected: Node, cves: tuple[str, ...]) -> Iterator[Statement]:
    package = affected["package"]
    ecosystem, name = package["ecosystem"].text(), package["name"].text(is_needed=True)
    if not name:
        return
    scheme = versions.SCHEMES.get(ecosystem.partition(":")[0].casefold(), "generic")
    texts = list(_ranges(affected, scheme))
    exact = [one.text() for one in affected["versions"]]
    if not texts and exact:
        texts = [versions.among(exact, scheme=scheme)]
    for text in texts or [""]:
        yield Statement(
            # An ecosystem makes nothing: the package has no vendor, its purl says what it is.
            ProductStatus.AFFECTED, "", name, cut(text, affected.notes.limits.kept_version), cves=cves,
            purls=distinct([package["purl"].text()]), where=affected.pointer,
        )  # fmt: skip


def _ranges(affected: Node, scheme: str) -> Iterator[str]:
    for of in affected["ranges"]:
        if of["type"].text() == "GIT":
            # Beside an order of versions the commits say nothing new; alone they cannot be compared.
            if not affected["versions"] and not any(one["type"].text() != "GIT" for one in affected["ranges"]):
                of.notes.add(FaultReason.COMMITS_NOT_COMPARED, of.pointer)
            continue
        parts = [sign for event in of["events"] if (sign := _constraint(event))]
        if [*of["events"]]:
            yield versions.written(parts, scheme=scheme)


def _constraint(event: Node) -> str:
    """An event as a constraint; “introduced: 0” is an open end."""
    for name, relation in (("introduced", ">="), ("fixed", "<"), ("last_affected", "<=")):
        said = event[name].text()
        if said and not (name == "introduced" and said == "0"):
            return versions.sign(relation, said)
    return ""
