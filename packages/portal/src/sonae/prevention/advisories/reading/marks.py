"""What is said of vulnerabilities and of no product: CISA's catalogue of exploited ones (KEV), and EPSS of FIRST."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from sonae.prevention.advisories.reading.fields import CVE, Node, Notes
from sonae.prevention.advisories.reading.json_text import as_text
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import Broken, DocumentRefusal, Exploited, FaultReason, Likelihood

_DATED = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")
_SCORE_DATE = re.compile(r"score_date:\s*(20\d\d-\d\d-\d\d)")


def is_kev(document: Any) -> bool:
    return isinstance(document, dict) and "vulnerabilities" in document and "catalogVersion" in document


def kev(document: Any, *, limits: Limits = LIMITS) -> Iterator[Exploited | Broken]:
    """The entries of the catalogue in JSON; one without a number is refused alone."""
    for at, entry in enumerate(document["vulnerabilities"] if isinstance(document["vulnerabilities"], list) else ()):
        yield _entry(Node(entry, Notes(limits), f"/vulnerabilities/{at}"), line=0)


def kev_rows(raw: bytes, *, limits: Limits = LIMITS) -> Iterator[Exploited | Broken]:
    """The entries of the catalogue in CSV."""
    rows = _rows(as_text(raw), needed={"cveID", "vendorProject", "product", "dateAdded"})
    for line, row in rows:
        yield _entry(Node(row, Notes(limits), ""), line=line)


def _entry(node: Node, *, line: int) -> Exploited | Broken:
    cve = node["cveID"].cve()
    if not cve:
        return Broken(DocumentRefusal.ID_MISSING, line, facts={"where": node["cveID"].pointer})
    added_on, due_on = node["dateAdded"].day(), node["dueDate"].day()
    if added_on and due_on and due_on < added_on:
        node.notes.add(FaultReason.DUE_BEFORE_ADDED, node["dueDate"].pointer)
    return Exploited(
        cve=cve,
        vendor=node["vendorProject"].text(),
        product=node["product"].text(),
        name=node["vulnerabilityName"].text(),
        added_on=added_on,
        due_on=due_on,
        action=node["requiredAction"].text(most=2_000),
        is_ransomware=node["knownRansomwareCampaignUse"].text() == "Known",
        faults=node.notes.all(),
    )


def is_kev_csv(head: str) -> bool:
    return head.startswith("cveID,")


def is_epss(head: str) -> bool:
    first, _, rest = head.partition("\n")
    names = (rest if first.startswith("#") else first).partition("\n")[0].casefold().split(",")
    return "cve" in names and "epss" in names


def epss(raw: bytes, *, name: str = "") -> Iterator[Likelihood | Broken]:
    """The rows of a day. The day stands in a comment before the header; in older files in the name alone."""
    text = as_text(raw)
    on = _day(text[:300], name)
    offset = 0
    if text.startswith("#"):
        text, offset = text.partition("\n")[2], 1
    for line, row in _rows(text, needed={"cve", "epss"}, fold=True):
        cve, probability = str(row["cve"]).strip().upper(), _share(row["epss"])
        percentile = _share(row.get("percentile", row.get("epss percentile", "0")))
        if not CVE.fullmatch(cve):
            yield Broken(DocumentRefusal.ID_MISSING, line + offset)
        elif probability is None or percentile is None:
            yield Broken(DocumentRefusal.NOT_A_NUMBER, line + offset)
        else:
            yield Likelihood(cve, probability, percentile, on)


def _day(head: str, name: str) -> date | None:
    said = _SCORE_DATE.search(head)
    if said:
        return _date(said[1])
    dated = _DATED.search(name)
    return _date(dated[0]) if dated else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _share(said: Any) -> float | None:
    try:
        found = float(said)
    except (TypeError, ValueError):
        return None
    return found if 0 <= found <= 1 else None


def _rows(text: str, *, needed: set[str], fold: bool = False) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip().casefold() if fold else name.strip() for name in next(reader, [])]
        if missing := needed - set(header):
            raise Stopped(DocumentRefusal.NOT_CSV, line=1, facts={"columns": ", ".join(sorted(missing))})
        for row in reader:
            if row:
                yield reader.line_num, dict(zip(header, row, strict=False))
    except csv.Error as wrong:
        raise Stopped(DocumentRefusal.NOT_CSV, line=reader.line_num) from wrong
