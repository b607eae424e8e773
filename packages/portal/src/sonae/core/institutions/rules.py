"""Questions about the register, answered from facts: bands, search keys, who inspects, what is odd, who fits."""

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from sonae.core.institutions.vocabulary import (
    BED_BAND_LIMITS,
    PREFECTURES,
    BedBand,
    Beds,
    Facets,
    InstitutionFacts,
    InstitutionKind,
    InstitutionStatus,
    JurisdictionFacts,
    JurisdictionKind,
    Prefecture,
    Region,
    RegisterRefusal,
    SurveyClass,
)
from sonae.kernel.decision import ALLOWED, Decision, Refused

# A list without more than this share of what is known so far is taken for a broken one, unless the caller says how many
# may be missing.
VANISHING_AT_LEAST, VANISHING_SHARE = 20, 0.05

# --- beds --------------------------------------------------------------------------------------------------------


def bed_band(licensed_beds: int | None) -> BedBand:
    """The band of the open data that holds this many licensed beds."""
    if licensed_beds is None:
        return BedBand.UNKNOWN
    for band, (fewest, most) in BED_BAND_LIMITS.items():
        if fewest <= licensed_beds and (most is None or licensed_beds <= most):
            return band
    raise AssertionError("licensed beds are never negative")


def survey_class(licensed_beds: int | None) -> SurveyClass | None:
    """The ministry's survey class, or None for fewer than 20 or unknown beds."""
    if licensed_beds is None or licensed_beds < 20:
        return None
    if licensed_beds < 100:
        return SurveyClass.BEDS_20_99
    return SurveyClass(bed_band(licensed_beds).value)


def may_state_beds(beds: Beds, *, as_of: dt.date, today: dt.date) -> Decision:
    """Whether these beds may be entered by hand: none negative, types that add up when any is given, no future day."""
    stated = [count for count in (beds.total, *beds.by_type().values()) if count is not None]
    if any(count < 0 for count in stated):
        return Refused(RegisterRefusal.BEDS_NEGATIVE)
    by_type_given = any(count is not None for count in beds.by_type().values())
    if by_type_given and beds.total is not None and beds.sum_of_types != beds.total:
        return Refused(RegisterRefusal.BEDS_DO_NOT_ADD_UP, {"sum": beds.sum_of_types, "total": beds.total})
    if as_of > today:
        return Refused(RegisterRefusal.BEDS_IN_THE_FUTURE, {"as_of": as_of})
    return ALLOWED


# --- search ------------------------------------------------------------------------------------------------------

# Old and variant forms that institutions use in their names, each followed by the form a person types.
_PAIRS = """
髙高 﨑崎 碕崎 埼崎 濵浜 濱浜 邊辺 邉辺 齋斉 齊斉 斎斉 澤沢 櫻桜 國国 廣広 榮栄 會会 惠恵 眞真 佛仏
德徳 靜静 鐵鉄 鉃鉄 龍竜 嶋島 嶌島 條条 學学 醫医 縣県 圓円 壽寿 獨独 總総 豐豊 寶宝 瀧滝 萬万 與与
藏蔵 舘館 冨富 鄕郷 黑黒 曾曽 槇槙 槗橋 檜桧 彌弥 禰祢 莊荘 庄荘 藪薮 巖巌 曻昇 淸清 渕淵 渊淵 祿禄
禮礼 鷗鴎 鹼鹸 藝芸 實実 當当 關関 嶽岳 檢検 濟済 應応 舊旧 澁渋 瀨瀬 賴頼 穗穂 團団 號号 體体 臺台
淺浅 將将 聲声 氣気 靈霊 遙遥 堯尭 亞亜 豫予 龜亀 鹽塩 戶戸 緣縁 綠緑 步歩 卷巻 傳伝 兒児 乘乗 爲為
假仮
"""
_VARIANTS = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DASHES = re.compile("[-‐‑‒–—―−⁻ーｰ─]")
_BLANKS = re.compile(r"\s+")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def search_key(text: str) -> str:
    """The form in which names are stored for search and compared.

    Full and half width, upper and lower case, hiragana and katakana, old and new forms, dashes and blanks become one.
    """
    folded = unicodedata.normalize("NFKC", _VARIATION_SELECTORS.sub("", text)).casefold()
    folded = folded.translate(_VARIANTS).translate(_HIRAGANA_TO_KATAKANA)
    return _BLANKS.sub("", _DASHES.sub("-", folded))


# Letters by their class, yet nothing is drawn for them.
_BLANK_LETTERS = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0"))


def visible(text: str) -> str:
    """The text in its plain width, without the characters that nobody sees."""
    normal = unicodedata.normalize("NFKC", text).translate(_BLANK_LETTERS)
    return "".join(sign for sign in normal if unicodedata.category(sign) != "Cf")


def search_words(query: str) -> tuple[str, ...]:
    """The search keys of the words of a query, at most eight; an institution must hold each."""
    return tuple(filter(None, (search_key(word) for word in query.split())))[:8]


# Corporate forms that one list writes before the name and another leaves out; the longest comes first.
_CORPORATE = re.compile(
    "^(?:(?:独立行政法人|国立研究開発法人|国立大学法人|地方独立行政法人|公立大学法人|学校法人|宗教法人|日本赤十字社"
    "|(?:特定|社会)?医療法人(?:社団|財団)?|社会福祉法人(?:恩賜財団)?|(?:公益|一般)(?:社団|財団)法人|株式会社|有限会社)"
    "[^ ]*? +)+"
)


def plain_name(name: str) -> str:
    """The search key of a name without the corporate form and the corporation written before a blank."""
    spaced = _BLANKS.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    return search_key(_CORPORATE.sub("", spaced))


# --- places ------------------------------------------------------------------------------------------------------


