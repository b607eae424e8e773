"""What in a text or an indicator tells whose attack it was: surely, or perhaps.

What tells it surely is refused. What may tell it (a number, a day, a name nobody knows) a person looks at, one by one.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import folding
from sonae.response.disclosure.vocabulary import Found, Identity, Mark

# A name of one or two characters occurs in any sentence; a place of two (徳島) is a place.
SHORTEST_NAME = 3
SHORTEST_PLACE = 2
# In an address a short word of Latin letters (a town, a saint) is nobody's name yet.
SHORTEST_LATIN_IN_ADDRESS = 6
# By its sound alone: shorter than this it must stand beside a word for hospital; from the second on, also inside words.
SHORTEST_SOUND, SOUND_INSIDE_WORDS = 5, 8
MOST_WORDS_OF_A_NAME = 5
# Of a doubt as it is shown and kept.
MOST_LETTERS = 200

type _Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\d{1,2}月\d{1,2}日",
        r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}",
        rf"(?<!\d){_NTH}(?: of)?[ -]{_MONTHS}",
        rf"\b{_MONTHS}[a-z]*\.?[ -](?:the )?{_NTH}\b(?!\d)",
        r"(?<![\d/])(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])(?=\s*(?:[にま夜朝昼未頃深早日（(]|から|$))",
    )
)
# A number of beds stands near a word for beds.
_NUMBER = re.compile(r"\d[\d,]{0,6}")
_NEAR_BEDS, _BEDS = 14, re.compile(r"床|ベッド|\bbeds?\b|-bed\b", re.IGNORECASE)
_DOT = r"\s?(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?"
# Each begins where a run of its letters begins: tried from every letter of a run, the time would grow with its square.
_CONTACTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?<![\w.+-])[\w.+-]+\s?(?:@|\[at\]|\(at\)|\[@\])\s?[\w-]+(?:\.|\[\.\])[\w.-]+",
        r"h(?:tt|xx)ps?\[?:\]?//\S+",
        rf"(?<![\w-])(?<![\w-]\.)[\w-]+(?:{_DOT}[\w-]+)*{_DOT}(?:jp|com|net|org|info|biz|io|example|test|local|lan|onion)\b",
        r"(?<![\d.])(?:\d{1,3}(?:\.|\[\.\])){3}\d{1,3}(?!\d)",
        r"(?<!\d)(?:\+81[-\s]?|0)\d{1,4}-\d{1,4}-\d{3,4}(?!\d)",
    )
)
_COLONS = re.compile(r"(?<![0-9a-f:])(?=[0-9a-f]*+:[0-9a-f]*+:)[0-9a-f:]++", re.IGNORECASE)

# Numbers that the whole world knows a weakness or an update by.
_PUBLIC_NUMBERS = re.compile(
    r"CVE-\d{4}-\d{4,7}|\bKB\d{6,8}\b|\bMS\d\d-\d{3}\b|\bJVN(?:DB|VU)?[#-]?[\d-]+", re.IGNORECASE
)
_FIGURES = re.compile(
    r"(?:\d{4}年)?\d[\d,.:/]*(?:病床|か所|施設|時間|分間|日間|[年月日時分秒床名人台件社院歳階棟科割%]|[- ]?[a-z]+)?",
    re.IGNORECASE,
)
_NUMBER_WORDS = re.compile(
    r"\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|dozens?)\b", re.IGNORECASE
)
_LATIN = "A-Za-z\u00c0-\u052f\u1d00-\u1dbf"
_LATIN_WORD = re.compile(rf"[{_LATIN}][{_LATIN}0-9'’]*")
_ENGLISH_NAME = re.compile(r"(?<![.!?:\n•*] )(?<!^)(?<![.!?:\n•*-])\b[A-Z][\w'’]*", re.MULTILINE)
_SINGLES_OUT = re.compile(
    "唯一|最大|最多|最古|初めて|全国初|大学病院|大学医学部|特定機能|[都道府県市町村区]立|国立|公立|赤十字|済生会|厚生連|労災|刑務|自衛隊"
    r"|精神科|精神病院|小児|こども|子ども|産科|周産期|がん|リハビリ|救命救急|災害拠点|離島|島の|県庁|駅前"
    r"|\b(?:only|sole|largest|biggest|oldest|first|university|psychiatric|children|paediatric|pediatric|maternity|cancer"
    r"|island|prefectural|municipal|red cross|trauma)\b",
    re.IGNORECASE,
)
# What warnings are made of: a releaser who ticks these a hundred times ticks anything.
_KNOWN_WORDS = frozenset(
    """
    a active ad admin adobe ai alto amber android api apple april apt august azure backup bios bitlocker c2 cd
    cert chrome cisa cisco citrix clear cpu cve cvss ddos december dhcp dicom dll dmz dns dos dvd edge edr eol
    esxi excel exe exploit february firefox firewall fortigate fortinet fortios friday ftp gb google gpo green gw
    hdd hl7 html http https i icmp id ids internet ioc ios ip ipa ips ipsec ipv4 ipv6 it ivanti january japanese
    java javascript jpcert july june kb lan linux lockbit log4j mac macos march may mb mfa mhlw microsoft mitre
    monday nas netlogon november ntlm october office openssl oracle os ot otp outlook pacs palo pc pdf php please
    powershell psexec qilin ransomware rat rdp red router saas saturday september server sha sha256 siem smb smbv1
    smtp sonicwall sql ssd ssh ssl sslvpn sunday tcp thursday tlp tls tor tuesday udp uefi unix update url usb utm
    vlan vmware vnc vpn waf wan web wednesday wifi windows wmi word wps xdr xml zip
    """.split()
)


def marks_in(text: str, identity: Identity, *, others: Iterable[str] = ()) -> tuple[Found, ...]:
    """Everything in a text that tells, or could tell, whose attack it was. Spelling and signs do not hide it."""
    certain = [*names_in(folding.fold(text), identity, others=others), *_patterns_in(text, identity)]
    found = dict.fromkeys(certain)
    for doubt in _doubts_in(text):
        if not any(doubt.text in mark.text or mark.text in doubt.text for mark in certain):
            found[replace(doubt, text=doubt.text[:MOST_LETTERS])] = None
    return tuple(found)


def names_in(text: folding.Folded, identity: Identity, *, others: Iterable[str] = ()) -> Iterator[Found]:
    """Names of institutions, places, people and vendors, as they are written and as they sound."""
    yield from _names_in(text, identity, others)
    yield from _sounds_in(text.words, identity)


def spoken_forms(name: str) -> tuple[str, ...]:
    """A name and what is left of it without its corporate form, its founder and the words before a blank."""
    normal = unicodedata.normalize("NFKC", name).strip()
    forms = {normal, _FORMS.sub("", normal).strip(), _COMPANY.sub("", normal).strip()}
    if normal.split() and not normal.split()[-1].isascii():
        # In Latin letters the last word is "Hospital", which is nobody's name.
        forms.add(normal.split()[-1])
    forms |= {_FOUNDER.sub("", form) for form in forms}
    return tuple(sorted(form for form in forms if len(form) >= SHORTEST_NAME))


def is_the_victims(kind: IndicatorKind, value: str, identity: Identity) -> bool:
    """Whether an indicator is the institution's own: its website, its domain of mail, an address of its networks."""
    host = _host_of(kind, value)
    if host and any(host == own or host.endswith(f".{own}") or own.endswith(f".{host}") for own in identity.hosts):
        return True
    network = _network_of(kind, value)
    return network is not None and any(_overlap(network, ipaddress.ip_network(own)) for own in identity.networks)


