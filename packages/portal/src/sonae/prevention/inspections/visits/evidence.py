"""What a visit says about the controls that its rows ask about: seen on site, or shown afterwards on paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sonae.core.assurance.vocabulary import Finding, Strength
from sonae.prevention.inspections.visits.vocabulary import Observation

_FINDINGS: Mapping[str, Finding] = {
    Observation.IN_PLACE: Finding.IN_PLACE,
    Observation.PARTLY: Finding.PARTLY,
    Observation.ABSENT: Finding.ABSENT,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One row about a control: what was seen there, or that a correction of it was accepted since."""

    value: str
    is_corrected: bool = False

    @property
    def says_something(self) -> bool:
        """Whether it says anything about the institution: it was looked at, or mended since."""
        return self.is_corrected or self.value in _FINDINGS


def finding_of(rows: Iterable[Seen]) -> tuple[Finding, Strength] | None:
    """What all rows about one control say together; nothing where nobody looked at any of them.

    A control that one row shows in place and another does not is in place in part. What rests on an accepted answer was
    looked at on paper, not on site, and so is said less strongly.
    """
    said = [
        (Finding.IN_PLACE, Strength.REVIEWED) if row.is_corrected else (_FINDINGS[row.value], Strength.INSPECTED)
        for row in rows
        if row.says_something
    ]
    if not said:
        return None
    findings = {finding for finding, _ in said}
    together = findings.pop() if len(findings) == 1 else Finding.PARTLY
    return together, min(strength for _, strength in said)
