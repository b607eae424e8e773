"""Reads of how two editions compare."""

from dataclasses import dataclass
from uuid import UUID

from sonae.core.accounts.models import Account
from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.core.instruments import queries, year_maps
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import ConfirmedPair, Edition
from sonae.core.instruments.vocabulary import Basis, Comparison
from sonae.core.instruments.year_maps import Pair


@dataclass(frozen=True, slots=True)
class YearMap:
    """The questions of two editions side by side."""

    earlier: Edition
    later: Edition
    before: dict[str, Question]
    after: dict[str, Question]
    # By the id in the later edition; a question without one has nothing before it that anybody or anything names.
    pairs: dict[str, Pair]
    # Whether a file about these two editions comes with Sonae.
    is_shipped: bool

    @property
    def gone(self) -> list[Question]:
        """The questions of the earlier edition that no question of the later one stands for."""
        named = {one.question for one in self.pairs.values()}
        return [one for id_, one in self.before.items() if id_ not in named]

    @property
    def unconfirmed(self) -> list[Pair]:
        return [one for one in self.pairs.values() if not one.is_established]

    @property
    def word_for_word(self) -> list[Pair]:
        """What stayed word for word and nobody ever said anything about."""
        return [one for one in self.unconfirmed if one.comparison is Comparison.SAME and not one.seen]

    def seen(self, became: str) -> str:
        """What tells the word of a person about a question from every other one (`Pair.seen`)."""
        pair = self.pairs.get(became)
        return pair.seen if pair else ""

    def is_to_be_read(self, question: str) -> bool:
        """Whether the text of a question was put together from reports and not read in the form (要確認)."""
        read = year_maps.shipped(self.later.instrument).was_read.get(self.later.edition, {})
        return not read.get(question, True)


def map_of(earlier: Edition, later: Edition) -> YearMap:
    """How every question of an edition stands to an earlier one: established where it was, else as it is proposed."""
    before, after = queries.plan_of(earlier).instrument, queries.plan_of(later).instrument
    years = earlier.edition, later.edition
    come_along = year_maps.shipped(later.instrument).pairs.get(years)
    pairs = year_maps.merged(
        year_maps.proposals(before, after),
        {one.became: one for one in reversed(come_along or ())},
        _confirmed(later.instrument, *years),
    )
    old, new = ({one.id: one for one in year_maps.asked(form)} for form in (before, after))
    known = {id_: pair for id_, pair in pairs.items() if id_ in new}
    return YearMap(earlier, later, old, new, known, come_along is not None)


def established(instrument: str, earlier: str, later: str, became: str) -> Pair | None:
    """What figures of two editions may rest on; None where nobody established anything about this question."""
    said = _confirmed(instrument, earlier, later, became=became).get(became)
    if said is not None:
        return said
    come_along = year_maps.shipped(instrument).pairs.get((earlier, later), ())
    return next((one for one in come_along if one.became == became), None)


def _confirmed(instrument: str, earlier: str, later: str, **only: str) -> dict[str, Pair]:
    rows = ConfirmedPair.objects.filter(instrument=instrument, earlier=earlier, later=later, **only)
    return {
        row.became: Pair(
            row.question, row.became, Comparison(row.comparison),
            InTwoLanguages(row.why_ja or row.why_en, row.why_en or row.why_ja), Basis.CONFIRMED, row.confirmed_at,
            row.confirmed_by_id,
        )
        for row in rows
    }  # fmt: skip


def earlier_editions(edition: Edition) -> list[Edition]:
    """The earlier editions of an instrument in their newest versions, the nearest first."""
    rows = Edition.objects.current().filter(instrument=edition.instrument, rank__lt=edition.rank)
    return list(rows.order_by("-rank"))


def names_of(year_map: YearMap) -> dict[UUID, str]:
    """What the people are called who confirmed."""
    who = {one.confirmed_by for one in year_map.pairs.values() if one.confirmed_by}
    return {one.pk: str(one) for one in Account.objects.filter(pk__in=who)} if who else {}
