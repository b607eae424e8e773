"""How urgent exposures are: what KEV, EPSS, the advisory and the ledger say of them, fetched for many at once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sonae.prevention.advisories.models import Advisory, AdvisoryCve, ExploitLikelihood, KnownExploited
from sonae.prevention.assets.models import Asset
from sonae.prevention.assets.vocabulary import Criticality
from sonae.prevention.exposure import ledger, priority, rules
from sonae.prevention.exposure.models import Exposure, Hit
from sonae.prevention.exposure.vocabulary import Certainty, Judged, Known, Priority

# What a publisher scored by the newer version of CVSS counts before an older one; CVSS 2 has no vector that SSVC asks.
_SYSTEMS = ("3.0", "3.1", "4.0")


class Scale:
    """Everything that decides about some advisories on some assets."""

    def __init__(self, advisories: Collection[UUID], assets: Collection[UUID]) -> None:
        self._advisories = Advisory.objects.only("scores", "base_score").in_bulk(advisories)
        self._named: dict[UUID, list[str]] = {one: [] for one in advisories}
        for advisory_id, cve in AdvisoryCve.objects.filter(advisory__in=advisories).values_list("advisory_id", "cve"):
            self._named[advisory_id].append(cve)
        numbers = {cve for some in self._named.values() for cve in some}
        self._exploited = KnownExploited.objects.only("cve", "added_on", "taken_at").in_bulk(numbers)
        self._likely = ExploitLikelihood.objects.in_bulk(numbers)
        self._assets = Asset.objects.select_related("zone").in_bulk(assets)
        self._around = ledger.surroundings_of(self._assets.values())

    def weigh(self, exposure: Exposure, hits: Iterable[Hit], *, now: datetime) -> bool:
        """Writes onto the row how urgent it is; answers whether that changed. Saves nothing."""
        stated = {cve for hit in hits for cve in hit.statement.cves}
        advisory_id = exposure.notice.advisory_id
        known = [self._known(exposure.asset_id, advisory_id, cve) for cve in self._chosen(advisory_id, stated)]
        judged = [(priority.judge(one), one) for one in known]
        first, decided = min(judged, key=lambda pair: priority.order(*pair))
        return _write(exposure, first, decided, now=now)

    def _chosen(self, advisory_id: UUID, stated: Collection[str]) -> list[str]:
        """The vulnerabilities in question: of the statements that hit, where they name any; an empty one for none."""
        named = self._named[advisory_id]
        return [cve for cve in named if cve in stated] or named or [""]

    def _known(self, asset_id: UUID, advisory_id: UUID, cve: str) -> Known:
        advisory, asset = self._advisories[advisory_id], self._assets[asset_id]
        listed, likely = self._exploited.get(cve), self._likely.get(cve)
        score = _score_of(advisory.scores, cve)
        since = (listed.added_on or listed.taken_at.date()) if listed else None
        return Known(
            kev_since=since, epss=likely.probability if likely else None, vector=str(score.get("vector") or ""),
            score=score.get("base", advisory.base_score), reach=rules.reach_of(self._around[asset_id]),
            impact=rules.impact_of(Criticality(asset.criticality)),
        )  # fmt: skip


def _score_of(scores: Iterable[Mapping[str, Any]], cve: str) -> Mapping[str, Any]:
    """The score of one vulnerability: its own before that of the whole advisory, the newer system before the older."""
    fitting = [one for one in scores if one.get("cve", "") in ("", cve) and one.get("system") in _SYSTEMS]
    return max(fitting, key=lambda one: (one.get("cve") == cve, str(one["system"]), one.get("base") or 0.0), default={})


def _write(exposure: Exposure, judged: Judged, known: Known, *, now: datetime) -> bool:
    before = (exposure.priority, exposure.grounds, exposure.epss, exposure.base_score, exposure.due_at)
    if not exposure.priority or rules.is_more_urgent(judged.priority, Priority(exposure.priority)):
        exposure.urgent_since = now
    exposure.priority, exposure.rank = judged.priority, priority.order(judged, known)[0] + len(Priority)
    exposure.exploitation, exposure.system_exposure = judged.exploitation, judged.exposure
    exposure.automatable, exposure.human_impact = judged.automatable, judged.impact
    exposure.epss, exposure.base_score = known.epss, known.score
    exposure.grounds = [
        {"ground": one.ground.value, "facts": {name: _kept(value) for name, value in one.facts.items()}}
        for one in judged.because
    ]
    set_due(exposure)
    return before != (exposure.priority, exposure.grounds, exposure.epss, exposure.base_score, exposure.due_at)


def set_due(exposure: Exposure) -> None:
    """Writes onto the row until when it has to be settled."""
    since = max(exposure.urgent_since, exposure.opened_at)
    exposure.due_at = rules.due_at(Priority(exposure.priority), Certainty(exposure.certainty), since=since)


def _kept(value: object) -> object:
    return value if isinstance(value, int | float) else str(value)
