"""What the words at the top of a column mean: the names XLSForm has for one thing, and the language behind them.

Source: the XLSForm reference table of column headers, and which of them pyxform accepts as the same.
"""

import re
from dataclasses import dataclass

from sonae.core.instruments.definition import UNSAID
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.instruments.xlsform.sheets import Faults, Sheet

# Other names of a column -> the one by which this room knows it.
SURVEY = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "read_only": "read_only",
    "readonly": "read_only",
    "calculate": "calculation",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "image": "media::image",
    "big-image": "media::big-image",
    "audio": "media::audio",
    "video": "media::video",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "control::jr:count": "repeat_count",
    "body::jr:count": "repeat_count",
    "control::appearance": "appearance",
    "body::appearance": "appearance",
}
CHOICES = {
    "list_name": "list name",
    "caption": "label",
    "value": "name",
    "image": "media::image",
    "big-image": "media::big-image",
    "audio": "media::audio",
    "video": "media::video",
}
SETTINGS = {
    "form_title": "title",
    "set_form_title": "title",
    "form_id": "id_string",
    "set_form_id": "id_string",
}
_KNOWN_SURVEY = frozenset(
    {
        "type", "name", "label", "hint", "guidance_hint", "relevant", "required", "constraint", "calculation",
        "read_only", "constraint_message", "required_message", "default", "appearance", "choice_filter", "parameters",
        "repeat_count", "trigger", "disabled", "save_to",
    }
)  # fmt: skip
_KNOWN_CHOICES = frozenset({"list name", "name", "label"})
_KNOWN_SETTINGS = frozenset({"title", "id_string", "version", "default_language", "name", "instance_name"})
_TRANSLATED = frozenset(
    {
        "label", "hint", "guidance_hint", "constraint_message", "required_message", "media::image", "media::big-image",
        "media::audio", "media::video", "sonae_unit",
    }
)  # fmt: skip
_CODE = re.compile(r"\(([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)\)\s*$")
_NAMES = {"ja": "日本語 (ja)", "en": "English (en)"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds: the name of the column, and the language of its texts."""

    name: str
    language: str = UNSAID


def language_code(written: str) -> str:
    """The code in brackets (日本語 (ja) → ja), else what is written."""
    found = _CODE.search(written)
    return found[1].lower() if found else written.strip()


def language_name(code: str) -> str:
    """A language as a header names it."""
    return _NAMES.get(code, code)


def meanings(sheet: Sheet, faults: Faults) -> dict[str, Meaning]:
    """What each header of a sheet means; two headers for one thing are a fault."""
    aliases, known = {
        "survey": (SURVEY, _KNOWN_SURVEY),
        "settings": (SETTINGS, _KNOWN_SETTINGS),
    }.get(sheet.name, (CHOICES, _KNOWN_CHOICES))
    by_double_colon = any("::" in header.text for header in sheet.headers)
    found: dict[str, Meaning] = {}
    first: dict[Meaning, str] = {}
    for header in sheet.headers:
        meaning = _meaning(header.text, aliases, known, by_double_colon=by_double_colon)
        other = first.setdefault(meaning, header.text)
        if header.text not in (other, meaning.name):
            faults.note(FormProblem.HEADER_TWICE, sheet, 1, header.text, header.text, other=other)
        found[header.text] = meaning
    return found


def _meaning(header: str, aliases: dict[str, str], known: frozenset[str], *, by_double_colon: bool) -> Meaning:
    mark = "::" if by_double_colon or "::" in header else ":"
    parts = _parts(header, mark)
    # The longest beginning that is known is the column, the rest its language.
    for length in (2, 1):
        word = "::".join([_snake(part) for part in parts[:1]] + [part.lower() for part in parts[1:length]])
        name = aliases.get(word, word)
        if len(parts) >= length and (name in known or name in _TRANSLATED or word in aliases):
            rest = parts[length:]
            if not rest:
                return Meaning(name)
            if name in _TRANSLATED:
                return Meaning(name, language_code("::".join(rest)))
    return Meaning("::".join(parts) if len(parts) > 1 else header)


def _parts(header: str, mark: str) -> list[str]:
    parts = [part.strip() for part in header.split(mark)]
    if mark == ":" and "jr" in parts[:-1]:
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    return parts


def _snake(word: str) -> str:
    return "_".join(word.split()).lower()
