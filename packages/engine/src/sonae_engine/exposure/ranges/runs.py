"""Runs of words: which of them are a version, and which the name of something before it.

After this the grammar sees versions only. What fits no version and no name stops the reading.
"""

import re
from dataclasses import replace

from sonae_engine.exposure.ranges import lexicon, order
from sonae_engine.exposure.ranges.tokens import ASKS_VERSION_AFTER, SIGNS, Stopped, Token, bare, joined
from sonae_engine.exposure.ranges.vocabulary import Fault

_ASKS_VERSION_BEFORE = frozenset({
    "AND_BELOW", "AND_ABOVE", "UNDER", "OVER", "TO", "UNTIL", "INCLUDED", "NOT_INCLUDED", "LINE", "EXCEPT_BEFORE",
    "FIXED_AFTER", "SERIES",
})  # fmt: skip
_WORDY = frozenset({"STRONG", "CODE", "NUMBER", "WORD", "MARK", "BUILD", "VERSION_WORD", "QUOTED", "HASH", "EDITION"})
_FIRMWARE = frozenset({"firmware", "fw", "software"})


def _refuse_two_parts(raw: list[Token]) -> None:
    """ "Version B, Firmware A.01.09": a device and its firmware, which both have to be so."""
    words = [token.text.casefold().strip(".") for token in raw if token.name == "VERSION_WORD"]
    if "COMMA" in {token.name for token in raw} and 0 < sum(word in _FIRMWARE for word in words) < len(words):
        raise Stopped(joined(raw[:8]), Fault.MIXED_KINDS)


def assembled(raw: list[Token]) -> list[Token]:
    """The terminals of the grammar; raises `Stopped`."""
    _refuse_two_parts(raw)
    answer: list[Token] = []
    place = 0
    while place < len(raw):
        token = raw[place]
        if token.name not in _WORDY:
            answer.append(token)
            place += 1
            continue
        end = place
        while end < len(raw) and raw[end].name in _WORDY:
            end += 1
        before = raw[place - 1].name if place else ""
        after = raw[end].name if end < len(raw) else ""
        answer += _run(raw[place:end], before=before, after=after)
        place = end
    return _with_subjects(answer)


def _run(run: list[Token], *, before: str, after: str) -> list[Token]:
    asked = before in ASKS_VERSION_AFTER or after in _ASKS_VERSION_BEFORE
    head = _head(run, before=before, asked=asked)
    if head is None:
        words = [token for token in run if token.name != "VERSION_WORD"]
        if not words:
            return []
        if before in SIGNS:
            raise Stopped(joined(run), Fault.NAME_AFTER_SIGN)
        return [Token("SUBJECT", joined(words))]
    subject = [token for token in run[:head] if token.name != "VERSION_WORD"]
    if subject and before in SIGNS:
        raise Stopped(joined(run), Fault.NAME_AFTER_SIGN)
    if subject and after == "TO" and run[head].name == "NUMBER" and run[head - 1].name != "VERSION_WORD":
        # "Model 3 - 2023.6": the number belongs to the name.
        raise Stopped(joined(run), Fault.WORDS_UNKNOWN)
    answer = [Token("SUBJECT", joined(subject))] if subject else []
    while run[-1].name == "VERSION_WORD":
        run = run[:-1]
    return answer + _versions(run[head:])


def _head(run: list[Token], *, before: str, asked: bool) -> int | None:
    """Where the version begins: after a sign at once, else at the first word that can be nothing else."""
    if before in SIGNS:
        first = next((at for at, token in enumerate(run) if token.name != "VERSION_WORD"), None)
        return first if first is not None and _can_lead(run[first]) else None
    strong = next((at for at, token in enumerate(run) if token.name in {"STRONG", "QUOTED", "HASH", "EDITION"}), None)
    if strong is not None:
        # "2017 8.1": a year leads the version that is sold under it.
        return 0 if strong == 1 and lexicon.YEAR.fullmatch(run[0].text) else strong
    after_word = next((at + 1 for at, token in enumerate(run[:-1]) if token.name == "VERSION_WORD"), None)
    if after_word is not None and _can_lead(run[after_word]):
        return after_word
    return _weak_head(run, asked=asked)


def _weak_head(run: list[Token], *, asked: bool) -> int | None:
    """Where a version begins that only its neighbours show to be one."""
    weak = [at for at, token in enumerate(run) if token.name in {"CODE", "NUMBER"}]
    if asked and weak:
        return weak[-1]
    if asked and len(run) == 1 and _can_lead(run[0]):
        return 0
    stands_alone = weak == [0] and all(token.name in {"MARK", "BUILD"} for token in run[1:])
    return 0 if stands_alone else None