def names_the_victim(value: str, identity: Identity) -> bool:
    """Whether an indicator's value holds a name, reading or website of the institution, as pages of extortioners do."""
    if _DIGEST.fullmatch(value):
        return False
    readable = _readable(value)
    folded = folding.fold(readable)
    mailboxes = [way for way in identity.people if "@" in way]
    names = [form for name in identity.names for form in spoken_forms(name)]
    if any(_stands_in(name, folded.key) for name in [*names, *identity.readings, *identity.hosts, *mailboxes]):
        return True
    return any(found.is_certain for found in _sounds_in(folded.words, identity))


# --- names -----------------------------------------------------------------------------------------------------------

# Corporate forms before a name: without them the name is what people say.
_FORMS = re.compile(
    r"^(?:医療法人(?:社団|財団)?|社会医療法人(?:社団|財団)?|特定医療法人(?:社団|財団)?|社会福祉法人|独立行政法人|地方独立行政法人|"
    r"国立大学法人|公立大学法人|学校法人|一般(?:社団|財団)法人|公益(?:社団|財団)法人|宗教法人|株式会社|有限会社|国家公務員共済組合連合会|"
    r"日本赤十字社|厚生農業協同組合連合会)"
)
_COMPANY = re.compile(r"(?:株式会社|有限会社|合同会社|\(株\)|\(有\)|[ ,]+(?:Inc|Ltd|K\.?K|Corp)\.?)$", re.IGNORECASE)
# 半田病院 for つるぎ町立半田病院.
_FOUNDER = re.compile(r"^.{1,10}?(?:[都道府県市区町村]|国)立(?=.{3})")
_SHORT_KANA = re.compile("[ぁ-ゖァ-ヺー]{1,3}")
_DIGEST = re.compile("[0-9a-f]{32,}", re.IGNORECASE)


