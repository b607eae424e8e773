"""The words with which advisories speak of versions, in English and Japanese, and what each of them is called.

Every phrase is tried at one place of a text, anchored there, and none repeats what it has matched: no expression here
takes longer than its match is long.
"""

import re
from dataclasses import dataclass

from sonae_engine.exposure.ranges.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Phrase:
    name: str
    pattern: re.Pattern[str]
    language: Language | None  # None: signs, which belong to both

    @property
    def opens_bracket(self) -> bool:
        return self.pattern.pattern.startswith((r"\(", "[(]"))


_ENGLISH = Language.ENGLISH
_JAPANESE = Language.JAPANESE
_VERSIONS = r"(?:\s(?:versions?|releases?|revisions?|firmware|builds?|models?))?"
_BANS = r"(?:の(?:全|全ての|すべての)?(?:ファームウェア)?(?:バージョン|版|リリース))?"
_VERSION_WORDS = (
    r"(?:(?:versions?|vers|ver|releases?|rev|revisions?|firmware|fw|software)(?:\.(?=\s|\d)|(?=[\s\d\"'])|$)"
    r"|v\.?(?=\s))"
)
_END = r"(?![\w])"

# The first that matches is taken, so the longer stand before the shorter.
_SOURCES: tuple[tuple[str, str, Language | None], ...] = (
    ("AT_MOST", r"<=|=<|≤|≦", None),
    ("AT_LEAST", r">=|=>|≥|≧", None),
    ("LESS", r"<", None),
    ("MORE", r">", None),
    ("OTHER_THAN", r"!=", None),
    ("EQUAL", r"==?", None),
    ("BAR", r"\|+", None),
    ("COMMA", r"[,;、]", None),
    ("COLON", r":(?=\s|$|<|>)", None),
    ("TO", r"(?:-|–|—|~|〜)(?=\s)", None),
    ("TO", r"[–—~〜]", None),
    ("INCLUDED", r"\(\s*(?:including|included|inclusive|incl\.?)\s*\)|inclusive" + _END, _ENGLISH),
    ("NOT_INCLUDED", r"\(\s*(?:excluding|excluded|exclusive|excl\.?)\s*\)|exclusive" + _END, _ENGLISH),
    ("INCLUDED", r"[(]?を?含む[)]?", _JAPANESE),
    ("NOT_INCLUDED", r"[(]?を?含まない[)]?", _JAPANESE),
    ("UNSURE", r"\(?(?:and\s)?(?:possibly|potentially|probably|maybe|may be|might)" + _END, _ENGLISH),
    ("SERIAL", r"(?:with\s)?serial\s?(?:numbers?|nos?\.?)|s/n" + _END, _ENGLISH),
    ("SERIAL", r"(?:シリアル|製造)(?:番号|ナンバー|no\.?)(?:が|は)?", _JAPANESE),
    (
        "MADE",
        r"(?:systems\s)?(?:distributed|manufactured|shipped|produced|released|sold|built|deployed)(?![\w-])",
        _ENGLISH,
    ),
    (
        "AND_BELOW",
        r"(?:(?:and|or)\s)(?:all\s)?(?:below|prior|earlier|before|older|lower|previous|under)"
        + _VERSIONS
        + r"(?!\s?(?:to|than|versions?|release)\b)(?!\s?v?\d)"
        + _END,
        _ENGLISH,
    ),
    ("AND_BELOW", r"(?:or|and)\sless(?!\sthan)" + _END, _ENGLISH),
    (
        "AND_ABOVE",
        r"(?:(?:and|or)\s)(?:all\s)?(?:above|later|newer|higher|after|up|onwards?|greater|upwards?|subsequent)"
        + _VERSIONS
        + r"(?!\s?(?:to|than|versions?|release)\b)(?!\s?v?\d)"
        + _END,
        _ENGLISH,
    ),
    ("AND_ABOVE", r"onwards?" + _END, _ENGLISH),
    ("BEFORE", r"(?:prior|previous)\sto" + _END, _ENGLISH),
    ("BEFORE", r"(?:earlier|older|lower|less|smaller)\sthan(?!\sor)" + _END, _ENGLISH),
    ("BEFORE", r"up\sto,?\s(?:but\s)?(?:not\sincluding|excluding)" + _END, _ENGLISH),
    ("BEFORE", r"before|below|until" + _END, _ENGLISH),
    ("UP_TO", r"(?:less|earlier|lower)\sthan\sor\sequal\sto" + _END, _ENGLISH),
    ("UP_TO", r"(?:up\sto|through),?\s?(?:and\s)?including,?" + _END, _ENGLISH),
    ("FROM_UP", r"(?:greater|later|newer|higher)\sthan\sor\sequal\sto" + _END, _ENGLISH),
    ("ABOVE", r"(?:newer|later|greater|higher|more)\sthan|after|above" + _END, _ENGLISH),
    ("TO", r"(?:through|thru|up\sto|to)" + _END, _ENGLISH),
    ("BETWEEN", r"between" + _END, _ENGLISH),
    ("FROM", r"(?:from|since|starting\s(?:with|from|at)|beginning\swith)" + _END, _ENGLISH),
    ("EXCEPT", r"(?:except(?:\sfor)?|excluding|other\sthan|but\snot|apart\sfrom)" + _END, _ENGLISH),
    ("FIXED", r"(?:fixed|patched|resolved|corrected|remediated)\s(?:in|with|by)" + _END, _ENGLISH),
    ("AFFECTED", r"\(?affected:?" + _END, _ENGLISH),
    ("SERIES", r"(?:series|line|branch)" + r"(?=\s(?:prior|before|earlier|older|up|<))", _ENGLISH),
    (
        "ALL",
        r"(?:all|any|every)\s(?:(?:affected|supported|known|firmware|software|of\sthe)\s)?(?:versions?|releases?|revisions?)"
        + _END,
        _ENGLISH,
    ),
    ("ALL_OF", r"all\s(?=\w+\sversions?\b)", _ENGLISH),
    ("ALL", r"all" + _END, _ENGLISH),
    (
        "VERSION_WORD",
        r"(?:(?:software|firmware|hardware|app|application|product)\s)?" + _VERSION_WORDS,
        _ENGLISH,
    ),
    ("AND", r"(?:and|or|&)" + _END, _ENGLISH),
    ("SLASH", r"/(?=\s)", None),
    ("AND_BELOW", r"(?:および|及び|と)?(?:それ|これ)(?:より)?(?:以前|以下)" + _BANS, _JAPANESE),
    ("AND_ABOVE", r"(?:および|及び|と)?(?:それ|これ)(?:以降|以上|より後)" + _BANS, _JAPANESE),
    ("UNDER", r"(?:よりも?(?:前|古い|下)|未満)" + _BANS, _JAPANESE),
    ("AND_BELOW", r"(?:以下|以前)" + _BANS, _JAPANESE),
    ("AND_ABOVE", r"(?:以上|以降)" + _BANS, _JAPANESE),
    ("OVER", r"より(?:後|新しい|上|大きい)" + _BANS, _JAPANESE),
    ("TO", r"から(?!\d*$)", _JAPANESE),
    ("UNTIL", r"まで" + _BANS, _JAPANESE),
    ("EXCEPT_BEFORE", r"(?:を除く|以外)" + _BANS, _JAPANESE),
    ("FIXED_AFTER", r"で?(?:修正済み?|修正されました|修正)", _JAPANESE),
    ("ALL", r"(?:すべて|全て|全)の?(?:ファームウェア|ソフトウェア)?の?(?:バージョン|版|リリース)", _JAPANESE),
    ("ALL", r"すべて|全て", _JAPANESE),
    ("AND", r"および|及び|ならびに|並びに|または|又は|と(?=\s?(?:バージョン|ver|v?\d))", _JAPANESE),
    ("LINE", r"系列|系(?:の)?", _JAPANESE),
    ("MADE", r"に?(?:製造|出荷|販売|配布)(?:され(?:た|ました))?(?:製品|機器|装置)?", _JAPANESE),
    (
        "VERSION_WORD",
        r"(?:ファームウェア|ソフトウェア)?の?(?:バージョン|版数|リリース|ファームウェア|ソフトウェア)",
        _JAPANESE,
    ),
)
_TAIL = (
    r"(?:with|when|while|if|only|on|in|of|for|using|running|where|dated|included|bundled|model|as|installed|that|which|x64|x86|\d\d-bit)"
    + _END
)

