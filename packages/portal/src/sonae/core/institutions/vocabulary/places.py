"""Where institutions lie, and the public bodies that inspect them."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Region(StrEnum):
    """The eight customary regions (八地方区分), used where a prefecture would say too much."""

    HOKKAIDO = "hokkaido"
    TOHOKU = "tohoku"
    KANTO = "kanto"
    CHUBU = "chubu"
    KINKI = "kinki"
    CHUGOKU = "chugoku"
    SHIKOKU = "shikoku"
    KYUSHU = "kyushu"


class Prefecture(StrEnum):
    """The 47 prefectures by their two-digit code (JIS X 0401)."""

    HOKKAIDO = "01"
    AOMORI = "02"
    IWATE = "03"
    MIYAGI = "04"
    AKITA = "05"
    YAMAGATA = "06"
    FUKUSHIMA = "07"
    IBARAKI = "08"
    TOCHIGI = "09"
    GUNMA = "10"
    SAITAMA = "11"
    CHIBA = "12"
    TOKYO = "13"
    KANAGAWA = "14"
    NIIGATA = "15"
    TOYAMA = "16"
    ISHIKAWA = "17"
    FUKUI = "18"
    YAMANASHI = "19"
    NAGANO = "20"
    GIFU = "21"
    SHIZUOKA = "22"
    AICHI = "23"
    MIE = "24"
    SHIGA = "25"
    KYOTO = "26"
    OSAKA = "27"
    HYOGO = "28"
    NARA = "29"
    WAKAYAMA = "30"
    TOTTORI = "31"
    SHIMANE = "32"
    OKAYAMA = "33"
    HIROSHIMA = "34"
    YAMAGUCHI = "35"
    TOKUSHIMA = "36"
    KAGAWA = "37"
    EHIME = "38"
    KOCHI = "39"
    FUKUOKA = "40"
    SAGA = "41"
    NAGASAKI = "42"
    KUMAMOTO = "43"
    OITA = "44"
    MIYAZAKI = "45"
    KAGOSHIMA = "46"
    OKINAWA = "47"


@dataclass(frozen=True, slots=True)
class PrefectureFacts:
    """A prefecture's names, region, and cell on a tile map (column from the west, row from the north, from 0)."""

    code: Prefecture
    name_ja: str
    name_en: str
    region: Region
    column: int
    row: int


def _prefectures() -> dict[Prefecture, PrefectureFacts]:
    rows = {
        Region.HOKKAIDO: "01 北海道 Hokkaido 12 0",
        Region.TOHOKU: (
            "02 青森県 Aomori 12 2/03 岩手県 Iwate 12 3/04 宮城県 Miyagi 12 4/"
            "05 秋田県 Akita 11 3/06 山形県 Yamagata 11 4/07 福島県 Fukushima 12 5"
        ),
        Region.KANTO: (
            "08 茨城県 Ibaraki 12 6/09 栃木県 Tochigi 11 6/10 群馬県 Gunma 10 6/11 埼玉県 Saitama 11 7/"
            "12 千葉県 Chiba 12 7/13 東京都 Tokyo 11 8/14 神奈川県 Kanagawa 11 9"
        ),
        Region.CHUBU: (
            "15 新潟県 Niigata 11 5/16 富山県 Toyama 9 5/17 石川県 Ishikawa 8 5/18 福井県 Fukui 8 6/"
            "19 山梨県 Yamanashi 10 8/"
            "20 長野県 Nagano 10 7/21 岐阜県 Gifu 9 6/22 静岡県 Shizuoka 10 9/23 愛知県 Aichi 9 8"
        ),
        Region.KINKI: (
            "24 三重県 Mie 8 8/25 滋賀県 Shiga 8 7/26 京都府 Kyoto 7 6/27 大阪府 Osaka 7 7/28 兵庫県 Hyogo 6 6/"
            "29 奈良県 Nara 7 8/30 和歌山県 Wakayama 7 9"
        ),
        Region.CHUGOKU: (
            "31 鳥取県 Tottori 5 6/32 島根県 Shimane 4 6/33 岡山県 Okayama 5 7/"
            "34 広島県 Hiroshima 4 7/35 山口県 Yamaguchi 3 7"
        ),
        Region.SHIKOKU: "36 徳島県 Tokushima 5 10/37 香川県 Kagawa 5 9/38 愛媛県 Ehime 4 9/39 高知県 Kochi 4 10",
        Region.KYUSHU: (
            "40 福岡県 Fukuoka 1 8/41 佐賀県 Saga 0 8/42 長崎県 Nagasaki 0 9/43 熊本県 Kumamoto 1 9/44 大分県 Oita 2 8/"
            "45 宮崎県 Miyazaki 2 9/46 鹿児島県 Kagoshima 1 10/47 沖縄県 Okinawa 0 12"
        ),
    }
    found = {}
    for region, text in rows.items():
        for entry in text.split("/"):
            code, name_ja, name_en, column, row = entry.split()
            found[Prefecture(code)] = PrefectureFacts(Prefecture(code), name_ja, name_en, region, int(column), int(row))
    return dict(sorted(found.items()))


PREFECTURES: dict[Prefecture, PrefectureFacts] = _prefectures()


class JurisdictionKind(StrEnum):
    """Which kind of public body inspects: a prefecture, or a city or ward with its own health centre."""

    PREFECTURE = "prefecture"
    DESIGNATED_CITY = "designated_city"
    CORE_CITY = "core_city"
    OTHER_CITY = "other_city"
    SPECIAL_WARD = "special_ward"


@dataclass(frozen=True, slots=True)
class JurisdictionFacts:
    """One row of the shipped list of inspecting bodies."""

    code: str
    kind: JurisdictionKind
    prefecture: Prefecture
    name_ja: str
    name_en: str
    first_ward: str = ""
    last_ward: str = ""


@dataclass(frozen=True, slots=True)
class JurisdictionEdition:
    """The shipped list of inspecting bodies with where it comes from and as of when."""

    as_of: dt.date
    source: str
    is_confirmed: bool
    jurisdictions: tuple[JurisdictionFacts, ...]
