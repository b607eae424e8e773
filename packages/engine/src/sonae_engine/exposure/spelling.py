"""Normal forms of what people type: width, case, accents, dashes, mojibake, legal forms; words nearly alike."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, Levenshtein

MAX_CHARS: Final = 400
"""What is read of a name; nothing that anybody calls a product is longer, and nothing longer is worth the time."""

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_MARKS: Final = re.compile(r"[™®©℠]|\((?:tm|r|c)\)", re.IGNORECASE)
_APOSTROPHES: Final = re.compile("['’‘`´]")
_MOJIBAKE: Final = re.compile("[ÃÂâ€]")
_ACCENTED: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_TOKEN: Final = re.compile(r"[a-z0-9]+|[ァ-ヺー]+|[一-鿿々]+|[ぁ-ゖ]+|\+")
_LEGAL: Final = re.compile(
    r"株式会社|有限会社|合同会社|\(株\)|\(有\)|\(同\)|"
    r"(?<![a-z])(?:incorporated|inc|corporation|corp|company|co|limited|ltd|ltda|llc|gmbh|kg|ag|oy|oyj|sa|se|plc|bv|nv|"
    r"spa|ab|k\.k|kk)(?![a-z])\.?"
)
_COUNTRY: Final = re.compile(r"^日本(?=.)|ジャパン$|(?<=.)日本$|(?<![a-z])japan(?![a-z])|日本法人$")
_TRADE: Final = re.compile(
    r"(?: (?:healthcare|health|medical|diagnostics|technology|technologies|systems?|software|international|industries|"
    r"laboratories|networks?|electronics?|electric|instruments?|solutions?|communications?|foundation|group|holdings|"
    r"project|usa|america|europe))+$"
)
_TRADE_KANA: Final = re.compile(
    r"(?<=[ァ-ヺー一-鿿a-z]{2})(?: ?(?:ヘルスケア|メディカル|ダイアグノスティッ?クス?|テクノロジーズ?|"
    r"システムズ?|ソフトウェア|"
    r"ネットワークス?|エレクトロニクス|ソリューションズ?|コミュニケーションズ?|インターナショナル|"
    r"ラボラトリーズ?|グループ|ホールディングス|コーポレーション|インスツルメンツ?|マーケティング|"
    r"ビジネス|セールス|サービス|工業|産業|製作所|電機|販売|商会))+$"
)
_BLANKS: Final = re.compile(r"\s+")


@lru_cache(maxsize=200_000)
def normal(text: str) -> str:
    """The text in lower case, narrow, without accents, marks and apostrophes, one blank between words, dashes alike."""
    text = _repaired(text[:MAX_CHARS]).translate(_DASHES)
    text = unicodedata.normalize("NFKC", _MARKS.sub("", text)).translate(_DASHES)
    text = _APOSTROPHES.sub("", _without_accents(text.casefold()))
    return _BLANKS.sub(" ", text.replace("・", "")).strip()


def _repaired(text: str) -> str:
    """UTF-8 that was read as Windows-1252 once, put right: `YhtymÃ¤` is `Yhtymä`."""
    if not _MOJIBAKE.search(text):
        return text
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _without_accents(text: str) -> str:
    return text if text.isascii() else _ACCENTED.sub(lambda found: _bare(found.group()), text)


def _bare(char: str) -> str:
    first = unicodedata.normalize("NFD", char)[0]
    return first if first.isascii() else char


def tokens(text: str) -> list[str]:
    """The words and numbers of a normal text; scripts part, blanks and punctuation fall away."""
    return ["plus" if token == "+" else token for token in _TOKEN.findall(text)]  # noqa: S105  a sign, not a secret


def compact(text: str) -> str:
    """The letters and digits of any text, in their order: equal for `EC 40` and `ec-40`."""
    return "".join(tokens(normal(text)))


def without_legal_form(text: str) -> str:
    """A normal name of a company without 株式会社, Inc., GmbH and the like."""
    return _LEGAL.sub(" ", text).strip(" .,-&")


def without_misspelt_form(text: str) -> str:
    """A normal name of a company without a last word that was meant to be its legal form."""
    head, _, last = text.rpartition(" ")
    return head if head and any(nearly(last, form) for form in ("corporation", "company", "limited")) else text


def without_trade(text: str) -> str:
    """A normal name of a company without the trade it says it is in; never empty."""
    return _TRADE_KANA.sub("", _TRADE.sub("", text)).strip() or text


def without_country(text: str) -> str:
    """A normal name of a company without the country of its branch; never empty."""
    return _COUNTRY.sub("", text).strip() or text


@lru_cache(maxsize=400_000)
def nearly(one: str, other: str) -> bool:
    """Whether two words are one with a slip: the first letter holds, one slip from five letters on, two from nine."""
    shorter = min(len(one), len(other))
    if shorter < 5 or one[0] != other[0] or one.isdigit() or other.isdigit():
        return False
    most = 1 if shorter < 9 else 2
    return OSA.distance(one, other, score_cutoff=most) <= most


@lru_cache(maxsize=400_000)
def sounds_like(latin: str, kana: str) -> bool:
    """Whether a word in katakana is how Japanese writes the Latin word; compared by consonants, as vowels wander.

    A word of two or three consonants must have the same ones, and nearly the same vowels.
    """
    other = _kana_heard(kana)
    ones = _heard_as(latin)
    if len(other) < 2 or not any(one[:1] == other[0] for one in ones):
        return False
    if len(other) <= 3:
        least = 0.6 if len(other) == 3 else 0.8
        return other in ones and Levenshtein.normalized_similarity(_folded(latin), _folded(romaji(kana))) >= least
    alike = (Levenshtein.normalized_similarity(one, other) for one in ones if len(one) >= 4)
    return any(each >= 0.8 for each in alike)


@lru_cache(maxsize=100_000)
def _heard_as(latin: str) -> frozenset[str]:
    return frozenset(_consonants(each) for one in (latin, _without_r(latin)) for each in (one, _soft_g(one)))


@lru_cache(maxsize=100_000)
def _kana_heard(kana: str) -> str:
    return _consonants(romaji(kana))


def _without_r(latin: str) -> str:
    """The r after a vowel that Japanese writes as a long vowel: `start` is スタート."""
    return _LONG_R.sub("", latin) if "r" in latin else latin


def _soft_g(latin: str) -> str:
    """The g that is said like a j: `manager` is マネージャ."""
    return _G_AS_J.sub("j", latin) if "g" in latin else latin


_LONG_R: Final = re.compile("(?<=[aeiou])r(?![aeiouy])")
_G_AS_J: Final = re.compile("g(?=[eiy])")
_ROWS: Final = {
    "k": "カキクケコ",
    "g": "ガギグゲゴ",
    "s": "サスセソ",
    "sh": "シ",
    "z": "ザズゼゾ",
    "j": "ジヂ",
    "t": "タテト",
    "ch": "チ",
    "ts": "ツ",
    "d": "ダデドヅ",
    "n": "ナニヌネノ",
    "h": "ハヒヘホ",
    "f": "フ",
    "b": "バビブベボ",
    "p": "パピプペポ",
    "m": "マミムメモ",
    "y": "ヤユヨ",
    "r": "ラリルレロ",
    "w": "ワヲ",
    "v": "ヴ",
}
_VOWELS: Final = {
    "a": "アカガサザタダナハバパマヤラワァャ",
    "i": "イキギシジチヂニヒビピミリィ",
    "u": "ウクグスズツヅヌフブプムユルヴゥュ",
    "e": "エケゲセゼテデネヘベペメレェ",
    "o": "オコゴソゾトドノホボポモヨロヲォョ",
}
_SOUND_OF: Final = {kana: row for row, line in _ROWS.items() for kana in line}
_VOWEL_OF: Final = {kana: vowel for vowel, line in _VOWELS.items() for kana in line}


def romaji(kana: str) -> str:
    """Katakana in Latin letters, plain enough to compare by sound."""
    return "".join(_SOUND_OF.get(char, "n" if char == "ン" else "") + _VOWEL_OF.get(char, "") for char in kana)


# Letters that Japanese hears alike, two or three together first.
_TOGETHER: Final = {
    "tion": "son", "ph": "h", "ck": "k", "qu": "k", "sh": "s", "ch": "t", "tsu": "tu", "th": "s", "ce": "se",
    "ci": "si", "cy": "sy",
}  # fmt: skip
_TOGETHER_PATTERN: Final = re.compile("|".join(sorted(_TOGETHER, key=len, reverse=True)))
_ALONE: Final = str.maketrans(
    {"x": "ks", "c": "k", "q": "k", "v": "b", "l": "r", "j": "s", "z": "s", "f": "h", "d": "t", "g": "k", "p": "b"}
)
_VOWELS_AWAY: Final = str.maketrans("", "", "aeiouyw")
_DOUBLED: Final = re.compile(r"(.)\1+")


def _folded(word: str) -> str:
    """A word as it is heard, vowels and all."""
    heard = _TOGETHER_PATTERN.sub(lambda found: _TOGETHER[found.group()], word)
    return _DOUBLED.sub(r"\1", heard.translate(_ALONE))


def _consonants(word: str) -> str:
    heard = _TOGETHER_PATTERN.sub(lambda found: _TOGETHER[found.group()], word)
    return _DOUBLED.sub(r"\1", heard.translate(_ALONE).translate(_VOWELS_AWAY))


def is_kana(word: str) -> bool:
    """Whether a word is in katakana."""
    return "ァ" <= word[0] <= "ー"


@lru_cache(maxsize=100_000)
def first_sounds(word: str, *, least: int = 2) -> frozenset[str]:
    """The consonants with which `sounds_like` may begin; none where there are fewer than it compares."""
    heard = (_kana_heard(word),) if is_kana(word) else _heard_as(word) if word.isascii() else ()
    return frozenset(each[0] for each in heard if len(each) >= least)


@lru_cache(maxsize=200_000)
def nearly_any(word: str, others: frozenset[str]) -> bool:
    """Whether a word is nearly one of these."""
    return any(nearly(word, other) for other in others)
