"""What a new edition must not show beside one that is published: who subtracts one from the other reads what the few
institutions answered that handed in, or changed their answers, in between. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sonae.prevention.surveys.results.rules import totals_by_class
from sonae.prevention.surveys.results.suppression import STRANGER, is_small
from sonae.prevention.surveys.results.vocabulary import DIMENSIONS, EVERYBODY, Class, Stratum
from sonae.prevention.surveys.vocabulary import Dimension


def few_moved_to_any(
    moved: Mapping[Stratum, int], strata: Sequence[Stratum], *, threshold: int
) -> frozenset[Class] | None:
    """The classes of which a new edition shows nothing of a question, because too few answers to it differ for a
    stranger, or without a prefecture for whoever reads what its institutions answered. `moved` counts by stratum."""
    kept_back: set[Class] = set()
    for reader in (STRANGER, *sorted({one.prefecture for one, number in moved.items() if number})):
        outside = [one for one in strata if one.prefecture != reader]
        totals = totals_by_class({one: number for one, number in moved.items() if one.prefecture != reader})
        few = few_moved(totals, outside, threshold=threshold)
        if few is None:
            return None
        kept_back |= few
    return frozenset(kept_back)


def few_moved(moved: Mapping[Class, int], strata: Sequence[Stratum], *, threshold: int) -> frozenset[Class] | None:
    """The classes of which a new edition shows nothing of a question, because too few answers to it in them differ from
    an earlier one.

    `moved` counts by class the institutions whose answers to this question are new, gone or changed. None where so few
    moved in all that the question cannot be shown at all. Classes are kept back together until enough moved in them,
    among those whose figures add up to a figure of another breakdown: bands with those of the same kinds of
    institution.
    """
    if is_small(moved.get(EVERYBODY, 0), threshold):
        return None
    kept_back: set[Class] = set()
    for dimension in DIMENSIONS:
        for together in classes_that_add_up(tuple(strata), dimension):
            few = _until_enough(together, moved, threshold)
            if few is None:
                # The whole group moved too little to be told from its sum: the breakdowns of beds and kinds go.
                kept_back |= _classes(strata, Dimension.BAND) | _classes(strata, Dimension.KIND)
            else:
                kept_back |= few
    return frozenset(kept_back)


def _until_enough(together: set[Class], moved: Mapping[Class, int], threshold: int) -> set[Class] | None:
    """The classes of a group that are kept back; None where even all of them are not enough."""
    few = {each for each in together if is_small(moved.get(each, 0), threshold)}
    # First those in which as little as possible is lost: some moved, but not many.
    rest = sorted(together - few, key=lambda each: (not moved.get(each, 0), moved.get(each, 0), each))
    while few and (len(few) < 2 or sum(moved.get(each, 0) for each in few) < threshold):
        if not rest:
            return None
        few.add(rest.pop(0))
    return few


def _classes(strata: Sequence[Stratum], dimension: Dimension) -> set[Class]:
    return {(dimension.value, stratum.along(dimension)) for stratum in strata}


@lru_cache(maxsize=len(DIMENSIONS) * 64)
def classes_that_add_up(strata: tuple[Stratum, ...], dimension: Dimension) -> list[set[Class]]:
    """The classes of a breakdown in groups whose sum is a figure of another breakdown."""
    other = {Dimension.BAND: Dimension.KIND, Dimension.KIND: Dimension.BAND}.get(dimension)
    groups: list[tuple[set[Class], set[str]]] = []
    for stratum in strata:
        mine = {(dimension.value, stratum.along(dimension))}
        theirs = {stratum.along(other) if other else ""}
        for group in [group for group in groups if group[0] & mine or group[1] & theirs]:
            groups.remove(group)
            mine, theirs = mine | group[0], theirs | group[1]
        groups.append((mine, theirs))
    return [mine for mine, _ in groups]
