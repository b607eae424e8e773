"""From a text to the tokens of the grammar: signs, phrases, versions, days, and the words beside them.

Which words are a version, the name of a product before it or a condition after it is decided here, run by run; the
grammar then sees versions only. What fits none of them stops the reading (`Stopped`).
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from sonae_engine.exposure.ranges import lexicon, order
from sonae_engine.exposure.ranges.limits import Limits
from sonae_engine.exposure.ranges.vocabulary import Fault, Language

_JAPANESE_LETTERS = "ぁ-んァ-ヶー一-龠々"
_CHUNK = re.compile(rf"[^\s,;|<>={_JAPANESE_LETTERS}、〜~]+")
_JAPANESE_WORD = re.compile(rf"[{_JAPANESE_LETTERS}]")
_QUOTED = re.compile(r"'([^']{1,200})'|\"([^\"]{1,200})\"|「([^」]{1,200})」")
_ENDS = ".:"
_AFTER_SIGN = frozenset({"AT_MOST", "AT_LEAST", "LESS", "MORE", "EQUAL", "OTHER_THAN"})
_ASKS_VERSION_AFTER = _AFTER_SIGN | {
    "BEFORE", "UP_TO", "FROM_UP", "ABOVE", "TO", "BETWEEN", "FROM", "FIXED", "VERSION_WORD", "EXCEPT", "SERIAL",
}  # fmt: skip
_ASKS_VERSION_BEFORE = frozenset({
    "AND_BELOW", "AND_ABOVE", "UNDER", "OVER", "TO", "UNTIL", "INCLUDED", "NOT_INCLUDED", "LINE", "EXCEPT_BEFORE",
    "FIXED_AFTER", "SERIES",
})  # fmt: skip
_WORDY = frozenset({"STRONG", "CODE", "NUMBER", "WORD", "MARK", "BUILD", "VERSION_WORD", "QUOTED", "HASH", "EDITION"})
_LONGEST_HEADLESS = 12


@dataclass(frozen=True, slots=True)
class Token:
    """`name` is a terminal of the grammar; `text` what stands there, `value` what it means if that differs."""

    name: str
    text: str
    value: str = ""


class Stopped(Exception):
    """Ends a reading where it is not understood; caught by `reading.read` alone."""

    def __init__(self, part: str, fault: Fault) -> None:
        super().__init__(fault)
        self.part = part
        self.fault = fault


def folded(text: str) -> str:
    """Full-width signs and digits as ASCII, blanks as one; brackets around the whole are taken off."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).strip()
    if plain.startswith("(") and _closing(plain, 0) == len(plain) - 1:
        plain = plain[1:-1].strip()
    return plain.removesuffix(".").strip() if not plain.endswith("..") else plain


def tokens(text: str, *, language: Language | None, limits: Limits) -> list[Token]:
    """The terminals of a folded text; raises `Stopped`."""
    phrases = [phrase for phrase in lexicon.PHRASES if language is None or phrase.language in {None, language}]
    raw: list[Token] = []
    place = 0
    while place < len(text):
        if text[place] == " ":
            place += 1
            continue
        token, place = _next(text, place, raw=raw, phrases=phrases)
        if token is not None:
            raw.append(token)
        if len(raw) > limits.tokens:
            raise Stopped(text[:80], Fault.TOO_MANY_PARTS)
    return _assembled(raw)


def _next(
    text: str, place: int, *, raw: list[Token], phrases: list[lexicon.Phrase]
) -> tuple[Token | None, int]:
    at_word = place == 0 or not text[place - 1].isalnum() or bool(_JAPANESE_WORD.match(text, place - 1))
    if at_word:
        if found := _dated(text, place, raw):
            return found
        if (tail := lexicon.TAIL.match(text, place)) and _has_head(raw):
            return Token("QUALIFIER", text[place:]), len(text)
        if found := _marked(text, place, raw):
            return found
    if text[place] == "(":
        for phrase in phrases:
            if phrase.opens_bracket and (match := phrase.pattern.match(text, place)):
                if phrase.name == "UNSURE":
                    raise Stopped(match[0], Fault.PUBLISHER_UNSURE)
                return Token(phrase.name, match[0]), match.end()
        return _bracketed(text, place, raw)
    if text[place] == ")":
        # The bracket that "(affected" or "(shipped" opened.
        if any(token.name in {"AFFECTED", "MADE"} for token in raw):
            return None, place + 1
        raise Stopped(text[place:], Fault.BRACKET_OPEN)
    for phrase in phrases:
        if (match := phrase.pattern.match(text, place)) and (at_word or not match[0][0].isalnum() or not match[0].isascii()):
            return Token(phrase.name, match[0]), match.end()
    if match := _QUOTED.match(text, place):
        return Token("QUOTED", match[0], match[1] or match[2] or match[3]), match.end()
    return _chunk(text, place)


