"""One spelling for many: width, case, look-alike letters, kana, Hepburn and Kunrei, long vowels, written numerals.

Pure: texts in, texts out. What a spelling gives away is asked in `telling`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sonae.core.institutions import rules as register

# Letters of other scripts, each followed by the Latin one it is drawn like; accents fall off by themselves.
_PAIRS = """
аa вb сc ԁd еe ғf нh һh іi јj кk ӏl мm пn оo рp ԛq гr ѕs тt уy ѵv ԝw хx αa βb ϲc εe ηn ιi κk νv οo ρp τt υu χx γy ωw
ɑa ɡg ɩi ıi ɪi ʏy ɴn ʜh ʟl ʙb ɢg ʀr øo łl đd ħh ŧt ɐa ʌa ǝe ɔc ꜱs ᴀa ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz
"""
_LIKE_LATIN = {ord(pair[0]): pair[-1] for pair in _PAIRS.split()}
# Small Greek letters are drawn otherwise than their capitals: η like n, Η like H.
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
# Kanji and katakana that are drawn alike.
_LIKE_KANA = str.maketrans("力口工夕卜二八", "カロエタトニハ")

SHORTEST_KANA = 3

_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[〇零一二三四五六七八九十百千万]"
# 三重 and 一般 are words: a written numeral counts where something is counted.
_COUNTED = re.compile(
    rf"{_NUMERAL}+(?=[年月日床名人台件]|時(?!的)|病床|ベッド)|(?<=数は){_NUMERAL}+|(?<=数){_NUMERAL}+"
)
_ANY_NUMERAL = re.compile(f"{_NUMERAL}+")

_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
_SYLLABLES = {kana: head + vowel for head, row in _ROWS.items() for kana, vowel in zip(row, "aiueo", strict=True)} | {
    "ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ン": "n", "ヴ": "bu",
    "ッ": "", "ー": "", "ヵ": "ka", "ヶ": "ga", "ヮ": "wa",
}  # fmt: skip
_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}

# Every way of writing a sound in Latin letters becomes one; the order matters.
_SOUNDS = tuple(
    (re.compile(written), sound)
    for written, sound in (
        ("[tc]ch", "ch"), ("shi", "si"), ("sh(?=[aueo])", "sy"), ("chi", "ti"), ("ch(?=[aueo])", "ty"), ("tsu", "tu"),
        ("f", "h"), ("ji", "zi"), ("jy?(?=[aueo])", "zy"), ("dz", "z"), ("du", "zu"), ("di", "zi"), ("l", "r"),
        ("v", "b"), ("m(?=[bmp])", "n"), ("(?<=[ou])h(?![aiueoy])", ""), ("o[ou]+", "o"), (r"([a-z])\1+", r"\1"),
    )
)  # fmt: skip

_WORD = re.compile(r"[a-z]+|[ァ-ヺー]+|[0-9]+")
_SPELLED = re.compile(r"(?<![a-z])[a-z](?:[\s._*·・/-]{1,3}[a-z](?![a-z]))+")
# What every institution is called, and so nobody: in Latin letters and in kana, the longest first.
GENERIC_LATIN = (
    "hospital", "hosp", "clinic", "byouin", "byoin", "kurinikku", "iin", "medical", "center", "centre", "general",
    "municipal", "prefectural", "university", "national", "public", "central", "city", "town", "red", "cross",
    "memorial", "children", "childrens", "sougou", "sogo", "shiritsu", "siritu", "choritsu", "kenritsu", "kouritsu",
    "koritsu", "kokuritsu", "iryou", "iryo", "hojin", "houjin", "kai", "the", "of", "and", "for", "www", "hp", "http",
    "https", "com", "net", "org", "co", "or", "go", "jp", "example", "no",
)  # fmt: skip
_FACILITIES = ("hospital", "clinic", "byouin", "byoin", "hosp", "kurinikku", "iin", "hp")
GENERIC_KANA = (
    "イリョウリョウイクセンター", "イリョウセンター", "メディカルセンター", "リハビリテーションビョウイン",
    "ソウゴウビョウイン",
    "ダイガクビョウイン", "キネンビョウイン", "ロウジンビョウイン", "ビョウイン", "クリニック", "シンリョウジョ",
    "シカイイン", "イイン", "センター", "ヤッキョク",
)  # fmt: skip
_FACILITY_KANJI = re.compile(r"[\s・]*(?:病院|医院|診療所|クリニック|総合病院|医療センター|大学病院|hospital|clinic)")
_FOUNDED_BY = re.compile(r"^.*?(?:チョウ|ソン|シ|ケン|ト|フ|ドウ|コク|コウ|クミアイ)リツ(?=.{2})")
_CORPORATION = re.compile(
    "^(?:(?:シャカイ|トクテイ)?イリョウ|シャカイフクシ|イッパン|コウエキ|ドクリツギョウセイ|ガッコウ)ホウジン"
    "(?:シャダン|ザイダン)?(?:ホウジン)?(?:.{1,12}?カイ(?=.{2}))?"
)
_PARTICLE = re.compile("(?:カラハ|ニハ|デハ|トハ|カラ|ヘノ|[デハガヲニノトモヘ])$")
_GENERIC_IN_KANA = re.compile(f"({'|'.join(GENERIC_KANA)})")
_FACILITY_IN_WORD = re.compile(
    r"^(?:hospital|clinic)(?=.{3})|(?<=.{3})(?:hospital|clinic|by(?:ou|o)in|kurinikku|hosp|hp)$"
)


def key(text: str) -> str:
    """The letters and figures of a text in one spelling: 半・田, 半 田 and ＨＡＮＤＡ, handa become the same."""
    return "".join(sign for sign in _folded(text) if sign.isalnum())


def key_in_figures(text: str) -> str:
    """As `key`, with every written numeral in figures: 第百二十三 and 第１２３ become the same."""
    return key(_ANY_NUMERAL.sub(_in_figures, register.visible(text)))


def counted_in_figures(text: str) -> str:
    """The text as people see it, with written numerals in figures where something is counted: 十一月, 百二十床."""
    return _COUNTED.sub(_in_figures, register.visible(text))


def sound(text: str) -> str:
    """How Latin letters or kana sound, in one romanisation without long vowels: Ōno, Ohno, オオノ and おおの agree."""
    return _heard(_folded(text))


@lru_cache(maxsize=8_192)
def _heard(folded: str) -> str:
    said = _romanised(folded)
    for written, heard in _SOUNDS:
        said = written.sub(heard, said)
    return said


@dataclass(frozen=True, slots=True)
class Word:
    """A run of one script in a text, by its sound; generic words are what every institution is called."""

    sound: str
    letters: int  # as written
    is_kana: bool = False
    is_generic: bool = False
    names_facility: bool = False  # a word for hospital is part of it or stands beside it
    bare: str = ""  # kana without the particle at its end


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in each of the forms in which names are looked for, folded once."""

    key: str
    key_in_figures: str
    words: tuple[Word, ...]


