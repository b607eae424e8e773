"""`covers`: whether a version is among what a text says is affected, and what the answer rests on."""

from collections.abc import Set as AbstractSet

from sonae_engine.exposure.ranges import order, schemes
from sonae_engine.exposure.ranges.limits import LIMITS
from sonae_engine.exposure.ranges.tokens import bare, folded
from sonae_engine.exposure.ranges.vocabulary import Answer, Bound, Certainty, Range, Reading, Reason, Verdict

_NO_CONDITION: frozenset[str] = frozenset()


def covers(reading: Reading, version_text: str, *, met: AbstractSet[str] = _NO_CONDITION) -> Verdict:
    """Yes or no where the text and the order of versions decide it, unknown with the reason otherwise.

    `met` are the qualifiers of ranges (names of products, conditions) that the caller knows to hold.
    """
    if reading.certainty is Certainty.UNREADABLE:
        return Verdict(Answer.UNKNOWN, Reason.UNREADABLE, reading.unread[0].part)
    if reading.certainty is Certainty.NOTHING_STATED:
        return Verdict(Answer.UNKNOWN, Reason.NOTHING_STATED)
    version = bare(folded(version_text)) if len(version_text) <= LIMITS.length else ""
    if len(version) > LIMITS.version_length:
        version = ""
    if (named := _named(reading, version)) is not None:
        return named
    scheme = reading.scheme if reading.scheme in schemes.NAMED else None
    taken_away = (
        [_inside(of, version, scheme) for of in reading.excluded] if version else [None for _ in reading.excluded]
    )
    if True in taken_away:
        return Verdict(Answer.NO, Reason.EXCLUDED)
    if version and any(order.same(version, repaired) for repaired in reading.fixed):
        return Verdict(Answer.NO, Reason.REPAIRED)
    return _by_ranges(reading, version, scheme, met=met, unsure=None in taken_away)


def _named(reading: Reading, version: str) -> Verdict | None:
    wanted = version.casefold()
    for name in (*(model.text for model in reading.models), *reading.hashes):
        if wanted and name.casefold() == wanted:
            return Verdict(Answer.YES, Reason.NAMED, name)
    return None


def _by_ranges(reading: Reading, version: str, scheme: str | None, *, met: AbstractSet[str], unsure: bool) -> Verdict:
    unknown: Verdict | None = None
    for of in reading.ranges:
        inside = _inside(of, version, scheme)
        if inside is False:
            continue
        missing = [words for words in of.qualifiers if words not in met]
        if inside is None:
            reason = Reason.ORDER_UNKNOWN if version else Reason.VERSION_MISSING
            unknown = unknown or Verdict(Answer.UNKNOWN, reason, str(of))
        elif missing:
            unknown = unknown or Verdict(Answer.UNKNOWN, Reason.CONDITION, missing[0])
        elif unsure:
            unknown = unknown or Verdict(Answer.UNKNOWN, Reason.ORDER_UNKNOWN, str(of))
        else:
            every = of.low is None and of.high is None
            return Verdict(Answer.YES, Reason.EVERY_VERSION if every else Reason.WITHIN, str(of))
    return unknown or _outside(reading)


def _outside(reading: Reading) -> Verdict:
    if reading.models or reading.hashes:
        return Verdict(Answer.UNKNOWN, Reason.MODEL_ASKED)
    if reading.dates:
        return Verdict(Answer.UNKNOWN, Reason.DAY_ASKED, str(reading.dates[0]))
    if reading.serials:
        return Verdict(Answer.UNKNOWN, Reason.SERIAL_ASKED, str(reading.serials[0]))
    if not reading.ranges:
        return Verdict(Answer.UNKNOWN, Reason.NOTHING_STATED)
    return Verdict(Answer.NO, Reason.OUTSIDE)


def _inside(of: Range, version: str, scheme: str | None) -> bool | None:
    if of.low is None and of.high is None:
        return True
    if not version:
        return None
    if of.low is not None and of.is_exact:
        return _is_the(of.low.text, version, scheme)
    sides = [_reaches(of.low, version, scheme), _is_reached(of.high, version, scheme)]
    if False in sides:
        return False
    return None if None in sides else True


def _is_the(wanted: str, version: str, scheme: str | None) -> bool | None:
    if order.line_of(wanted) is not None:
        return order.belongs(version, line=wanted)
    answer = _compared(version, wanted, scheme)
    return None if answer is None else answer == 0


def _reaches(low: Bound | None, version: str, scheme: str | None) -> bool | None:
    """Whether a version is not before the lower end."""
    if low is None:
        return True
    if order.line_of(low.text) is not None and not low.inclusive:
        within = order.belongs(version, line=low.text)
        if within is not False:
            return None if within is None else False
    answer = _compared(version, order.without_wildcards(low.text) or low.text, scheme)
    return None if answer is None else (answer >= 0 if low.inclusive else answer > 0)


def _is_reached(high: Bound | None, version: str, scheme: str | None) -> bool | None:
    """Whether a version is not after the upper end."""
    if high is None:
        return True
    if order.line_of(high.text) is not None and high.inclusive and order.belongs(version, line=high.text):
        return True
    answer = _compared(version, order.without_wildcards(high.text) or high.text, scheme)
    return None if answer is None else (answer <= 0 if high.inclusive else answer < 0)


def _compared(version: str, bound: str, scheme: str | None) -> int | None:
    if scheme is not None:
        return schemes.compared(version, bound, scheme=scheme)
    return order.to_bound(version, bound)
