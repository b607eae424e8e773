"""`read`: what a text says is affected, or which part a person must explain. It never raises and never guesses."""

import re
from dataclasses import replace
from functools import lru_cache

from sonae_engine.exposure.ranges import lexicon, naming, order, vers
from sonae_engine.exposure.ranges.grammar import Meaning, parse
from sonae_engine.exposure.ranges.lexing import tokens
from sonae_engine.exposure.ranges.limits import LIMITS, Limits
from sonae_engine.exposure.ranges.tokens import Stopped, Token, folded
from sonae_engine.exposure.ranges.vocabulary import Certainty, Fault, Language, Range, Reading, Unread

_VERS = re.compile(r"vers:([a-z0-9.\-]{1,40})/(.+)", re.IGNORECASE | re.DOTALL)
_SHOWN = 200
_ENDS = frozenset({"VERSION", "DATE", "INCLUDED", "NOT_INCLUDED"})
_LIST_WITHOUT_BLANKS = re.compile(r"v?\d+(?:\.\d+)+(?:/v?\d+(?:\.\d+)+)+", re.IGNORECASE | re.ASCII)
_LOOSE = frozenset({"AND", "COMMA", "BAR"})
# An x or a star after a digit without a dot: 7.2x may be 7.2 or 7.20 to 7.29. (A capital X is a letter of some series.)
_GLUED_WILDCARD = re.compile(r"\dx+(?=[.\s_)]|$)|\w\*", re.ASCII)


def read(text: str, *, language: Language | None = None, limits: Limits = LIMITS) -> Reading:
    """The ranges, models, days and serials that a text names; unreadable with the part and its fault otherwise.

    `language` leaves out the words of the other language. A text over `limits` is put aside unread.
    """
    if len(text) > limits.length:
        return _unread(text[:_SHOWN], text[:_SHOWN], Fault.TOO_LONG)
    return _read(text, language, limits)


@lru_cache(maxsize=16_384)
def _read(text: str, language: Language | None, limits: Limits) -> Reading:
    plain = folded(text)
    if len(plain) > limits.length:
        return _unread(text, plain, Fault.TOO_LONG)
    if plain.casefold() in lexicon.NOTHING:
        return Reading(text, Certainty.NOTHING_STATED)
    scheme = None
    if match := _VERS.fullmatch(plain):
        scheme, plain = match[1].casefold(), match[2]
    if plain == "*":
        return Reading(text, Certainty.WHOLE, ranges=(Range(None, None),))
    try:
        answer = (
            vers.read(plain, scheme=scheme, limits=limits)
            if scheme is not None and scheme != "all"
            else _understood(plain, language, limits, named=scheme is not None)
        )
    except Stopped as stopped:
        return _unread(text, stopped.part or plain, stopped.fault)
    return replace(answer, text=text, scheme=None if scheme in {"all", "generic"} else scheme)


def _unread(text: str, part: str, fault: Fault) -> Reading:
    return Reading(text, Certainty.UNREADABLE, unread=(Unread(part[:_SHOWN], fault),))


def _understood(plain: str, language: Language | None, limits: Limits, *, named: bool) -> Reading:
    if lexicon.UNDERSCORED.search(plain) and not any(" " in part for part in plain.split("|")):
        plain = plain.replace("_", " ").strip()
    if plain.startswith("*"):
        plain = f"all versions{plain[1:]}"
    if lexicon.DAMAGED.search(plain):
        raise Stopped(plain, Fault.WORDS_UNKNOWN)
    if not named and (names := naming.read(plain)) is not None:
        return names
    found = tokens(plain, language=language, limits=limits)
    while found and found[0].name in _LOOSE:
        found.pop(0)
    while found and found[-1].name in _LOOSE:
        found.pop()
    for before, token in zip([None, *found], found, strict=False):
        _refuse_what_turns(token, limits)
        if token.name == "TO" and token.text in "-–—~〜" and (before is None or before.name not in _ENDS):
            # "~1.2" and "- 1.2" are notations of others.
            raise Stopped(token.text, Fault.ORDER_UNKNOWN)
    if not found:
        raise Stopped(plain, Fault.WORDS_UNKNOWN)
    return _gathered(_joined(_with_subjects(parse(found))))