def fold(text: str) -> Folded:
    return Folded(key(text), key_in_figures(text), tuple(word for word in words(text) if not word.is_generic))


def words(text: str) -> tuple[Word, ...]:
    """The words of a text that have a sound; letters set apart (H a n d a) are one word."""
    found = list(_words(_SPELLED.sub(lambda spelled: re.sub("[^a-z]", "", spelled.group()), _spaced(text))))
    facilities = [word.is_generic and word.names_facility for word in found]
    near = [any(facilities[max(0, place - 1) : place + 2]) for place in range(len(found))]
    return tuple(replace(word, names_facility=True) if near[at] else word for at, word in enumerate(found))


def cores(reading: str) -> frozenset[str]:
    """What is left of a reading in kana when corporation, founder and the words of every institution are taken off."""
    folded = _folded(reading.strip().rpartition("\u3000")[2].rpartition(" ")[2])
    plain = _without_generic_kana(folded)
    left = {plain, _CORPORATION.sub("", plain)}
    left |= {_FOUNDED_BY.sub("", one) for one in left}
    left = {one for one in left if len(one) >= SHORTEST_KANA}
    return frozenset(_heard(one) for one in (left | {folded} if left else left))


def latin_core(name: str) -> str:
    """What is left of a name in Latin letters without the words of every institution."""
    return "".join(word.sound for word in words(name) if not word.is_generic)


