"""Slow, plain twins of what the room computes: counting, and an adversary who tries everything."""

from itertools import product

from sonae.core.instruments import checks
from sonae.core.instruments.answers import is_blank, unknown_as_of


def counted_plainly(plan, columns, responses, *, now, wanted):
    """The figures of one class, question by question, each worked out on its own by reading everything again."""
    figures = []
    for column in columns:
        inside = [answers for stratum, answers in responses if wanted(stratum)]
        asked = [answers for answers in inside if checks.check(plan, answers, now=now).asks(column.question)]
        row = dict.fromkeys(("not_answered", "unknown", "out_of_scope", "answered", *column.options), 0)
        for answers in asked:
            raw = answers.get(column.question)
            said = raw["answer"] if isinstance(raw, dict) and "answer" in raw else raw
            if unknown_as_of(raw):
                row["unknown"] += 1
            elif is_blank(said):
                row["not_answered"] += 1
            elif said == "out_of_scope":
                row["out_of_scope"] += 1
            else:
                row["answered"] += 1
                for option in column.options:
                    is_list = isinstance(said, list) and column.shape == "many"
                    row[option] += option in (said if is_list else [said])
        figures.append((len(asked), *row.values()))
    return figures


def shares(number, categories):
    """Every way in which so many institutions can fall into so many categories."""
    if categories == 1:
        yield (number,)
        return
    for first in range(number + 1):
        for rest in shares(number - first, categories - 1):
            yield (first, *rest)


def possible_values(classes_of, sizes, categories, published):
    """What every cell can be for somebody who knows the register, who handed in, and all that is published.

    `classes_of` and `sizes` say of each stratum in which classes it is counted and how many handed in; `published` are
    the figures by (category, class). All distributions of answers are tried.
    """
    cells = list(product(range(categories), dict.fromkeys(each for classes in classes_of for each in classes)))
    found = {cell: set() for cell in cells}
    last = {each: at for at, classes in enumerate(classes_of) for each in classes}
    sums = dict.fromkeys(cells, 0)

    def go_on(at):
        if at == len(sizes):
            for cell in cells:
                found[cell].add(sums[cell])
            return
        for split in shares(sizes[at], categories):
            touched = [((category, each), number) for category, number in enumerate(split) for each in classes_of[at]]
            for cell, number in touched:
                sums[cell] += number
            if all(
                cell not in published
                or (sums[cell] == published[cell] if last[cell[1]] == at else sums[cell] <= published[cell])
                for cell, _ in touched
            ):
                go_on(at + 1)
            for cell, number in touched:
                sums[cell] -= number

    go_on(0)
    return found
