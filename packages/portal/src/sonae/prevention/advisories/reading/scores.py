"""CVSS scores as publishers give them: the number, the vector, and which version of CVSS it is."""

import re

from sonae.prevention.advisories.reading.fields import Node, Notes
from sonae.prevention.advisories.vocabulary import FaultReason, Score, ScoreSystem

# A vector of the version: metrics and values, nothing else (CVSS 2.0 §2.4, 3.1 §6, 4.0 §7).
_METRICS = re.compile(r"[A-Za-z]{1,3}:[A-Za-z]{1,4}(?:/[A-Za-z]{1,3}:[A-Za-z]{1,5})*")


def read(node: Node, *, cve: str = "", fallback: ScoreSystem | None = None) -> Score | None:
    """A score from an object with `version`, `baseScore` and `vectorString`; None where nothing is in it."""
    if not node:
        return None
    vector = node["vectorString"].text()
    base = node["baseScore"].number(least=0, most=10)
    return of(vector, base, node.notes, node.pointer, version=node["version"].text(), cve=cve, fallback=fallback)


def of(
    vector: str, base: float | None, notes: Notes, where: str, *, version: str = "", cve: str = "",
    fallback: ScoreSystem | None = None,
) -> Score | None:  # fmt: skip
    """A score from its parts. The vector says which version it is, where it says so."""
    if not vector and base is None:
        return None
    system = system_of(vector) or _named(version) or fallback
    if system is None:
        notes.add(FaultReason.VALUE_UNKNOWN, where, value=vector or version)
        return None
    bare = vector.removeprefix(f"CVSS:{system}/").strip("()")
    if vector and not _METRICS.fullmatch(bare):
        notes.add(FaultReason.SCORE_IMPOSSIBLE, where, value=vector)
        vector = ""
    return Score(system, base, vector, cve)


def system_of(vector: str) -> ScoreSystem | None:
    """The version that a vector names; one without a name is CVSS 2.0 if it has that version's metrics."""
    if vector.startswith("CVSS:"):
        return _named(vector[5:8])
    return ScoreSystem.V2 if vector.strip("(").startswith("AV:") and "/Au:" in vector else None


def _named(version: str) -> ScoreSystem | None:
    try:
        return ScoreSystem(version)
    except ValueError:
        return None
