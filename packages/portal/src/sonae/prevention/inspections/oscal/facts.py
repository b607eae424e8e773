"""What was found about one institution, from whichever side: a self-check that was handed in, or a closed visit.

Every part has a key of its own inside the assessment; the same keys make the same documents, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Method(StrEnum):
    """How something was observed, in the words of OSCAL."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"
    UNKNOWN = "UNKNOWN"


class RiskStatus(StrEnum):
    """How far the way out of a risk is, in the words of OSCAL."""

    OPEN = "open"
    REMEDIATING = "remediating"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one row of the form was answered, or what was seen of it."""

    key: str
    title: str
    description: str
    method: Method
    collected_at: datetime
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    """What is not there yet, what is advised, and the day by which it will be."""

    key: str
    title: str
    description: str
    statement: str
    advice: str = ""
    due_on: date | None = None
    status: RiskStatus = RiskStatus.OPEN


@dataclass(frozen=True, slots=True)
class Finding:
    """What follows for one row: whether it is so, on which observations that rests, and which risks it leaves.

    `target` is the stable id of the row; `controls` are the names of Sonae's controls that it is about.
    """

    key: str
    title: str
    description: str
    target: str
    is_satisfied: bool
    controls: tuple[str, ...] = ()
    observations: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Institution:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who took part. Whoever makes an assessment leaves out whom its reader may not see."""

    key: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The edition of the form that was asked, and where it comes from."""

    title: str
    source: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One self-check, or one visit, whole. `key` is the same for ever; `changed_at` grows with every change of it."""

    key: str
    title: str
    plan_title: str
    description: str
    language: str
    institution: Institution
    basis: Basis
    begun_at: datetime
    ended_at: datetime
    changed_at: datetime
    version: str
    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]
    risks: tuple[Risk, ...]
    people: tuple[Person, ...] = ()
    # The words of each role that people have here, by its id.
    roles: Mapping[str, str] = field(default_factory=dict)