def _names_in(text: folding.Folded, identity: Identity, others: Iterable[str]) -> Iterator[Found]:
    named = (
        (Mark.NAME, [form for name in identity.names for form in spoken_forms(name)]),
        (Mark.READING, identity.readings),
        (Mark.PLACE, identity.places),
        (Mark.WEBSITE, identity.hosts),
        (Mark.CONTACT, identity.people),
        (Mark.VENDOR, [form for name in identity.vendors for form in spoken_forms(name)]),
        (Mark.OTHER_INSTITUTION, others),
    )
    for mark, names in named:
        shortest = SHORTEST_PLACE if mark is Mark.PLACE else SHORTEST_NAME
        for name in names:
            if _occurs(name, text, shortest=shortest):
                # さくら市 is told by さくら only perhaps.
                yield Found(mark, name, is_certain=mark is not Mark.PLACE or not _SHORT_KANA.fullmatch(name))


def _occurs(name: str, text: folding.Folded, *, shortest: int) -> bool:
    key = folding.key(name)
    return len(key) >= shortest and (key in text.key or folding.key_in_figures(name) in text.key_in_figures)


def _sounds_in(words: tuple[folding.Word, ...], identity: Identity) -> Iterator[Found]:
    """The institution by how it sounds: はんだ病院, Handa Hospital, handa-hp."""
    japanese = frozenset().union(*(folding.cores(reading) for reading in identity.readings))
    latin = frozenset(filter(None, map(folding.latin_core, identity.names)))
    cores = {core for core in japanese | latin if len(core) >= SHORTEST_NAME and not core.isdigit()}
    if not cores:
        return
    beginnings = {core[:2] for core in cores}
    for place, word in enumerate(words):
        yield from _inside(word, cores)
        if word.sound[:2] in beginnings:
            yield from _beginning_at(words[place : place + MOST_WORDS_OF_A_NAME], cores, japanese)


def _beginning_at(words: tuple[folding.Word, ...], cores: set[str], japanese: frozenset[str]) -> Iterator[Found]:
    said, near, kana = "", False, words[0].is_kana
    for count, word in enumerate(words, start=1):
        if count > 1 and (word.letters == 1 or words[0].letters == 1) and not word.sound.isdigit():
            return
        near = near or word.names_facility
        for core in {folding.sound(said + word.sound), folding.sound(said + word.bare)} & cores:
            long = len(core) >= SOUND_INSIDE_WORDS
            # さくら is a tree as well as a hospital, and "sent to" sounds like one: alone it is perhaps a name.
            alone = long or (core in japanese and len(core) >= SHORTEST_SOUND and count == 1 and not kana)
            yield Found(Mark.READING, core, is_certain=near or alone)
        said += word.sound


