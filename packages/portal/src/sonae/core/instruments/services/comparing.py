"""Establishing how the questions of two editions compare."""

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
from sonae.kernel.decision import Decision, Refused, first_refusal, require
from sonae.kernel.errors import BadInput, NotAllowed, Problem


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one question of a later edition; `question` is that of the earlier one, or empty.

    `seen` is the word of a person that stood there when they looked (`Pair.seen`); empty for none.
    """

    became: str
    question: str
    comparison: Comparison
    why_ja: str = ""
    why_en: str = ""
    seen: str = ""


@transaction.atomic
def confirm_pair(earlier: Edition, later: Edition, said: Said, *, by: Viewer, now: datetime) -> ConfirmedPair:
    """Establishes how one question compares, or puts it right; figures and prefilled answers follow it from then.

    Raises NotAllowed where somebody established something else since it was looked at.
    """
    year_map = _map(earlier, later, by=by)
    require(_may_say(said, year_map))
    return _write(year_map, said, by=by, now=now)


@transaction.atomic
def confirm_same(earlier: Edition, later: Edition, *, by: Viewer, now: datetime) -> int:
    """Confirms every question that stayed word for word, with its options, and that nobody said anything about yet.

    Returns how many; raises NotAllowed where there is none.
    """
    year_map = _map(earlier, later, by=by)
    waiting = year_map.word_for_word
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

    A line without a comparison says nothing, and one that says what is established already changes nothing. One that
    would change what somebody established since the table was downloaded is a problem. Returns how many questions were
    established or put right.
    """
    year_map = _map(earlier, later, by=by)
    lines = map_file.read(content, file_name=file_name)
    said = [(line.number, one) for line in lines if not _stands(one := Said(**line.said), year_map)]
    problems = [
        Problem(why.reason, file=file_name, line=number, field=map_file.field_of(why.reason), facts=why.facts)
        for number, one in said
        if isinstance(why := _may_say(one, year_map), Refused)
    ]
    if problems:
        raise BadInput(problems)
    for _, one in said:
        _write(year_map, one, by=by, now=now)
    return len(said)


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
    return comparisons.map_of(*_locked(earlier, later))


def _locked(earlier: Edition, later: Edition) -> tuple[Edition, Edition]:
    """Both editions as they stand now. Who says something about the same two waits: the first version of each, which
    is there for ever, stands for all of them."""
    rows = Edition.objects.select_for_update(of=("self",)).filter(instrument=later.instrument, version=1)
    list(rows.filter(edition__in=[earlier.edition, later.edition]).order_by("pk"))
    return Edition.objects.get(pk=earlier.pk), Edition.objects.get(pk=later.pk)


def _may_say(said: Said, year_map: YearMap) -> Decision:
    as_seen = rules.is_as_seen(year_map.seen(said.became), seen=said.seen)
    return first_refusal(_may_compare(said, year_map), as_seen)


def _may_compare(said: Said, year_map: YearMap) -> Decision:
    return rules.may_compare(
        became=said.became, question=said.question, comparison=said.comparison,
        why=max(said.why_ja, said.why_en, key=len), earlier=year_map.before, later=year_map.after,
    )  # fmt: skip


def _write(year_map: YearMap, said: Said, *, by: Viewer, now: datetime) -> ConfirmedPair:
    later = year_map.later
    assert by.account_id is not None, "people establish what compares"
    print_ = comparisons.fingerprint_of(year_map, question=said.question, became=said.became)
    pair, _ = ConfirmedPair.objects.update_or_create(
        instrument=later.instrument, earlier=year_map.earlier.edition, later=later.edition, became=said.became,
        defaults={
            "question": said.question, "comparison": said.comparison, "why_ja": said.why_ja.strip(),
            "why_en": said.why_en.strip(), "fingerprint": print_, "confirmed_at": now, "confirmed_by_id": by.account_id,
        },
    )  # fmt: skip
    facts = {
        "instrument": later.instrument, "earlier": pair.earlier, "later": pair.later, "question": pair.question,
        "became": pair.became, "comparison": pair.comparison,
    }  # fmt: skip
    audit.record("instrument.compare", subject="edition", subject_id=later.pk, by=by.account_id, now=now, facts=facts)
    return pair
