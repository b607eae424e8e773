"""MyJVN API 3.2 “HND” (VULDEF) and JVN's RSS 1.0, in XML without entities.

Both spellings of the namespaces (http and https) are read: elements are known by their local names. An answer without
hits has another root (`Result`) and holds nothing; one that says `retCd="1"` is an error of the service.
"""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from sonae.prevention.advisories.reading import oka, scores
from sonae.prevention.advisories.reading.fields import CVE, Notes, distinct, kept, moment
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import (
    Advisory,
    DocumentRefusal,
    FaultReason,
    Format,
    NotAnAdvisory,
    ProductStatus,
    Reference,
    Score,
    Statement,
)

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_RECORDS = {"VULDEF-Document": "Vulinfo", "RDF": "item"}


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def read(raw: bytes, *, limits: Limits = LIMITS) -> Iterator[tuple[bytes, Advisory | NotAnAdvisory]]:
    """Each record with the advisory in it, once the whole document is known to be well-formed; raises `Stopped`."""
    root = ""
    language, at = "", 0
    found: list[tuple[bytes, Advisory | NotAnAdvisory]] = []
    for event, depth, element in _events(raw, limits):
        name = local(element.tag)
        if event == "start" and depth == 1:
            root, language = name, element.get(_LANGUAGE, "")
        elif event == "end" and depth == 2 and name == "Status":
            oka.refuse_error(element.attrib)
        elif event == "end" and depth == 2 and name == _RECORDS.get(root):
            at += 1
            record = tostring(element, encoding="utf-8")
            reads = _vulinfo if root == "VULDEF-Document" else _item
            found.append((record, reads(element, language, f"{name}[{at}]", limits)))
            element.clear()
    if root not in _RECORDS and root not in ("Result", "feed"):
        raise Stopped(DocumentRefusal.FORMAT_UNKNOWN, facts={"root": root[:80]})
    yield from found or [(raw, NotAnAdvisory(root))]


def _events(raw: bytes, limits: Limits) -> Iterator[tuple[str, int, Element]]:
    depth = 0
    try:
        for event, element in iterparse(io.BytesIO(raw), events=("start", "end"), forbid_dtd=True):
            depth += event == "start"
            if depth > limits.depth:
                raise Stopped(DocumentRefusal.TOO_DEEP, facts={"most": limits.depth})
            if len(element.text or "") > limits.text:
                raise Stopped(DocumentRefusal.TEXT_TOO_LONG, facts={"most": limits.text})
            yield event, depth, element
            depth -= event == "end"
    except DefusedXmlException as refused:
        raise Stopped(DocumentRefusal.ENTITIES) from refused
    except ParseError as wrong:
        line, column = wrong.position
        raise Stopped(DocumentRefusal.NOT_XML, line=line, column=column + 1) from wrong
    except (LookupError, ValueError) as wrong:
        # An encoding that nobody knows, or that expat cannot have in pieces.
        raise Stopped(DocumentRefusal.NOT_UTF8, line=1) from wrong


class _Reader:
    """The children of an element by their local names."""

    def __init__(self, element: Element, notes: Notes, where: str) -> None:
        self.element, self.notes, self.where = element, notes, where

    def all(self, *path: str) -> list["_Reader"]:
        here = [self]
        for name in path:
            here = [
                _Reader(child, self.notes, f"{one.where}/{name}")
                for one in here for child in one.element if local(str(child.tag)) == name
            ]  # fmt: skip
        return here

    def text(self, *path: str, most: int = 0, is_needed: bool = False) -> str:
        for one in self.all(*path):
            if said := "".join(one.element.itertext()).strip():
                return kept(said, self.notes, one.where, most=most)
        if is_needed:
            self.notes.add(FaultReason.FIELD_MISSING, "/".join([self.where, *path]))
        return ""

    def moment(self, *path: str) -> Any:
        return moment(self.text(*path), self.notes, "/".join([self.where, *path]))

    def attribute(self, name: str) -> str:
        return kept(self.element.get(name, ""), self.notes, f"{self.where}/@{name}")


