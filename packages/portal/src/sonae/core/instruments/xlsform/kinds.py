"""The words XLSForm has for kinds of answers. Source: the XLSForm reference table of question types and their older
names."""

import re

from sonae.core.instruments.vocabulary import AnswerKind as Kind

# The word the writer uses for a kind, where no variant is kept.
PLAIN = {
    Kind.TEXT: "text",
    Kind.NUMBER: "decimal",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.MOMENT: "dateTime",
    Kind.NOTE: "note",
    Kind.CALCULATE: "calculate",
    Kind.TICK: "acknowledge",
    Kind.LOCATION: "geopoint",
    Kind.FILE: "file",
    Kind.AUTOMATIC: "hidden",
}
INTEGER = "integer"
RANGE = "range"
AUDIT = "audit"
_WORDS = {
    Kind.TEXT: "text|string|q string|add text prompt|barcode|q barcode|add barcode prompt|phone number",
    Kind.NUMBER: (
        "decimal|q decimal|add decimal prompt|integer|int|q int|add integer prompt|percentage|range|"
        "number of days in last month|number of days in last six months|number of days in last year"
    ),
    Kind.DATE: "date|q date|add date prompt",
    Kind.TIME: "time",
    Kind.MOMENT: "dateTime|datetime|q dateTime|q date time|date time|add date time prompt|add dateTime prompt",
    Kind.NOTE: "note|q note|add note prompt",
    Kind.CALCULATE: "calculate|q calculate|add calculate prompt",
    Kind.TICK: "acknowledge|trigger|q acknowledge|add acknowledge prompt",
    Kind.LOCATION: (
        "geopoint|gps|location|q geopoint|q location|add location prompt|geotrace|q geotrace|geoshape|q geoshape"
    ),
    Kind.FILE: (
        "file|add file prompt|image|photo|q image|q picture|add image prompt|add photo prompt|audio|q audio|"
        "add audio prompt|video|q video|add video prompt"
    ),
    Kind.AUTOMATIC: (
        "hidden|start|start time|get start time|end|end time|get end time|today|get today|deviceid|device id|"
        "get device id|imei|subscriberid|subscriber id|get subscriber id|simserial|sim id|get sim id|phonenumber|"
        "get phone number|username|email|uri:subscriberid|uri:phonenumber|uri:simserial|uri:deviceid|uri:username|"
        "uri:email|audit|xml-external|csv-external|start-geopoint|background-audio|background-geopoint"
    ),
}
BY_WORD = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
WHOLE = frozenset({"integer", "int", "q int", "add integer prompt", "percentage"}) | {
    word for word in BY_WORD if word.startswith("number of days")
}
# These bring a hint of their own.
HINTED = frozenset({"phone number"}) | {word for word in BY_WORD if word.startswith("number of days")}
SETTINGS_IN_SURVEY = {
    "form_title": "title", "set_form_title": "title", "form_id": "id_string", "set_form_id": "id_string", "prefix":
    "prefix",
}  # fmt: skip

_SELECTS = {
    "add select one prompt using": Kind.SINGLE,
    "add select multiple prompt using": Kind.MULTIPLE,
    "select all that apply from": Kind.MULTIPLE,
    "select one from": Kind.SINGLE,
    "select1": Kind.SINGLE,
    "select_one": Kind.SINGLE,
    "select one": Kind.SINGLE,
    "select_multiple": Kind.MULTIPLE,
    "select all that apply": Kind.MULTIPLE,
    "select_one_external": Kind.SINGLE,
    "select_one_from_file": Kind.SINGLE,
    "select_multiple_from_file": Kind.MULTIPLE,
    "select one from file": Kind.SINGLE,
    "select multiple from file": Kind.MULTIPLE,
    "rank": Kind.RANKING,
}
FROM_FILE = frozenset(word for word in _SELECTS if word.endswith("file"))
SELECT_WORDS = {Kind.SINGLE: "select_one", Kind.MULTIPLE: "select_multiple", Kind.RANKING: "rank"}
_SELECT = re.compile(
    "(?P<word>" + "|".join(_SELECTS) + r") (?P<list>\S+)(?P<other> (?:or specify other|or_other|or other))?"
)
_BEGIN = re.compile(r"begin[\s_](?P<word>lgroup|group|repeat|loop|looped group)(?: (?:over )?(?P<list>\S+))?")
_END = re.compile(r"end[\s_](?P<word>lgroup|group|repeat|loop|looped group)")
_BLOCKS = {"group": "group", "lgroup": "repeat", "repeat": "repeat", "loop": "loop", "looped group": "repeat"}
_MAP_OF_OSM = re.compile(r"osm (\S+)")
ENDINGS = (".csv", ".xml", ".geojson")


def select_of(type_: str) -> tuple[str, Kind, str, bool] | None:
    """Of a type with choices: its word, kind, list, and whether others may be named; else None."""
    found = _SELECT.fullmatch(type_)
    return (found["word"], _SELECTS[found["word"]], found["list"], found["other"] is not None) if found else None


def begin_of(type_: str) -> tuple[str, str] | None:
    """Of a type that opens a block: group, repeat or loop, and the list a loop goes over; else None."""
    found = _BEGIN.fullmatch(type_)
    return (_BLOCKS[found["word"]], found["list"] or "") if found else None


def end_of(type_: str) -> str | None:
    found = _END.fullmatch(type_)
    return _BLOCKS[found["word"]] if found else None


def is_osm(type_: str) -> bool:
    return type_ == "osm" or _MAP_OF_OSM.search(type_) is not None


def is_shown(kind: Kind, type_: str) -> bool:
    """Whether a question of this type is drawn, and so needs a label."""
    return kind not in (Kind.AUTOMATIC, Kind.CALCULATE) or type_ == "background-geopoint"
