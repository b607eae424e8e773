"""From a text to the tokens of the grammar: signs, phrases, days, brackets, conditions, and words (`runs`)."""

import re
from calendar import monthrange

from sonae_engine.exposure.ranges import lexicon, runs
from sonae_engine.exposure.ranges.limits import Limits
from sonae_engine.exposure.ranges.tokens import ASKS_VERSION_AFTER, SIGNS, Stopped, Token, closing
from sonae_engine.exposure.ranges.vocabulary import Fault, Language

_JAPANESE_LETTERS = "ぁ-んァ-ヶー一-龠々"
_CHUNK = re.compile(rf"[^\s,;|<>={_JAPANESE_LETTERS}、〜~–—]+")
_JAPANESE_WORD = re.compile(rf"[{_JAPANESE_LETTERS}]")
_QUOTED = re.compile(r"'([^']{1,200})'|\"([^\"]{1,200})\"|「([^」]{1,200})」")
_ENDS = ".:"


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
    return runs.assembled(raw)


def _next(text: str, place: int, *, raw: list[Token], phrases: list[lexicon.Phrase]) -> tuple[Token | None, int]:
    at_word = place == 0 or not text[place - 1].isalnum() or bool(_JAPANESE_WORD.match(text, place - 1))
    if at_word:
        if found := _dated(text, place, raw) or _marked(text, place, raw):
            return found
        if lexicon.TAIL.match(text, place) and _has_head(raw):
            return Token("QUALIFIER", text[place:]), len(text)
    if text[place] in "()":
        return _bracketed(text, place, raw=raw, phrases=phrases)
    return _phrase(text, place, phrases, at_word=at_word) or _quoted(text, place) or _chunk(text, place)


def _phrase(text: str, place: int, phrases: list[lexicon.Phrase], *, at_word: bool) -> tuple[Token, int] | None:
    for phrase in phrases:
        match = phrase.pattern.match(text, place)
        if match and (at_word or not match[0][0].isalnum() or not match[0].isascii()):
            if phrase.name == "UNSURE":
                raise Stopped(match[0], Fault.PUBLISHER_UNSURE)
            return Token(phrase.name, match[0]), match.end()
    return None


def _quoted(text: str, place: int) -> tuple[Token, int] | None:
    match = _QUOTED.match(text, place)
    if match is None:
        return None
    inside = match[1] or match[2] or match[3]
    names_version = any(letter.isdigit() for letter in inside)
    return Token("QUOTED" if names_version else "WORD", match[0], inside), match.end()


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
        return Token("DATE", match[0], _iso(match[0], parts)), match.end()
    return None


def _iso(written: str, parts: dict[str, str | None]) -> str:
    month = (parts["month"] or "").rstrip(".").casefold()
    number = int(month) if month.isdigit() else lexicon.MONTHS[month]
    day = parts.get("day")
    if not 1 <= number <= 12 or (day and not 1 <= int(day) <= monthrange(int(parts["year"] or 0), number)[1]):
        raise Stopped(written, Fault.WORDS_UNKNOWN)
    return f"{parts['year']}-{number:02d}" + (f"-{int(day):02d}" if day else "")


def _marked(text: str, place: int, raw: list[Token]) -> tuple[Token, int] | None:
    if match := lexicon.EDITION.match(text, place):
        return Token("EDITION", match[0]), match.end()
    after_version = bool(raw) and raw[-1].name in {"STRONG", "NUMBER", "CODE", "MARK", "BUILD"}
    after_sign = bool(raw) and raw[-1].name in SIGNS and text[place : place + 6].casefold() == "build "
    if after_version or after_sign:
        for pattern in (lexicon.MARK_WITH_NUMBER, lexicon.MARK):
            if match := pattern.match(text, place):
                return Token("MARK", match[0]), match.end()
    return None


def _bracketed(text: str, place: int, *, raw: list[Token], phrases: list[lexicon.Phrase]) -> tuple[Token | None, int]:
    if text[place] == ")":
        # The bracket that "(affected" or "(shipped" opened.
        if any(token.name in {"AFFECTED", "MADE"} for token in raw):
            return None, place + 1
        raise Stopped(text[place:], Fault.BRACKET_OPEN)
    if found := _phrase(text, place, [phrase for phrase in phrases if phrase.opens_bracket], at_word=True):
        return found
    if match := lexicon.HOLES_IN_BRACKETS.match(text, place):
        return None, match.end()
    after_version = bool(raw) and raw[-1].name in {"STRONG", "NUMBER", "CODE", "MARK"}
    if after_version and (match := lexicon.BUILD_IN_BRACKETS.match(text, place)):
        return Token("BUILD", match[0]), match.end()
    end = closing(text, place)
    if end is None:
        raise Stopped(text[place:], Fault.BRACKET_OPEN)
    if lexicon.SHIPPED.match(text, place + 1):
        return None, place + 1
    reached = _phrase(text[: end + 1], place + 1, phrases, at_word=True)
    if reached is not None and reached[1] == end and reached[0].name in {"AND_BELOW", "AND_ABOVE"}:
        return reached[0], end + 1
    inside = text[place + 1 : end]
    if lexicon.REACHING.search(inside) and not lexicon.TAIL.match(inside):
        raise Stopped(text[place : end + 1], Fault.WORDS_UNKNOWN)
    return Token("QUALIFIER", text[place : end + 1]), end + 1


def _chunk(text: str, place: int) -> tuple[Token, int]:
    match = _CHUNK.match(text, place)
    if match is None:
        # A word of Japanese that is no phrase: one letter at a time, joined again when runs are made.
        return Token("WORD", text[place]), place + 1
    word = match[0]
    while word.count(")") > word.count("(") and word.endswith(")"):
        word = word[:-1]
    if word.count("(") > word.count(")") and word.rindex("("):
        # The bracket goes on after a blank or in Japanese: it is not part of the version.
        head = word[: word.rindex("(")]
        return Token(_sort_of(head), head), place + len(head)
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
            return at > 0 and raw[at - 1].name in ASKS_VERSION_AFTER
    return False