def _refuse_what_turns(token: Token, limits: Limits) -> None:
    if token.name == "VERSION":
        _checked(token.text, limits)
    elif token.name in {"SUBJECT", "QUALIFIER"} and lexicon.TURNED.search(token.text):
        raise Stopped(token.text, Fault.WORDS_UNKNOWN)


def _checked(version: str, limits: Limits) -> None:
    if len(version) > limits.version_length:
        raise Stopped(version, Fault.TOO_LONG)
    unlike = not version[:1].isalnum() or version.endswith("+") or _LIST_WITHOUT_BLANKS.fullmatch(version)
    if unlike or lexicon.SENTENCE.search(version):
        raise Stopped(version, Fault.WORDS_UNKNOWN)
    if _GLUED_WILDCARD.search(version) or order.without_wildcards(version) is None:
        raise Stopped(version, Fault.WILDCARD_INSIDE)


def _with_subjects(said: list[Meaning]) -> list[Meaning]:
    """A name stands for all that follows it until the next name."""
    answer: list[Meaning] = []
    subject: str | None = None
    for meaning in said:
        subject = meaning.subject or subject
        answer.append(replace(meaning, subject=subject) if subject else meaning)
    return answer


# -- ends that stand apart --


def _joined(said: list[Meaning]) -> list[Meaning]:
    """A lower and an upper end side by side are one range (">= 4.01 | <= 4.34"); contradictions stop the reading."""
    answer: list[Meaning] = []
    for at, meaning in enumerate(said):
        if meaning.takes_away and at != len(said) - 1:
            raise Stopped("; ".join(str(of) for of in said[at + 1].ranges), Fault.ORDER_UNKNOWN)
        previous = answer[-1] if answer else None
        if previous is not None and _is_lower(previous) and _is_upper(meaning) and _same_thing(previous, meaning):
            answer[-1] = _one(previous, meaning)
        elif previous is not None and len(said) == 2 and _is_upper(previous) and _is_lower(meaning):
            answer[-1:] = _turned(previous, meaning)
        else:
            answer.append(meaning)
    _refuse_contradictions(answer)
    return answer


def _is_lower(meaning: Meaning) -> bool:
    return len(meaning.ranges) == 1 and meaning.ranges[0].low is not None and meaning.ranges[0].high is None


def _is_upper(meaning: Meaning) -> bool:
    return len(meaning.ranges) == 1 and meaning.ranges[0].low is None and meaning.ranges[0].high is not None


def _same_thing(first: Meaning, second: Meaning) -> bool:
    return first.subject == second.subject and first.is_day == second.is_day and first.is_serial == second.is_serial


def _one(lower: Meaning, upper: Meaning) -> Meaning:
    low, high = lower.ranges[0].low, upper.ranges[0].high
    assert low is not None and high is not None, "only such ends are joined"
    if _earlier(low.text, high.text, is_day=lower.is_day) is not True:
        raise Stopped(f"{low.text} {high.text}", Fault.ENDS_CONTRADICT)
    return replace(
        lower, ranges=(Range(low, high),), is_span=True, qualifiers=lower.qualifiers + upper.qualifiers,
        excluded=lower.excluded + upper.excluded,
    )  # fmt: skip


def _turned(upper: Meaning, lower: Meaning) -> list[Meaning]:
    """An upper end before a lower one: one range where the order says so and no bar stands between."""
    high, low = upper.ranges[0].high, lower.ranges[0].low
    assert low is not None and high is not None, "only such ends are joined"
    earlier = _earlier(low.text, high.text, is_day=lower.is_day)
    if earlier is False:
        return [upper, lower]
    if earlier is None or lower.joint == "BAR" or not _same_thing(upper, lower):
        raise Stopped(f"{high.text} {low.text}", Fault.ENDS_CONTRADICT)
    return [_one(lower, upper)]


