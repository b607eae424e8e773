"""How urgent it is, by the deployer's tree of SSVC (CERT/CC, Deployer Patch Application Priority 1.0.0).

KEV and EPSS say how far attacks have come, the ledger says what reaches the device and what the clinic needs it for,
the CVSS vector says whether it can be done to all at once. What is not known is taken as the worse of the two usual
cases and said so: an unknown way to the device as controlled, an unknown use as high. The CVSS score alone orders what
is equally urgent.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sonae.prevention.exposure.vocabulary import (
    Automatable,
    Because,
    Exploitation,
    Ground,
    HumanImpact,
    Judged,
    Known,
    Priority,
    Reach,
    SystemExposure,
)

# From this probability on, an exploit is expected within thirty days as it is of what has a public proof of concept.
# Sonae's own value (to be confirmed): FIRST names no threshold.
LIKELY_FROM: Final = 0.1

_OUTCOMES: Final = dict(zip("dsoi", Priority, strict=True))
# One letter for each human impact, from low to very high.
_TREE: Final = {
    (Exploitation.NONE, SystemExposure.SMALL): ("ddss", "dsss"),
    (Exploitation.NONE, SystemExposure.CONTROLLED): ("dsss", "ssss"),
    (Exploitation.NONE, SystemExposure.OPEN): ("dsss", "ssso"),
    (Exploitation.PUBLIC_POC, SystemExposure.SMALL): ("dsss", "ssss"),
    (Exploitation.PUBLIC_POC, SystemExposure.CONTROLLED): ("dsss", "ssso"),
    (Exploitation.PUBLIC_POC, SystemExposure.OPEN): ("ssso", "ssoo"),
    (Exploitation.ACTIVE, SystemExposure.SMALL): ("ssoo", "sooo"),
    (Exploitation.ACTIVE, SystemExposure.CONTROLLED): ("ssoo", "oooo"),
    (Exploitation.ACTIVE, SystemExposure.OPEN): ("sooi", "ooii"),
}

# How long until it has to be settled, from when it became known. Sonae's own values (to be confirmed): neither SSVC nor
# the ministry's texts name days; what is deferred is owed by nobody.
SETTLED_WITHIN: Final = {
    Priority.IMMEDIATE: timedelta(days=2),
    Priority.OUT_OF_CYCLE: timedelta(days=14),
    Priority.SCHEDULED: timedelta(days=90),
}

_EXPOSURES: Final = {
    Reach.INTERNET: (SystemExposure.OPEN, Ground.REACHED_FROM_INTERNET),
    Reach.VENDOR_LINK: (SystemExposure.CONTROLLED, Ground.REACHED_BY_VENDOR),
    Reach.INSIDE: (SystemExposure.SMALL, Ground.REACHED_FROM_INSIDE),
    Reach.UNKNOWN: (SystemExposure.CONTROLLED, Ground.REACH_UNKNOWN),
}
_EVERYBODY_AT_ONCE: Final = {"AV": "N", "AC": "L", "PR": "N", "UI": "N"}


def outcome(
    exploitation: Exploitation, exposure: SystemExposure, automatable: Automatable, impact: HumanImpact
) -> Priority:
    """The outcome of the deployer's tree."""
    row = _TREE[exploitation, exposure][automatable is Automatable.YES]
    return _OUTCOMES[row[list(HumanImpact).index(impact)]]


def judge(known: Known) -> Judged:
    """How urgent one vulnerability is on one device, with a ground for each value that decided."""
    exploitation, attacked = _exploitation(known)
    exposure, reached = _EXPOSURES[known.reach]
    automatable, at_once = _automatable(known.vector)
    impact = known.impact or HumanImpact.HIGH
    depends = Ground.CLINIC_DEPENDS if known.impact else Ground.CLINIC_DEPENDENCE_UNKNOWN
    return Judged(
        outcome(exploitation, exposure, automatable, impact), exploitation, exposure, automatable, impact,
        (attacked, Because(reached), Because(at_once), Because(depends, {"impact": impact}), _severity(known)),
    )  # fmt: skip


def order(judged: Judged, known: Known) -> tuple[int, int, float, float]:
    """What comes first among what an institution has to do, for sorting: the most urgent has the smallest value.

    Within one outcome: what is attacked before what is not, then the likelier (EPSS), then the graver (CVSS).
    """
    return (
        -list(Priority).index(judged.priority), -list(Exploitation).index(judged.exploitation),
        -(known.epss or 0.0), -(known.score or 0.0),
    )  # fmt: skip


def most_urgent(judged: Iterable[Judged]) -> Judged:
    """What decides for an advisory with several vulnerabilities: the most urgent; the first of equals."""
    return max(judged, key=lambda one: list(Priority).index(one.priority))


def _exploitation(known: Known) -> tuple[Exploitation, Because]:
    if known.kev_since is not None:
        return Exploitation.ACTIVE, Because(Ground.EXPLOITED, {"since": known.kev_since})
    if known.epss is not None and known.epss >= LIKELY_FROM:
        return Exploitation.PUBLIC_POC, Because(Ground.LIKELY_EXPLOITED, {"epss": known.epss})
    return Exploitation.NONE, Because(Ground.NOT_KNOWN_EXPLOITED)


def _automatable(vector: str) -> tuple[Automatable, Ground]:
    """By what CISA says of it: over the network, without effort, without rights, without anybody's help."""
    parts = dict(part.split(":", 1) for part in vector.split("/") if ":" in part)
    if not parts.keys() >= _EVERYBODY_AT_ONCE.keys():
        return Automatable.NO, Ground.AUTOMATABLE_UNKNOWN
    needs_luck = parts.get("AT", "N") != "N"
    if needs_luck or any(parts[name] != value for name, value in _EVERYBODY_AT_ONCE.items()):
        return Automatable.NO, Ground.NOT_AUTOMATABLE
    return Automatable.YES, Ground.AUTOMATABLE


def _severity(known: Known) -> Because:
    return Because(Ground.SEVERITY_UNKNOWN) if known.score is None else Because(Ground.SEVERITY, {"score": known.score})