def _folded(text: str) -> str:
    plain = text if text.isascii() else register.visible(text).translate(_CAPITALS)
    lowered = register.search_key(plain).translate(_LIKE_KANA)
    return _without_accents(lowered).translate(_LIKE_LATIN)


def _spaced(text: str) -> str:
    """As `_folded`, blanks and signs kept, since they part words."""
    seen = register.visible(text).translate(_CAPITALS).casefold()
    kana = "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ゖ" else sign for sign in seen)
    return _without_accents(kana).translate(_LIKE_LATIN)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    parts = []
    for sign in text:
        base = unicodedata.normalize("NFKD", sign)
        # The marks of ガ and パ are sounds, not accents.
        parts.append(sign if "\u3040" <= sign <= "\u30ff" else "".join(c for c in base if not unicodedata.combining(c)))
    return "".join(parts)


def _romanised(text: str) -> str:
    said: list[str] = []
    for sign in text:
        if sign in _SMALL and said:
            # キャ is k-ya, ファ is h-a, ティ is t-i.
            said[-1] = re.sub("[aiueo]$", "", said[-1]) + _SMALL[sign]
        elif sign in _SYLLABLES:
            said.append(_SYLLABLES[sign])
        elif sign.isascii() and sign.isalnum():
            said.append(sign)
    return "".join(said)


def _words(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        written, after = found.group(), text[found.end() : found.end() + 12]
        beside = bool(_FACILITY_KANJI.match(after))
        if written.isdigit():
            yield Word(written, len(written))
        elif written.isascii():
            yield _latin_word(written, beside=beside)
        else:
            yield from _kana_words(written, beside=beside)


def _kana_words(written: str, *, beside: bool) -> Iterator[Word]:
    parts = [part for part in _GENERIC_IN_KANA.split(written) if part]
    for place, part in enumerate(parts):
        generic = _GENERIC_IN_KANA.fullmatch(part) is not None
        yield Word(
            _heard(part), len(part), is_kana=True, is_generic=generic, bare=_heard(_PARTICLE.sub("", part)),
            names_facility=generic or (beside and place == len(parts) - 1),
        )  # fmt: skip


def _latin_word(written: str, *, beside: bool) -> Word:
    if written in GENERIC_LATIN:
        return Word(_heard(written), len(written), is_generic=True, names_facility=written in _FACILITIES)
    bare = _FACILITY_IN_WORD.sub("", written)
    return Word(_heard(bare), len(bare), names_facility=beside or bare != written)


def _without_generic_kana(reading: str) -> str:
    for generic in GENERIC_KANA:
        reading = reading.removesuffix(_folded(generic))
    return reading


def _in_figures(found: re.Match[str]) -> str:
    """百二十 and 一二〇 are both 120."""
    written = found.group()
    if not any(sign in _TENS or sign == "万" for sign in written):
        return "".join(str(_DIGITS[sign]) for sign in written)
    total, below, figure = 0, 0, ""
    for sign in written:
        if sign in _DIGITS:
            figure += str(_DIGITS[sign])
        elif sign == "万":
            total, below, figure = total + (below + int(figure or 0) or 1) * 10_000, 0, ""
        else:
            below, figure = below + int(figure or 1) * _TENS[sign], ""
    return str(total + below + int(figure or 0))
