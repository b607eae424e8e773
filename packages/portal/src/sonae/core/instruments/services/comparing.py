"""Establishing how the questions of two editions compare."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.instruments import comparisons, map_file
from sonae.core.instruments import map_rules as rules
from sonae.core.instruments.comparisons import YearMap
from sonae.core.instruments.models import ConfirmedPair, Edition
from sonae.core.instruments.vocabulary import Comparison, MapRefusal
from sonae.kernel.decision import Decision, Refused, require
from sonae.kernel.errors import BadInput, NotAllowed, Problem


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one question of a later edition; `question` is that of the earlier one, or empty."""

    became: str
    question: str
    comparison: Comparison
    why_ja: str = ""
    why_en: str = ""


@transaction.atomic
def confirm_pair(earlier: Edition, later: Edition, said: Said, *, by: Viewer, now: datetime) -> ConfirmedPair:
    """Establishes how one question compares, or puts it right; figures and prefilled answers follow it from then."""
    year_map = _map(earlier, later, by=by)
    require(_may_say(said, year_map))
    return _write(year_map, said, by=by, now=now)


@transaction.atomic
def confirm_same(earlier: Edition, later: Edition, *, by: Viewer, now: datetime) -> int:
    """Confirms every question that stayed word for word, with its options, and that nobody has confirmed yet.

    Returns how many; raises NotAllowed where there is none.
    """
    year_map = _map(earlier, later, by=by)
    waiting = [one for one in year_map.unconfirmed if one.comparison is Comparison.SAME]
    if not waiting:
        raise NotAllowed(Refused(MapRefusal.NOTHING_TO_CONFIRM))
    for one in waiting:
        _write(year_map, Said(one.became, one.question, one.comparison), by=by, now=now)
    return len(waiting)


@transaction.atomic
def take_map(
    earlier: Edition, later: Edition, content: bytes, *, file_name: str, by: Viewer, now: datetime
) -> int:  # fmt: skip
    """Establishes what a table says (see `map_file`), or nothing and every problem with its line.

    A line without a comparison says nothing, and one that says what is established already changes nothing. Returns how
    many questions were established or put right.
    """
    year_map = _map(earlier, later, by=by)
    lines = map_file.read(content, file_name=file_name)
    said = [(line.number, Said(**line.said)) for line in lines]
    problems = [
        Problem(why.reason, file=file_name, line=number, field=map_file.field_of(why.reason), facts=why.facts)
        for number, one in said
        if isinstance(why := _may_say(one, year_map), Refused)
    ]
    if problems:
        raise BadInput(problems)
    changed = _changed((one for _, one in said), year_map)
    for one in changed:
        _write(year_map, one, by=by, now=now)
    return len(changed)


def _changed(said: Iterable[Said], year_map: YearMap) -> list[Said]:
    return [one for one in said if not _stands(one, year_map)]


def _stands(said: Said, year_map: YearMap) -> bool:
    pair = year_map.pairs.get(said.became)
    if pair is None or not pair.is_established:
        return False
    whole = (pair.why.ja, pair.why.en) == (said.why_ja or said.why_en, said.why_en or said.why_ja)
    return whole and (pair.question, pair.comparison) == (said.question, said.comparison)


def _map(earlier: Edition, later: Edition, *, by: Viewer) -> YearMap:
    require(access.may(by, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE))
    require(
        rules.may_map(
            same_instrument=earlier.instrument == later.instrument, earlier_rank=earlier.rank, later_rank=later.rank
        )
    )
    return comparisons.map_of(earlier, later)


def _may_say(said: Said, year_map: YearMap) -> Decision:
    return rules.may_compare(
        became=said.became, question=said.question, comparison=said.comparison,
        why=max(said.why_ja, said.why_en, key=len), earlier=year_map.before, later=year_map.after,
    )  # fmt: skip


def _write(year_map: YearMap, said: Said, *, by: Viewer, now: datetime) -> ConfirmedPair:
    later = year_map.later
    assert by.account_id is not None, "people establish what compares"
    pair, _ = ConfirmedPair.objects.update_or_create(
        instrument=later.instrument, earlier=year_map.earlier.edition, later=later.edition, became=said.became,
        defaults={
            "question": said.question, "comparison": said.comparison, "why_ja": said.why_ja.strip(),
            "why_en": said.why_en.strip(), "confirmed_at": now, "confirmed_by_id": by.account_id,
        },
    )  # fmt: skip
    facts = {
        "instrument": later.instrument, "earlier": pair.earlier, "later": pair.later, "question": pair.question,
        "became": pair.became, "comparison": pair.comparison,
    }  # fmt: skip
    audit.record("instrument.compare", subject="edition", subject_id=later.pk, by=by.account_id, now=now, facts=facts)
    return pair
