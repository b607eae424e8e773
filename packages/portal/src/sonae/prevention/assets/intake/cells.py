"""What a cell of a hospital's own list means: days in any calendar, addresses, kinds, yes and no.

Full and half width are made one (NFKC), blanks too. A value that cannot be read is said so, never guessed.
"""

import calendar as months
import ipaddress
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from unicodedata import normalize

from sonae.kernel.calendar import may_be_entered
from sonae.prevention.assets.intake.vocabulary import FieldProblem, LedgerField, RowProblem
from sonae.prevention.assets.vocabulary import AssetKind, Criticality, Known

# The year before the first one of each era (改元の政令): year 1 of Reiwa is 2019.
_ERAS = {
    "令和": 2018, "令": 2018, "r": 2018, "平成": 1988, "平": 1988, "h": 1988, "昭和": 1925, "昭": 1925, "s": 1925,
}  # fmt: skip
# Letters and signs are one by NFKC; ㋿ and its like become their two characters.
_ERA_DAY = re.compile(
    r"(令和|平成|昭和|令|平|昭|[rhs])\.?(元|\d{1,2})(?:年度?|(?:年|[./-])(\d{1,2})(?:月|[./-])?(?:(\d{1,2})日?)?)?",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])?(?:(\d{1,2})日?)?(?:[t ]\d{1,2}:\d{2}.*)?", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[2-6]\d{4}(?:\.\d+)?")
# The day 0 of a spreadsheet, with its false 29 February 1900 taken into account.
_SPREADSHEET_BEGINS = date(1899, 12, 30)
_MAC = re.compile(r"[0-9a-f]{12}")
_SEPARATORS = re.compile(r"[\s:.\-]")
_BLANKS = re.compile(r"\s+")
# What stands in a cell in which nothing stands.
_NOTHING = frozenset(
    {"-", "--", "―", "ー", "−", "—", "n/a", "na", "none", "null", "なし", "無し", "該当なし", "未設定"}
)

_KINDS: tuple[tuple[AssetKind, tuple[str, ...]], ...] = (
    (AssetKind.MEDICAL_DEVICE, (
        "医療機器", "モダリティ", "medical", "ct装置", "mri", "x線", "超音波", "内視鏡", "輸液", "人工呼吸",
        "モニタリング",
        "分析装置", "透析",
    )),
    (AssetKind.SERVER, ("サーバ", "server", "nas", "ストレージ", "storage", "hypervisor", "仮想基盤")),
    (AssetKind.NETWORK_DEVICE, (
        "ネットワーク", "ルータ", "router", "スイッチ", "switch", "ハブ", "ファイアウォール", "firewall", "utm",
        "vpn",
        "アクセスポイント", "accesspoint", "無線ap", "ロードバランサ", "network",
    )),
    (AssetKind.SERVICE, ("クラウド", "cloud", "サービス", "service", "saas")),
    (AssetKind.PC, (
        "パソコン", "pc", "端末", "デスクトップ", "ノート", "desktop", "laptop", "notebook", "workstation",
        "タブレット",
        "tablet", "クライアント", "プリンタ", "printer",
    )),
)  # fmt: skip
_YES = frozenset({"○", "〇", "◯", "yes", "y", "true", "1", "有", "有り", "あり", "はい", "可", "on", "済"})
_NO = frozenset({"×", "✕", "x", "no", "n", "false", "0", "無", "無し", "なし", "いいえ", "不可", "off", "未"})
_UNKNOWN = frozenset({"不明", "unknown", "?", "確認中", "未確認"})
_LEVELS = {
    "最重要": Criticality.CRITICAL, "最高": Criticality.CRITICAL, "critical": Criticality.CRITICAL,
    "s": Criticality.CRITICAL, "重要": Criticality.ESSENTIAL, "高": Criticality.ESSENTIAL,
    "high": Criticality.ESSENTIAL,
    "a": Criticality.ESSENTIAL, "essential": Criticality.ESSENTIAL, "中": Criticality.IMPORTANT,
    "medium": Criticality.IMPORTANT, "b": Criticality.IMPORTANT, "important": Criticality.IMPORTANT,
    "低": Criticality.LOW, "low": Criticality.LOW, "c": Criticality.LOW, "不明": Criticality.UNKNOWN,
    "unknown": Criticality.UNKNOWN,
}  # fmt: skip

LONGEST = {
    LedgerField.VERSION: 80, LedgerField.FIRMWARE: 80, LedgerField.ASSET_NUMBER: 80, LedgerField.ZONE: 80,
    LedgerField.NOTE: 1_000,
}  # fmt: skip
LONGEST_TEXT = 120


class Unreadable(Exception):
    """A cell says something, and nobody can say what."""

    def __init__(self, reason: RowProblem) -> None:
        super().__init__(str(reason))
        self.reason = reason