def _can_lead(token: Token) -> bool:
    if token.name in {"STRONG", "CODE", "NUMBER", "QUOTED", "EDITION", "HASH"}:
        return True
    if token.name == "MARK":
        return token.text.casefold().startswith("build")
    if lexicon.REVISION_SPAN.fullmatch(token.text):
        return True
    return token.name == "WORD" and len(token.text) == 1 and token.text.isascii() and token.text.isalpha()


def _versions(run: list[Token]) -> list[Token]:
    """The versions of a run that begins with one: their marks joined, and a second version begun where one stands."""
    answer: list[Token] = []
    words = [run[0].value or run[0].text]
    for at in range(1, len(run)):
        token = run[at]
        if _goes_on(run, at):
            words.append(token.text)
        elif token.name in {"STRONG", "HASH"} and run[at - 1].name not in {"VERSION_WORD", "MARK"}:
            answer += [*_closed(words, first=run[0]), Token("COMMA", "")]
            words = [token.text]
        else:
            raise Stopped(joined(run[at:]), Fault.WORDS_UNKNOWN)
    return answer + _closed(words, first=run[0])


def _goes_on(run: list[Token], at: int) -> bool:
    token = run[at]
    if token.name in {"MARK", "BUILD"} or (token.name == "CODE" and lexicon.MARK.fullmatch(token.text)):
        return True
    if token.name == "NUMBER":
        return run[at - 1].name == "MARK"
    return token.name == "STRONG" and at == 1 and _joins(run[0])


def _joins(first: Token) -> bool:
    return bool(lexicon.YEAR.fullmatch(first.text)) or (
        first.name == "CODE" and bool(lexicon.MARK.fullmatch(first.text))
    )


def _closed(words: list[str], *, first: Token) -> list[Token]:
    text = " ".join(words)
    if first.name == "HASH" and len(words) == 1:
        return [Token("HASH", text)]
    if lexicon.HASH.fullmatch(text):
        return [Token("HASH", text)]
    for pattern in (lexicon.DOTTED_SPAN, lexicon.LETTERED_SPAN, lexicon.REVISION_SPAN):
        if match := pattern.fullmatch(text):
            return _span(match, text)
    return [Token("VERSION", text, bare(text))]


def _span(match: re.Match[str], text: str) -> list[Token]:
    groups = match.groups()
    low, high = groups[0], groups[2] if len(groups) == 4 else groups[1]
    within_one_line = len(groups) == 2 or groups[1] == groups[3]
    if not within_one_line or order.compared(low, high) != -1:
        return [Token("VERSION", text, bare(text))]
    return [Token("VERSION", low, bare(low)), Token("TO", "-"), Token("VERSION", high, bare(high))]


_BARE_SPAN = re.compile(r"\w+-\w+", re.ASCII)


def _of_kind(token: Token, *, made: bool, serial: bool) -> Token:
    """A version where a text speaks of days or serials: a year is a day; what else it may be is not guessed."""
    if token.name != "VERSION":
        if serial and token.name == "FROM" and lexicon.PREFIXED.match(token.text):
            raise Stopped(token.text, Fault.WORDS_UNKNOWN)
        return token
    if serial and _BARE_SPAN.fullmatch(token.text):
        raise Stopped(token.text, Fault.WORDS_UNKNOWN)
    if made and not serial:
        if lexicon.YEAR.fullmatch(token.text):
            return Token("DATE", token.text)
        raise Stopped(token.text, Fault.MIXED_KINDS)
    return token


def _with_subjects(found: list[Token]) -> list[Token]:
    """Names joined over "and" ("FCN Controller and FCJ Controller R4.10") and with their brackets."""
    names = {token.name for token in found}
    made, serial = "MADE" in names, "SERIAL" in names
    answer: list[Token] = []
    for each in found:
        token = _of_kind(each, made=made, serial=serial)
        last = answer[-1].name if answer else ""
        if token.name == "MADE" or (token.name == "COLON" and last == "SUBJECT"):
            # That something was shipped or sold says what a day is about, and nothing of a version.
            continue
        if token.name == "SUBJECT" and [each.name for each in answer[-2:]] in (
            ["SUBJECT", "AND"],
            ["SUBJECT", "SLASH"],
        ):
            before, joint = answer[-2:]
            answer[-2:] = [replace(before, text=f"{before.text} {joint.text} {token.text}")]
        elif token.name == "QUALIFIER" and last == "SUBJECT":
            answer[-1] = replace(answer[-1], text=f"{answer[-1].text} {token.text}")
        elif token.name == "QUALIFIER" and last in {"BAR", "COMMA", "TO"}:
            answer[-1] = token
        else:
            answer.append(token)
    return answer
