"""Names of places in the form in which people write them."""

import re

from sonae.core.institutions.vocabulary import Region

_AFTER_PREFECTURE = re.compile(r"^(?:北海道|東京都|(?:京都|大阪)府|.{2,3}県)?(.+)$")
_MUNICIPALITY = re.compile(r"(.{1,10}?郡)?(.{1,12}?[市区町村])(.{1,6}?区)?")
_SUFFIX = re.compile(r"[都府県]$")

_REGIONS: dict[Region, tuple[str, ...]] = {
    Region.HOKKAIDO: ("北海道", "Hokkaido"),
    Region.TOHOKU: ("東北", "Tohoku"),
    Region.KANTO: ("関東", "首都圏", "Kanto"),
    Region.CHUBU: ("中部", "東海", "北陸", "甲信越", "Chubu"),
    Region.KINKI: ("近畿", "関西", "Kinki", "Kansai"),
    Region.CHUGOKU: ("中国地方", "山陽", "山陰", "Chugoku"),
    Region.SHIKOKU: ("四国", "Shikoku"),
    Region.KYUSHU: ("九州", "沖縄", "Kyushu", "Okinawa"),
}


def municipality_names(address: str) -> tuple[str, ...]:
    """County, city, town, village and ward in an address, with and without their last sign: 札幌市 and 札幌."""
    rest = _AFTER_PREFECTURE.match(address.strip())
    found = _MUNICIPALITY.match(rest.group(1)) if rest else None
    if not found:
        return ()
    names = [name for name in found.groups() if name]
    # One sign is no name: 津市 is told by 津市 only; and so is 中央区, since what is 中央 lies anywhere.
    shortened = [name[:-1] for name in names if len(name) > 2 and name[:-1] != "中央"]
    return tuple(dict.fromkeys([*names, *shortened]))


def short_name(prefecture: str) -> str:
    """徳島 for 徳島県."""
    return _SUFFIX.sub("", prefecture)


def region_names(region: Region) -> list[str]:
    """What people call a region, in Japanese and English."""
    return list(_REGIONS[region])
