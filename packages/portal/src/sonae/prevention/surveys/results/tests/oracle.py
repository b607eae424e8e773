"""Slow, plain twins of what the room computes: counting, and an adversary who tries everything."""

from itertools import product

from sonae.core.instruments import checks
from sonae.core.instruments.answers import is_blank, unknown_as_of
from sonae.prevention.surveys.results.vocabulary import EVERYBODY


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


def possible_behind_a_gate(own, together, sizes, published):
    """What every figure of two questions can be, where only who chose `a` or `c` at the first is asked the second.

    `own` is the class of each stratum, and no other's; `together` those in which all strata are counted; `published`
    are the figures by (name, class): the gate's `none`, `a`, `c`, and behind it `asked`, `yes`, `no`. All answers of
    all institutions to both questions are tried.
    """
    names = ("none", "a", "c", "asked", "yes", "no")

    def fits(world, each):
        return all(published.get((name, each), number) == number for name, number in zip(names, world, strict=True))

    worlds = [
        {world for world in _behind_a_gate(size) if fits(world, each)} for size, each in zip(sizes, own, strict=True)
    ]
    found = {(name, each): set() for name in names for each in (*own, *together)}
    for at, each in enumerate(own):
        rest = {(0,) * len(names)}
        for other in worlds[:at] + worlds[at + 1 :]:
            rest = {_sum(one, more) for one in rest for more in other}
        for world in worlds[at]:
            totals = [
                one for one in (_sum(world, more) for more in rest) if all(fits(one, every) for every in together)
            ]
            for number, name in enumerate(names if totals else ()):
                found[name, each].add(world[number])
                for every in together:
                    found[name, every] |= {total[number] for total in totals}
    return found


def _behind_a_gate(size):
    for none, a, c in shares(size, 3):
        for yes in range(a + c + 1):
            yield none, a, c, a + c, yes, a + c - yes


def _sum(one, more):
    return tuple(a + b for a, b in zip(one, more, strict=True))


def possible_tables(sizes, categories, published):
    """What every figure of one question can be for somebody who has the tables alone: all tables that add up are tried.

    `sizes` are by breakdown and class how many handed in; `published` the figures by (category, class), None where one
    is kept back, with ("", "") for everybody. Each institution stands in one category.
    """
    together = [
        (dimension, list(_tables_of(dimension, classes, categories, published))) for dimension, classes in sizes.items()
    ]
    totals = [{total for total, _ in found} for _, found in together]
    common = {
        total
        for total in set.intersection(*totals)
        if all(published[at, ("", "")] in {None, number} for at, number in enumerate(total))
    }
    values = {cell: set() for cell in published}
    for total in common:
        for at, number in enumerate(total):
            values[at, ("", "")].add(number)
    for dimension, found in together:
        for total, rows in found:
            if total in common:
                for each, row in zip(sizes[dimension], rows, strict=True):
                    for at, number in enumerate(row):
                        values[at, (dimension, each)].add(number)
    return values


def _tables_of(dimension, classes, categories, published):
    ways = [
        [
            row
            for row in shares(size, categories)
            if all(published[at, (dimension, each)] in {None, number} for at, number in enumerate(row))
        ]
        for each, size in classes.items()
    ]
    for rows in product(*ways):
        yield tuple(map(sum, zip(*rows, strict=True))), rows


def possible_figures(edition, ties, groups):
    """What every figure of an edition can be for somebody who has its tables and the form: all tables that add up and
    that the form allows are tried, those of questions that stand behind each other together.

    `edition` is a `recovery.Published`, `ties` the identities, `groups` the bands and kinds that add up to each other.
    The values are by (question, place, class), those of places that no table prints too.
    """
    left, found = list(edition.questions), {}
    while left:
        chain = _chain_of(left[0], ties)
        left = [question for question in left if question not in chain]
        columns = [edition.questions[question].column for question in edition.questions if question in chain]
        names = [(column.question, place) for column in columns for place in _places_of(column)]
        for each, worlds in _worlds_that_fit(edition, columns, ties, groups).items():
            for at, (question, place) in enumerate(names):
                found[question, place, each] = {world[at] for world in worlds}
    return found


def _chain_of(question, ties):
    chain, size = {question}, 0
    while size != len(chain):
        size = len(chain)
        chain |= {one for tie in ties if tie.gate and {tie.gate, tie.question} & chain for one in _ends_of(tie)}
    return chain


def _ends_of(tie):
    return tie.gate, tie.question


def _places_of(column):
    """Not asked, asked, three standings, answered, the options, and of many options who did not choose each."""
    options = range(5, column.width)
    return (-1, *range(5), *options, *(() if column.shape == "one" else (-3 - at for at in range(len(options)))))


def _worlds_that_fit(edition, columns, ties, groups):
    rows = {each for column in columns for each in edition.questions[column.question].rows}
    worlds = {each: _worlds_of(edition, columns, ties, each) for each in rows}
    places = [each for each in rows if each[0] == "prefecture"]
    everybody = worlds[EVERYBODY]
    sums_of_groups = [
        _added_up([worlds[one] for one in bands]) & _added_up([worlds[one] for one in kinds]) for bands, kinds in groups
    ]
    common = everybody & _added_up([worlds[one] for one in places]) & _added_up(sums_of_groups)
    found = {EVERYBODY: common} | dict(zip(places, _parts_of(common, [worlds[one] for one in places]), strict=True))
    for some, sums in zip(groups, _parts_of(common, sums_of_groups), strict=True):
        for classes in some:
            found |= dict(zip(classes, _parts_of(sums, [worlds[one] for one in classes]), strict=True))
    return found


def _added_up(parts):
    total = {None}
    for some in parts:
        total = {one if before is None else _sum(before, one) for before in total for one in some}
    return total


def _parts_of(totals, parts):
    """Of each part the worlds that with some of the others make up one of the totals."""
    for at, mine in enumerate(parts):
        rest = _added_up(parts[:at] + parts[at + 1 :])
        yield {one for one in mine if any((one if other is None else _sum(one, other)) in totals for other in rest)}


def _worlds_of(edition, columns, ties, each):
    """Every way in which the institutions of a class may have answered, as far as what is shown of it agrees."""
    handed_in, found, starts = edition.submitted[each], [()], {}
    for column in columns:
        tie = next((one for one in ties if one.question == column.question), None)
        row = edition.questions[column.question].rows[each]
        starts[column.question] = sum(len(_places_of(one)) for one in columns[: len(starts)])
        more = []
        for world in found:
            # The place of a figure in a world: those not asked stand before those who were.
            first = starts[tie.gate] + 1 if tie and tie.gate else 0
            through = sum(world[first + place] for place in tie.places) if tie and tie.gate else handed_in
            for asked in [through] if tie else range(handed_in + 1):
                more += [(*world, *one) for one in _worlds_of_one(column, row, handed_in, asked)]
        found = more
    return set(found)


def _worlds_of_one(column, row, handed_in, asked):
    is_one, options = column.shape == "one", column.width - 5
    for split in shares(asked, 3 + (options if is_one else 1)):
        standings, chosen = split[:3], split[3:]
        answered = sum(chosen)
        for some in [chosen] if is_one else product(range(answered + 1), repeat=options):
            figures = (asked, *standings, answered, *some)
            if all(shown in {None, figure} for shown, figure in zip(row, figures, strict=True)):
                yield (handed_in - asked, *figures, *(() if is_one else (answered - one for one in some)))
