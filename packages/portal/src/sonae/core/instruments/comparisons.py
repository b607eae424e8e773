"""Reads of how two editions compare."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from sonae.core.accounts.models import Account
from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.core.instruments import queries, year_maps
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import ConfirmedPair, Edition
from sonae.core.instruments.substance import Substance, fingerprint, substance, substances
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
    was, now = substances(before), substances(after)
    pairs = year_maps.merged(
        year_maps.proposals(before, after),
        {one.became: one for one in reversed(come_along or ())},
        {row.became: _pair(row, was.get(row.question), now.get(row.became)) for row in _rows(later.instrument, *years)},
    )
    old, new = ({one.id: one for one in year_maps.asked(form)} for form in (before, after))
    known = {id_: pair for id_, pair in pairs.items() if id_ in new}
    return YearMap(earlier, later, old, new, known, come_along is not None)


def established(instrument: str, earlier: str, later: str, became: str) -> Pair | None:
    """What figures of two editions may rest on; None where nobody established anything about this question as it is
    asked in the newest versions of both."""
    row = _rows(instrument, earlier, later).filter(became=became).first()
    if row is not None:
        pair = _pair(row, _asked(instrument, earlier, row.question), _asked(instrument, later, became))
        return pair if pair.is_established else None
    come_along = year_maps.shipped(instrument).pairs.get((earlier, later), ())
    return next((one for one in come_along if one.became == became), None)


def fingerprint_of(year_map: YearMap, *, question: str, became: str) -> str:
    """What tells two questions as they are asked now from what they are after one of them is changed."""
    before, after = (queries.plan_of(one).instrument for one in (year_map.earlier, year_map.later))
    return fingerprint(substance(before, question), substance(after, became))


def _rows(instrument: str, earlier: str, later: str) -> QuerySet[ConfirmedPair]:
    return ConfirmedPair.objects.filter(instrument=instrument, earlier=earlier, later=later)


def _asked(instrument: str, edition: str, question: str) -> Substance | None:
    """What a question asks in the newest version of an edition."""
    newest = Edition.objects.current().filter(instrument=instrument, edition=edition).first()
    return substance(queries.plan_of(newest).instrument, question) if newest and question else None


def _pair(row: ConfirmedPair, before: Substance | None, after: Substance | None) -> Pair:
    """The word of a person; of questions that were changed since it is a proposal again, and never more than they
    themselves propose."""
    comparison, basis = Comparison(row.comparison), Basis.CONFIRMED
    if fingerprint(before, after) != row.fingerprint:
        proposed = year_maps.compared(before, after)
        comparison = comparison if comparison is Comparison.NOT_COMPARABLE else proposed
        basis = Basis.PROPOSED
    why = InTwoLanguages(row.why_ja or row.why_en, row.why_en or row.why_ja)
    return Pair(row.question, row.became, comparison, why, basis, row.confirmed_at, row.confirmed_by_id)


def earlier_editions(edition: Edition) -> list[Edition]:
    """The earlier editions of an instrument in their newest versions, the nearest first."""
    rows = Edition.objects.current().filter(instrument=edition.instrument, rank__lt=edition.rank)
    return list(rows.order_by("-rank"))


def names_of(year_map: YearMap) -> dict[UUID, str]:
    """What the people are called who confirmed."""
    who = {one.confirmed_by for one in year_map.pairs.values() if one.confirmed_by}
    return {one.pk: str(one) for one in Account.objects.filter(pk__in=who)} if who else {}