def _dated(text: str, place: int, raw: list[Token]) -> tuple[Token, int] | None:
    for pattern in lexicon.DATES:
        if not (match := pattern.match(text, place)):
            continue
        parts = match.groupdict()
        follows_build = bool(raw) and raw[-1].text.casefold() == "build"
        if parts.get("year") is None:
            raise Stopped(match[0], Fault.DAY_WITHOUT_YEAR)
        if follows_build or (match.end() < len(text) and text[match.end()] in "-_"):
            return None
        return Token("DATE", match[0], _iso(parts)), match.end()
    return None


def _iso(parts: dict[str, str | None]) -> str:
    month = (parts["month"] or "").rstrip(".").casefold()
    number = int(month) if month.isdigit() else lexicon.MONTHS[month]
    day = parts.get("day")
    return f"{parts['year']}-{number:02d}" + (f"-{int(day):02d}" if day else "")


def _marked(text: str, place: int, raw: list[Token]) -> tuple[Token, int] | None:
    if match := lexicon.EDITION.match(text, place):
        return Token("EDITION", match[0]), match.end()
    after_version = bool(raw) and raw[-1].name in {"STRONG", "NUMBER", "CODE", "MARK", "BUILD"}
    after_sign = bool(raw) and raw[-1].name in _AFTER_SIGN and text[place : place + 6].casefold() == "build "
    if after_version or after_sign:
        for pattern in (lexicon.MARK_WITH_NUMBER, lexicon.MARK):
            if match := pattern.match(text, place):
                return Token("MARK", match[0]), match.end()
    return None


def _bracketed(text: str, place: int, raw: list[Token]) -> tuple[Token | None, int]:
    if match := lexicon.HOLES_IN_BRACKETS.match(text, place):
        return None, match.end()
    after_version = bool(raw) and raw[-1].name in {"STRONG", "NUMBER", "CODE", "MARK"}
    if after_version and (match := lexicon.BUILD_IN_BRACKETS.match(text, place)):
        return Token("BUILD", match[0]), match.end()
    end = _closing(text, place)
    if end is None:
        raise Stopped(text[place:], Fault.BRACKET_OPEN)
    if lexicon.SHIPPED.match(text, place + 1):
        return None, place + 1
    return Token("QUALIFIER", text[place : end + 1]), end + 1