PHRASES = tuple(
    Phrase(name, re.compile(source, re.IGNORECASE | re.ASCII), language) for name, source, language in _SOURCES
)
TAIL = re.compile(_TAIL, re.IGNORECASE | re.ASCII)
NOTHING = frozenset({
    "", "-", "--", "n/a", "na", "none", "null", "unspecified", "unknown", "various", "see references", "see reference",
    "not specified", "tbd", "see advisory", "see description", "不明", "未定", "詳細は参考情報を参照",
})  # fmt: skip

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
# Each with the groups year, month, day as far as it has them; without a year the text cannot be read.
DATES = tuple(
    re.compile(source, re.IGNORECASE | re.ASCII)
    for source in (
        rf"(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>(?:19|20)\d\d)" + _END,
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-](?P<month>{_MONTH})[\s-](?P<year>(?:19|20)\d\d)" + _END,
        rf"(?P<month>{_MONTH})\s(?P<year>(?:19|20)\d\d)" + _END,
        r"(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)" + _END,
        r"(?P<year>(?:19|20)\d\d)/(?P<month>0?[1-9]|1[0-2])/(?P<day>[0-3]?\d)" + _END,
        r"(?P<year>(?:19|20)\d\d)\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日",
        r"(?P<year>(?:19|20)\d\d)\s?年\s?(?P<month>\d{1,2})\s?月",
        rf"(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?" + _END,
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-](?P<month>{_MONTH})" + _END,
    )
)