def plain(text: str) -> str:
    """A text in one width, without blanks around it or doubled inside, and without control characters."""
    if text.isascii():
        if text.isprintable() and " " not in text:
            return text
        return " ".join(text.split()) if text.isprintable() else _without_controls(text)
    return _without_controls(normalize("NFKC", text))


def _without_controls(text: str) -> str:
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(one if one.isprintable() or one.isspace() else " " for one in text).split())


def is_nothing(text: str) -> bool:
    """Whether a cell says that it says nothing."""
    return not text or text.casefold() in _NOTHING


def day_of(text: str, *, to_end: bool = False) -> date:
    """The day that a cell names, in the Japanese or the common calendar; of a month without a day the first, or the
    last where it says until when something holds (`to_end`). Raises Unreadable."""
    found = _era_parts(text) or _common_parts(text)
    if found is None:
        raise Unreadable(RowProblem.DAY_UNREADABLE)
    year, month, day = found
    try:
        if month is None:
            month, day = (12, 31) if to_end else (1, 1)
        elif day is None:
            day = months.monthrange(year, month)[1] if to_end else 1
        read = date(year, month, day or 1)
    except (ValueError, OverflowError, months.IllegalMonthError) as broken:
        raise Unreadable(RowProblem.DAY_UNREADABLE) from broken
    if not may_be_entered(read):
        raise Unreadable(RowProblem.DAY_UNREADABLE)
    return read


def _era_parts(text: str) -> tuple[int, int | None, int | None] | None:
    found = _ERA_DAY.fullmatch(_BLANKS.sub("", text))
    if found is None:
        return None
    era, year, month, day = found.groups()
    number = 1 if year == "元" else int(year)
    if number == 0:
        return None
    return _ERAS[era.lower()] + number, int(month) if month else None, int(day) if day else None


def _common_parts(text: str) -> tuple[int, int | None, int | None] | None:
    if found := _DAY.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]) if found[3] else None
    if _SERIAL.fullmatch(text):
        day = _SPREADSHEET_BEGINS + timedelta(days=int(float(text)))
        return day.year, day.month, day.day
    return None


def mac_of(text: str) -> str:
    """The hardware address as aa:bb:cc:dd:ee:ff; raises Unreadable."""
    digits = _SEPARATORS.sub("", text.lower())
    if not _MAC.fullmatch(digits):
        raise Unreadable(RowProblem.ADDRESS_UNREADABLE)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def ip_of(text: str) -> str:
    """The address as its standard writes it; one of several is not chosen. Raises Unreadable."""
    try:
        return str(ipaddress.ip_address(text.partition("/")[0]))
    except ValueError as broken:
        raise Unreadable(RowProblem.ADDRESS_UNREADABLE) from broken


def kind_of(text: str) -> str:
    """The kind of device that a word names; raises Unreadable."""
    word = text.casefold().replace(" ", "")
    if word in set(AssetKind):
        return word
    for kind, names in _KINDS:
        if any(name in word for name in names):
            return kind
    raise Unreadable(RowProblem.KIND_UNKNOWN)


def answer_of(text: str) -> str:
    """Yes, no or not known; raises Unreadable."""
    word = text.casefold()
    for known, names in ((Known.YES, _YES), (Known.NO, _NO), (Known.UNKNOWN, _UNKNOWN)):
        if word in names:
            return known
    raise Unreadable(RowProblem.ANSWER_UNREADABLE)


def level_of(text: str) -> str:
    """How grave it is when the device stops; raises Unreadable."""
    found = _LEVELS.get(text.casefold())
    if found is None:
        raise Unreadable(RowProblem.ANSWER_UNREADABLE)
    return found


_READERS: dict[str, Callable[[str], str]] = {
    LedgerField.KIND: kind_of,
    LedgerField.MAC_ADDRESS: mac_of,
    LedgerField.IP_ADDRESS: ip_of,
    LedgerField.INTERNET_FACING: answer_of,
    LedgerField.CRITICALITY: level_of,
    LedgerField.ACQUIRED_ON: lambda text: day_of(text).isoformat(),
    LedgerField.SUPPORT_ENDS_ON: lambda text: day_of(text, to_end=True).isoformat(),
}
# No and not available are answers in these columns, not the lack of one.
_ANSWERED = frozenset({LedgerField.INTERNET_FACING})


# Wards, makers and kinds are the same in row after row.
@lru_cache(maxsize=20_000)
def value_of(field: str, text: str) -> tuple[str, FieldProblem | None]:
    """What a cell says of a field as it is kept, and what is wrong with it; empty where it says nothing."""
    said = plain(text)
    if not said or (field not in _ANSWERED and is_nothing(said)):
        return "", None
    reader = _READERS.get(field)
    if reader is not None:
        try:
            return reader(said), None
        except Unreadable as broken:
            return "", FieldProblem(broken.reason, field, said[:200])
    longest = LONGEST.get(field, LONGEST_TEXT)  # type: ignore[call-overload]
    if len(said) > longest:
        return "", FieldProblem(RowProblem.TOO_LONG, field, said[:200], {"most": longest})
    return said, None