def _closing(text: str, place: int) -> int | None:
    """Where the bracket closes that opens at `place`."""
    depth = 0
    for at in range(place, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return None


def _chunk(text: str, place: int) -> tuple[Token, int]:
    match = _CHUNK.match(text, place)
    if match is None:
        # A word of Japanese that is no phrase: one letter at a time, joined again when runs are made.
        return Token("WORD", text[place]), place + 1
    word = match[0]
    while word.count(")") > word.count("(") and word.endswith(")"):
        word = word[:-1]
    if len(word) > 1 and word[-1] in _ENDS and place + len(word) == match.end():
        word = word[:-1] if word[-1] == ":" or match.end() == len(text) or text[match.end()] != "." else word
        word = word.rstrip(".") if not word.endswith("U.S.") else word
    word = word or match[0]
    return Token(_sort_of(word), word), place + len(word) + (match[0][len(word) :] == ".")


def _sort_of(word: str) -> str:
    if word.isdigit():
        return "NUMBER"
    if lexicon.HASH.fullmatch(word):
        return "HASH"
    if not any(letter.isdigit() for letter in word):
        return "WORD"
    return "STRONG" if lexicon.STRONG.fullmatch(word) else "CODE"


def _has_head(raw: list[Token]) -> bool:
    """Whether a version, or the word for all of them, stands before: only then do words like "on" narrow something."""
    for at in range(len(raw) - 1, -1, -1):
        token = raw[at]
        if token.name in {"STRONG", "ALL", "DATE", "QUOTED", "AND_BELOW", "AND_ABOVE", "UNDER", "MARK", "BUILD"}:
            return True
        if token.name in {"COMMA", "BAR", "AND"}:
            return False
        if token.name in {"CODE", "NUMBER"}:
            return at > 0 and raw[at - 1].name in _ASKS_VERSION_AFTER
    return False


# -- runs of words --


_FIRMWARE = frozenset({"firmware", "fw", "software"})


def _refuse_two_parts(raw: list[Token]) -> None:
    """"Version B, Firmware A.01.09": a device and its firmware, which both have to be so."""
    words = [token.text.casefold().strip(".") for token in raw if token.name == "VERSION_WORD"]
    if "COMMA" in {token.name for token in raw} and 0 < sum(word in _FIRMWARE for word in words) < len(words):
        raise Stopped(_joined(raw[:8]), Fault.MIXED_KINDS)


def _assembled(raw: list[Token]) -> list[Token]:
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
    asked = before in _ASKS_VERSION_AFTER or after in _ASKS_VERSION_BEFORE
    head = _head(run, before=before, after=after, asked=asked)
    if head is None:
        words = [token for token in run if token.name != "VERSION_WORD"]
        if not words:
            return []
        if before in _AFTER_SIGN:
            raise Stopped(_joined(run), Fault.NAME_AFTER_SIGN)
        return [Token("SUBJECT", _joined(words))]
    subject = [token for token in run[:head] if token.name != "VERSION_WORD"]
    if subject and before in _AFTER_SIGN:
        raise Stopped(_joined(run), Fault.NAME_AFTER_SIGN)
    answer = [Token("SUBJECT", _joined(subject))] if subject else []
    return answer + _versions(run[head:])


def _head(run: list[Token], *, before: str, after: str, asked: bool) -> int | None:
    strong = [at for at, token in enumerate(run) if token.name in {"STRONG", "QUOTED", "HASH", "EDITION"}]
    if before in _AFTER_SIGN and run:
        first = next((at for at, token in enumerate(run) if token.name != "VERSION_WORD"), None)
        if first is not None and _can_lead(run[first]):
            return first
        return None
    if strong:
        first = strong[0]
        # "2017 8.1", "3005 8.1": a year leads the version it is sold under.
        if first and lexicon.YEAR.fullmatch(run[first - 1].text) and first == 1:
            return first - 1
        return first
    after_word = next((at + 1 for at, token in enumerate(run[:-1]) if token.name == "VERSION_WORD"), None)
    if after_word is not None and _can_lead(run[after_word]):
        return after_word
    weak = [at for at, token in enumerate(run) if token.name in {"CODE", "NUMBER"}]
    if weak and asked:
        return _last_run_of_marks(run, weak)
    if asked and len(run) == 1 and _can_lead(run[0]):
        return 0
    if len(weak) == 1 and weak[0] == 0 and all(token.name in {"MARK", "BUILD"} for token in run[1:]):
        return 0
    return None


def _last_run_of_marks(run: list[Token], weak: list[int]) -> int:
    """The last word that may be a version, with the marks after it."""
    return weak[-1]


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
    words: list[str] = []
    for at, token in enumerate(run):
        if at == 0:
            words = [token.value or token.text]
        elif token.name in {"MARK", "BUILD"} or (token.name == "CODE" and lexicon.MARK.fullmatch(token.text)):
            words.append(token.text)
        elif token.name == "STRONG" and at == 1 and _joins(run[0]):
            words.append(token.text)
        elif token.name in {"STRONG", "HASH"} and run[at - 1].name not in {"VERSION_WORD", "MARK"}:
            answer += _closed(words, first=run[0])
            answer.append(Token("COMMA", ""))
            words = [token.text]
        elif token.name == "NUMBER" and run[at - 1].name == "MARK":
            words.append(token.text)
        else:
            raise Stopped(_joined(run[at:]), Fault.WORDS_UNKNOWN)
    return answer + _closed(words, first=run[0])


def _joins(first: Token) -> bool:
    return bool(lexicon.YEAR.fullmatch(first.text)) or (first.name == "CODE" and bool(lexicon.MARK.fullmatch(first.text)))


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


_PREFIX = re.compile(r"^(?:versions?|ver\.?|v\.?)(?=[\s_]*\d)[\s_]*", re.IGNORECASE | re.ASCII)


def bare(text: str) -> str:
    """A version without the "V" or "Ver." before it."""
    return _PREFIX.sub("", text.strip())


def _joined(run: list[Token]) -> str:
    text = ""
    for token in run:
        glued = text and not (text[-1].isascii() or token.text[0].isascii())
        text += token.text if glued or not text else f" {token.text}"
    return text


def _with_subjects(found: list[Token]) -> list[Token]:
    """Names joined over "and" and commas ("FCN Controller and FCJ Controller R4.10"), and their colons dropped."""
    answer: list[Token] = []
    for token in found:
        if token.name == "MADE":
            # That something was shipped or sold says of a day what the day is about, and nothing of a version.
            continue
        if token.name == "SUBJECT" and len(answer) >= 2 and answer[-1].name in {"AND", "SLASH"}:
            if answer[-2].name == "SUBJECT":
                joint = answer.pop()
                before = answer.pop()
                token = replace(token, text=f"{before.text} {joint.text} {token.text}")
        elif token.name == "QUALIFIER" and answer and answer[-1].name == "SUBJECT":
            before = answer.pop()
            token = replace(before, text=f"{before.text} {token.text}")
        elif token.name == "QUALIFIER" and answer and answer[-1].name in {"BAR", "COMMA", "TO"}:
            answer.pop()
        elif token.name == "COLON" and answer and answer[-1].name == "SUBJECT":
            continue
        answer.append(token)
    return answer
