"""Where the self-check says one thing of a row, and the visit or the evidence another: a hint to look, no refusal."""

from django.utils.translation import gettext as _

from sonae.core.instruments import contradictions
from sonae.core.instruments.vocabulary import YesNo
from sonae.core.web import words
from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.queries import SheetRow
from sonae.prevention.inspections.visits.vocabulary import Observation


def of_evidence(row: SheetRow) -> tuple[str, ...]:
    """What the evidence on record says against the self-check, and where its sources differ among themselves."""
    if row.answer is None or not row.is_asked:
        return ()
    found = contradictions.against(YesNo(row.answer.answer), row.covers)
    told = {one.control for one in found}
    differ = any(state.is_contradicted for control, state in row.covers if control not in told)
    return (
        *map(contradictions.sentence, found),
        *([_("Sources of the evidence about this row differ.")] if differ else []),
    )


def of_seeing(row: SheetRow) -> dict[str, str]:
    """What each observation would say against the self-check, by observation; only where it says something else."""
    if row.answer is None or not row.is_asked:
        return {}
    said = YesNo(row.answer.answer)
    return {
        seen.value: _("The self-check says “%(answer)s”, but on site it was: %(seen)s.")
        % {"answer": words.of(said), "seen": words.of(seen)}
        for seen in Observation
        if rules.speaks_against(said, seen)
    }


def of(row: SheetRow) -> tuple[str, ...]:
    """All of it, as the row stands now."""
    seen = of_seeing(row).get(row.written.value)
    return (*filter(None, (seen,)), *of_evidence(row))