def _earlier(low: str, high: str, *, is_day: bool) -> bool | None:
    if is_day:
        return low <= high
    bottom, top = order.without_wildcards(low), order.without_wildcards(high)
    answer = None if bottom is None or top is None else order.compared(bottom, top)
    return None if answer is None else answer <= 0


def _refuse_contradictions(said: list[Meaning]) -> None:
    for at, meaning in enumerate(said):
        for of in meaning.ranges:
            if (
                meaning.is_span
                and of.low
                and of.high
                and _earlier(of.low.text, of.high.text, is_day=meaning.is_day) is False
            ):
                raise Stopped(f"{of.low.text} {of.high.text}", Fault.REVERSED)
        following = said[at + 1] if at + 1 < len(said) else None
        if following is None or not _same_thing(meaning, following):
            continue
        if following.joint == "AND" and _is_upper(following) and meaning.ranges and meaning.ranges[0].is_exact:
            # "5.0 and prior to 5.4" may mean from 5.0 on.
            raise Stopped(f"{_text_of(meaning)} {following.ranges[0]}", Fault.ENDS_CONTRADICT)
        if _is_lower(meaning) and following.ranges:
            raise Stopped(str(meaning.ranges[0]), Fault.ENDS_CONTRADICT)
        if _is_upper(meaning) and _is_upper(following) and following.joint == "BAR":
            _refuse_two_series(meaning, following)


def _text_of(meaning: Meaning) -> str:
    low = meaning.ranges[0].low
    return "" if low is None else low.text


def _refuse_two_series(first: Meaning, second: Meaning) -> None:
    one, other = first.ranges[0].high, second.ranges[0].high
    assert one is not None and other is not None, "asked of upper ends only"
    if first.qualifiers == second.qualifiers and order.compared(one.text, other.text) is None:
        raise Stopped(f"{one.text} | {other.text}", Fault.ENDS_CONTRADICT)


# -- the answer --


def _gathered(said: list[Meaning]) -> Reading:
    kinds = {(meaning.is_day, meaning.is_serial) for meaning in said if meaning.ranges}
    if len(kinds) > 1:
        raise Stopped("; ".join(str(of) for meaning in said for of in meaning.ranges), Fault.MIXED_KINDS)
    ranges = tuple(_qualified(of, meaning) for meaning in said for of in meaning.ranges)
    is_day, is_serial = next(iter(kinds), (False, False))
    conditional = any(of.qualifiers for of in ranges)
    if not ranges and not any(meaning.commit or meaning.fixed for meaning in said):
        raise Stopped(" ".join(str(of) for meaning in said for of in meaning.excluded), Fault.ORDER_UNKNOWN)
    return Reading(
        text="",
        certainty=Certainty.CONDITIONAL if conditional else Certainty.WHOLE,
        ranges=() if is_day or is_serial else ranges,
        serials=ranges if is_serial else (),
        dates=ranges if is_day and not is_serial else (),
        hashes=tuple(meaning.commit for meaning in said if meaning.commit),
        fixed=tuple(meaning.fixed for meaning in said if meaning.fixed),
        excluded=tuple(of for meaning in said for of in meaning.excluded),
    )


def _qualified(of: Range, meaning: Meaning) -> Range:
    if meaning.line is not None:
        of = _within_line(of, meaning)
    subject = (meaning.subject,) if meaning.subject else ()
    return replace(of, qualifiers=subject + meaning.qualifiers)


def _within_line(of: Range, meaning: Meaning) -> Range:
    """ "V4.7: < V4.7 HF27": from the line's first on. An end that is not of the line stops the reading."""
    line = meaning.line or ""
    start = order.without_wildcards(line)
    # What is a version by itself may be none any more before ".x": an x inside of it, signs alone.
    if start is None or order.line_of(f"{start}.x") is None or of.high is None:
        raise Stopped(line, Fault.ENDS_CONTRADICT if of.high is None else Fault.WILDCARD_INSIDE)
    if order.belongs(of.high.text, line=f"{start}.x") is not True:
        raise Stopped(f"{line}: {of.high.text}", Fault.ENDS_CONTRADICT)
    return of if of.low is not None else Range(replace(of.high, text=line, inclusive=True), of.high)