def _vulinfo(element: Element, language: str, where: str, limits: Limits) -> Advisory:
    notes = Notes(limits)
    whole = _Reader(element, notes, where)
    identifier = whole.text("VulinfoID", most=limits.kept_id)
    if not identifier:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": f"{where}/VulinfoID"})
    body = (whole.all("VulinfoData") or [whole])[0]
    related = body.all("Related", "RelatedItem")
    named = [one.text("VulinfoID") for one in related if one.attribute("type") == "advisory"]
    cves = distinct(name for name in named if CVE.fullmatch(name))
    updated_at = body.moment("DateLastUpdated")
    statements = tuple(_affected(body, cves))
    if not statements:
        notes.add(FaultReason.PRODUCTS_MISSING, f"{where}/VulinfoData/Affected")
    return Advisory(
        format=Format.VULDEF,
        publisher=oka.PUBLISHER,
        identifier=identifier,
        revision=updated_at.isoformat() if updated_at else "",
        title=body.text("Title", is_needed=True),
        language=language,
        published_at=body.moment("DateFirstPublished"),
        updated_at=updated_at,
        summary=body.text("VulinfoDescription", "Overview", most=limits.kept_text),
        cves=cves,
        scores=_scores(body),
        remediations=distinct(
            one.text(most=limits.kept_text) for one in body.all("Solution", "SolutionItem", "Description")
        ),
        references=tuple(
            Reference(url, one.text("Title") or one.text("VulinfoID"))
            for one in related if (url := one.text("URL", most=2_000))
        ),
        statements=statements,
        faults=notes.all(),
    )  # fmt: skip


def _affected(body: _Reader, cves: tuple[str, ...]) -> Iterator[Statement]:
    for item in body.all("Affected", "AffectedItem"):
        versions = [one.text(most=body.notes.limits.kept_version) for one in item.all("VersionNumber")]
        for version in [version for version in versions if version] or [""]:
            yield Statement(
                ProductStatus.AFFECTED,
                vendor=item.text("Name", is_needed=True),
                product=item.text("ProductName", is_needed=True),
                version=version,
                cves=cves,
                cpes=distinct(one.text() for one in item.all("Cpe")),
                where=item.where,
            )


def _scores(body: _Reader) -> tuple[Score, ...]:
    found = [
        scores.of(
            one.text("Vector"), _number(one, one.text("Base")), body.notes, one.where, version=one.attribute("version")
        )
        for one in body.all("Impact", "Cvss")
    ]
    return tuple(score for score in found if score)


def _item(element: Element, language: str, where: str, limits: Limits) -> Advisory:
    notes = Notes(limits)
    item = _Reader(element, notes, where)
    identifier = item.text("identifier", most=limits.kept_id)
    if not identifier:
        raise Stopped(DocumentRefusal.ID_MISSING, facts={"where": f"{where}/identifier"})
    updated_at = item.moment("modified") or item.moment("date")
    references = [
        (one.text(most=2_000), one.attribute("id") or one.attribute("title")) for one in item.all("references")
    ]
    cves = distinct(title for _, title in references if CVE.fullmatch(title))
    found = [
        scores.of(
            one.attribute("vector"), _number(one, one.attribute("score")), notes, one.where,
            version=one.attribute("version"),
        )
        for one in item.all("cvss")
    ]  # fmt: skip
    return Advisory(
        format=Format.JVNRSS,
        publisher=oka.PUBLISHER,
        identifier=identifier,
        revision=updated_at.isoformat() if updated_at else "",
        title=item.text("title", is_needed=True),
        language=language,
        published_at=item.moment("issued"),
        updated_at=updated_at,
        summary=item.text("description", most=limits.kept_text),
        cves=cves,
        scores=tuple(score for score in found if score),
        references=tuple(Reference(url, title) for url, title in references if url),
        statements=tuple(
            Statement(
                ProductStatus.AFFECTED, one.attribute("vendor"), one.attribute("product"), cves=cves,
                cpes=distinct([one.text()]), where=one.where,
            )
            for one in item.all("cpe")
        ),
        faults=notes.all(),
    )  # fmt: skip


def _number(one: _Reader, said: str) -> float | None:
    if not said:
        return None
    try:
        found = float(said)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 10:
        one.notes.add(FaultReason.VALUE_UNKNOWN, one.where, value=said)
        return None
    return found