# What goes on with a version: "SP1", "Patch 05", "Build 1577", "Upd4".
MARK_WITH_NUMBER = re.compile(
    r"(?:service\spack|sp|hf|hotfix|hot\sfix|upd|update|patch|build|fp|sr|r|mp|mr|rc|beta|alpha|cu|cp|ga|ed)\.?\s?\d[\w.\-]*"
    + _END, re.IGNORECASE | re.ASCII)  # fmt: skip
MARK = re.compile(
    r"(?:(?:service\spack|mr|beta|alpha|hotfix|edition|eu|sec(?=\s\d))" + _END + r"|[a-z]{1,3}\d\w*(?![\w.\-]))",
    re.IGNORECASE | re.ASCII,
)
EDITION = re.compile(r"\d+(?:st|nd|rd|th)\sedition" + _END, re.IGNORECASE | re.ASCII)
BUILD_IN_BRACKETS = re.compile(r"\(\s?(?:(?:build|rev|r)\s?)?\d[\d.]*\s?\)", re.IGNORECASE | re.ASCII)
SHIPPED = re.compile(r"(?:distributed|manufactured|shipped|produced|released|sold)\s", re.IGNORECASE | re.ASCII)
HOLES_IN_BRACKETS = re.compile(r"\((?:\s?(?:CVE-\d+-\d+|JVN#?\w*)\s?[,、]?)+\)", re.IGNORECASE | re.ASCII)
HASH = re.compile(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)(?:[0-9a-f]{40}|[0-9a-f]{12})")
YEAR = re.compile(r"(?:19[89]\d|20[0-4]\d)")
DOTTED_SPAN = re.compile(r"(v?(\d+)(?:\.\d+)+[a-z]?)-(v?(\d+)(?:\.\d+)+[a-z]?)", re.IGNORECASE | re.ASCII)
LETTERED_SPAN = re.compile(r"(v\d+)-(v\d+)", re.IGNORECASE | re.ASCII)
REVISION_SPAN = re.compile(r"([A-Z])-([A-Z])")
# A version says so itself: by a dot or an underscore beside digits, brackets between them, or a v in front.
STRONG = re.compile(
    r"v?[^\s]*\d[._]\w.*|[^\s]*[A-Za-z_][._]\d.*|\d+\.\w+.*|v\d\S*|\d[\d.]*\(\w+\)\S*|\d+(?:-\d+){2,}\S*|[A-Z]\.\d+.*",
    re.IGNORECASE | re.ASCII,
)
# CISA writes blanks as underscores since 2023: "2.3_and_prior".
UNDERSCORED = re.compile(
    r"(?:^|_)(?:and|or|prior|before|earlier|later|below|above|to|through|with|when|if|only|all|versions?|running|using)(?:_|$)",
    re.IGNORECASE | re.ASCII,
)
DAMAGED = re.compile(r"[?\ufffd]")
# Words that turn a text round, or reach beyond the versions it names: no condition, but something not understood.
TURNED = re.compile(
    r"\b(?:not|un)[\s-]?(?:affected|vulnerable|impacted)|\b(?:fixed|patched|resolved)\b"
    r"|\bother(?:s|\sversions)\b|影響を受けない|対象外|修正",
    re.IGNORECASE | re.ASCII,
)
REACHING = re.compile(
    r"\b(?:later|earlier|newer|older|prior|previous|below|above|lower|higher|onwards?)\b|以前|以降|以下|以上|未満|より前",
    re.IGNORECASE | re.ASCII,
)
SENTENCE = re.compile(r"(?:[A-Za-z]{2,}_){3,}|serial", re.IGNORECASE | re.ASCII)
PREFIXED = re.compile(r"(?:starting|beginning)\swith", re.IGNORECASE | re.ASCII)
