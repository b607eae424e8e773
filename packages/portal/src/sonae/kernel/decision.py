"""Answers of rules: a refusal is a value that pages, services and the API all show in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from sonae.kernel.errors import NotAllowed

_NO_FACTS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule has nothing against it."""

    @property
    def ok(self) -> Literal[True]:
        return True


@dataclass(frozen=True, slots=True)
class Refused:
    """The rule says no: `reason` names the clause, `facts` fill the holes of its sentence."""

    reason: StrEnum
    facts: Mapping[str, object] = field(default_factory=lambda: _NO_FACTS)

    @property
    def ok(self) -> Literal[False]:
        return False


type Decision = Allowed | Refused

ALLOWED = Allowed()


def first_refusal(*decisions: Decision) -> Decision:
    """The first refusal among `decisions`, else permission."""
    for decision in decisions:
        if isinstance(decision, Refused):
            return decision
    return ALLOWED


def require(decision: Decision) -> None:
    """Lets the caller go on, or raises NotAllowed with the refusal."""
    if isinstance(decision, Refused):
        raise NotAllowed(decision)