def region_of(prefecture: Prefecture) -> Region:
    """The region of a prefecture."""
    return PREFECTURES[prefecture].region


def prefectures_of(region: Region) -> frozenset[Prefecture]:
    """The prefectures of a region."""
    return frozenset(code for code, facts in PREFECTURES.items() if facts.region is region)


def jurisdiction_codes(jurisdictions: Iterable[JurisdictionFacts]) -> Mapping[str, str]:
    """Which jurisdiction inspects in which municipality: five-digit municipality code to jurisdiction code.

    A municipality that is missing here is inspected by its prefecture, whose jurisdiction code ends in 000.
    """
    found: dict[str, str] = {}
    for body in jurisdictions:
        if body.kind is JurisdictionKind.PREFECTURE:
            continue
        found[body.code] = body.code
        if body.first_ward:
            for ward in range(int(body.first_ward), int(body.last_ward) + 1):
                found[f"{ward:05d}"] = body.code
    return found


def inspected_by(municipality: str, *, prefecture: Prefecture, cities: Mapping[str, str]) -> str:
    """The code of the jurisdiction that inspects an institution in this municipality."""
    return cities.get(municipality, f"{prefecture.value}000")


# --- anonymity ---------------------------------------------------------------------------------------------------


def fits(institution: InstitutionFacts, facets: Facets) -> bool:
    """Whether everything said is surely true of this institution.

    Unknown beds never fit something said about beds, and a vanished institution fits nothing: a count made with this
    rule may be too small, never too large.
    """
    if institution.status is not InstitutionStatus.LISTED or institution.population is not facets.population:
        return False
    if facets.kinds and institution.kind not in facets.kinds:
        return False
    if facets.prefectures and institution.prefecture not in facets.prefectures:
        return False
    if facets.regions and region_of(institution.prefecture) not in facets.regions:
        return False
    if facets.jurisdiction_ids and institution.jurisdiction_id not in facets.jurisdiction_ids:
        return False
    return _beds_fit(institution.licensed_beds, facets)


def _beds_fit(beds: int | None, facets: Facets) -> bool:
    if not facets.bed_bands and facets.beds_from is None and facets.beds_through is None:
        return True
    if beds is None:
        return False
    if facets.bed_bands and bed_band(beds) not in facets.bed_bands:
        return False
    if facets.beds_from is not None and beds < facets.beds_from:
        return False
    return facets.beds_through is None or beds <= facets.beds_through


# --- changes by hand ---------------------------------------------------------------------------------------------


def may_add_contact(*, email: str, phone: str) -> Decision:
    """Whether a contact can be reached at all."""
    return ALLOWED if email or phone else Refused(RegisterRefusal.CONTACT_NEEDS_A_WAY)


def may_place(municipality: str, *, prefecture: Prefecture) -> Decision:
    """Whether a municipality code lies in the prefecture."""
    five_digits = len(municipality) == 5 and municipality.isascii() and municipality.isdecimal()
    if five_digits and municipality.startswith(prefecture.value):
        return ALLOWED
    return Refused(
        RegisterRefusal.MUNICIPALITY_ELSEWHERE, {"municipality": municipality, "prefecture": prefecture.value}
    )


def is_web_address(text: str) -> bool:
    """Whether a published website begins with a scheme that a browser may follow."""
    return text.startswith(("http://", "https://"))


def counts_beds(kind: InstitutionKind) -> bool:
    """Whether institutions of this kind can hold licensed beds."""
    return kind in (InstitutionKind.HOSPITAL, InstitutionKind.CLINIC)


# --- own networks ------------------------------------------------------------------------------------------------

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_NETWORKS = 50
# By version of the protocol. A provider gives one institution far less.
WIDEST_PREFIX = {4: 16, 6: 32}
# All addresses that are handed out (RFC 4291, as IANA allocates them).
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")


def may_rename(*, on: dt.date, today: dt.date) -> Decision:
    """Whether another name may hold from this day: not before the day has come."""
    return Refused(RegisterRefusal.RENAMED_IN_THE_FUTURE, {"as_of": on}) if on > today else ALLOWED


def network_of(text: str) -> Network | None:
    """The network that a person wrote: an address, or one with a prefix or mask; bits beyond the prefix are dropped."""
    written = unicodedata.normalize("NFKC", text).strip()
    if "%" in written:
        # An address with a zone means something on one machine only.
        return None
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None


def may_enter_network(text: str, *, in_force: Collection[str]) -> Decision:
    """Whether what was written is a public network that one institution can have, beside those in force."""
    network = network_of(text)
    if network is None:
        return Refused(RegisterRefusal.NETWORK_MALFORMED, {"text": text[:80]})
    facts = {"network": str(network)}
    widest = WIDEST_PREFIX[network.version]
    if not _is_public(network):
        return Refused(RegisterRefusal.NETWORK_NOT_PUBLIC, facts)
    if network.prefixlen < widest:
        return Refused(RegisterRefusal.NETWORK_TOO_WIDE, facts | {"widest": widest})
    if str(network) in in_force:
        return Refused(RegisterRefusal.NETWORK_ENTERED_ALREADY, facts)
    if len(in_force) >= MOST_NETWORKS:
        return Refused(RegisterRefusal.NETWORKS_TOO_MANY, {"most": MOST_NETWORKS})
    return ALLOWED


def _is_public(network: Network) -> bool:
    if isinstance(network, ipaddress.IPv6Network) and not network.subnet_of(_UNICAST_V6):
        return False
    return network.is_global and not network.is_multicast


def vanishing_limit(known: int) -> int:
    """How many of the known ones a newer list may lack before it is taken for a broken one."""
    return max(VANISHING_AT_LEAST, int(VANISHING_SHARE * known))