def _inside(word: folding.Word, cores: set[str]) -> Iterator[Found]:
    for core in cores:
        if core not in word.sound or core in (word.sound, word.bare):
            continue
        beside = word.is_kana and word.names_facility and word.sound.endswith(core)
        if beside or len(core) >= SOUND_INSIDE_WORDS:
            yield Found(Mark.READING, core)
        elif word.is_kana and len(core) >= SHORTEST_SOUND:
            yield Found(Mark.READING, core, is_certain=False)


# --- numbers, days, addresses ----------------------------------------------------------------------------------------


def _patterns_in(text: str, identity: Identity) -> Iterator[Found]:
    normal = folding.counted_in_figures(text)
    for pattern in _DAYS:
        yield from (Found(Mark.DAY, match.group().strip()) for match in pattern.finditer(normal))
    for pattern in _CONTACTS:
        yield from (Found(Mark.CONTACT, match.group().strip()) for match in pattern.finditer(normal))
    yield from (Found(Mark.CONTACT, match.group()) for match in _COLONS.finditer(normal) if _is_ipv6(match.group()))
    for match in _NUMBER.finditer(normal):
        if int(match.group().replace(",", "")) not in identity.beds:
            continue
        before, after = normal[max(0, match.start() - _NEAR_BEDS) : match.start()], normal[match.end() :][:_NEAR_BEDS]
        if _BEDS.search(before) or _BEDS.search(after):
            yield Found(Mark.BEDS, match.group())


def _is_ipv6(text: str) -> bool:
    try:
        return len(text) > 3 and ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _doubts_in(text: str) -> Iterator[Found]:
    """What may tell something that no list knows: a person looks at each."""
    normal = _PUBLIC_NUMBERS.sub(" ", folding.counted_in_figures(text))
    for pattern in (_FIGURES, _NUMBER_WORDS):
        yield from (Found(Mark.NUMBER, match.group().strip(), is_certain=False) for match in pattern.finditer(normal))
    yield from (Found(Mark.SINGLES_OUT, match.group(), is_certain=False) for match in _SINGLES_OUT.finditer(normal))
    japanese = any("\u3040" <= sign <= "\u9fff" for sign in normal)
    words = _LATIN_WORD if japanese else _ENGLISH_NAME
    for match in words.finditer(normal):
        written = match.group()
        if written.casefold() not in _KNOWN_WORDS:
            yield Found(Mark.FOREIGN_WORD, written, is_certain=False)
    yield from (Found(Mark.FOREIGN_WORD, word, is_certain=False) for word in _MIXED.findall(normal))


# A letter that is drawn like another one stands in a word of Latin letters.
_MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u00c0-\u052f\u1d00-\u1dbf])\w+")


# --- indicators ------------------------------------------------------------------------------------------------------


def _readable(value: str) -> str:
    """An address as people read it: escapes and international domain names undone."""
    return re.sub(r"xn--([a-z0-9-]+)", _from_punycode, unquote(value), flags=re.IGNORECASE)


def _from_punycode(found: re.Match[str]) -> str:
    try:
        return found.group(1).encode().decode("punycode")
    except UnicodeError:
        return found.group()


def _stands_in(name: str, folded_value: str) -> bool:
    key = folding.key(name)
    shortest = SHORTEST_LATIN_IN_ADDRESS if key.isascii() else SHORTEST_NAME
    return len(key) >= shortest and key in folded_value


def _host_of(kind: IndicatorKind, value: str) -> str:
    match kind:
        case IndicatorKind.DOMAIN:
            return value
        case IndicatorKind.URL:
            host = urlsplit(value).hostname or ""
            return "" if _as_address(host) else host
        case IndicatorKind.EMAIL:
            return value.rpartition("@")[2]
    return ""


def _network_of(kind: IndicatorKind, value: str) -> _Network | None:
    if kind in (IndicatorKind.IPV4, IndicatorKind.IPV6, IndicatorKind.CIDR):
        return ipaddress.ip_network(value, strict=False)
    return _as_address(urlsplit(value).hostname or "") if kind is IndicatorKind.URL else None


def _as_address(host: str) -> _Network | None:
    try:
        return ipaddress.ip_network(host)
    except ValueError:
        return None


def _overlap(one: _Network, other: _Network) -> bool:
    return one.version == other.version and one.overlaps(other)
