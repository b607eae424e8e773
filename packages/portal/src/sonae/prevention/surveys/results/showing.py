"""What of the figures of an edition everybody may see, beside what everybody sees of earlier ones."""

from collections.abc import Sequence

from sonae.prevention.surveys.results import differences, disclosure, rules
from sonae.prevention.surveys.results.counting import Counted
from sonae.prevention.surveys.results.disclosure import Earlier
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.vocabulary import Class, Margins


def shown_beside(edition: ResultEdition, counted: Counted, before: Sequence[ResultEdition]) -> tuple[Margins, ...]:
    """What everybody may see of the figures, beside what everybody sees of earlier editions."""
    strata = [one for one, _, _ in counted.strata]
    earlier: list[Earlier] = []
    kept_back: dict[str, set[Class]] = {}
    for one in before:
        moved = counted.moved[one.as_of]
        for question, by_stratum in moved.items():
            few = differences.few_moved_to_any(by_stratum, strata, threshold=edition.threshold)
            # None: nothing of it may stand beside the earlier one; the ministry still has its figures.
            classes = {each for one in strata for each in rules.classes_of(one)} if few is None else few
            kept_back.setdefault(question, set()).update(classes)
        rows = list(QuestionResult.objects.filter(edition=one).defer("figures"))
        then = one.counted_strata()
        earlier.append(
            Earlier(
                {row.question: row.as_shown() for row in rows},
                moved,
                {row.question: row.cube() for row in rows},
                [stratum for stratum, _, _ in then],
                [submitted for _, _, submitted in then],
            )
        )
    return disclosure.shown_to_all(
        counted.cubes,
        strata,
        submitted=[submitted for _, _, submitted in counted.strata],
        threshold=edition.threshold,
        kept_back=kept_back,
        earlier=earlier,
        gates=counted.gates,
    )
