"""Catalogues in OSCAL 1.x JSON (NIST, Open Security Controls Assessment Language, the model “catalog”)."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import dedent

from sonae.core.assurance.catalogue_files.places import UNSOUND, Entries, Place
from sonae.core.assurance.vocabulary import CatalogueContent, CatalogueEntry, CatalogueForm, CatalogueProblem

LONGEST_NAME, LONGEST_TITLE, LONGEST_TEXT = 200, 500, 20_000
# The datatype “token” of OSCAL.
_TOKEN = re.compile(r"[^\W\d][\w.-]*")
# Bounded in every part: a text of nothing but beginnings is looked through in one go.
_INSERTED = re.compile(r"\{\{\s{0,20}insert:\s{0,20}param,\s{0,20}([^\s{}]{1,200})\s{0,20}\}\}")
# Letters of the parts of one entry before anything is inserted: parameters may make a text shorter, too.
_LONGEST_PARTS = 5 * LONGEST_TEXT
_TAKEN = re.compile(r"1\.\d+(\.\d+)?([-+.].*)?")


@dataclass(slots=True)
class _Reading:
    entries: Entries = field(default_factory=Entries)
    groups: int = 0
    # What stands for each parameter here; of a name that stands further out, too, the inner one.
    params: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def within(self, place: Place) -> Iterator[None]:
        """Knows the parameters of a place as long as what stands in it is read."""
        own = _params(place)
        before = {name: self.params[name] for name in own if name in self.params}
        self.params |= own
        yield
        for name in own.keys() - before.keys():
            del self.params[name]
        self.params |= before


def content_of(top: Place) -> CatalogueContent:
    """What the file holds; what is wrong in it is noted at its place, and only then is the content not whole."""
    catalog = top.below("catalog")
    catalog.text("uuid", most=40)
    metadata = catalog.below("metadata")
    title = metadata.text("title", most=LONGEST_TITLE)
    version, moment = metadata.text("version", most=80), metadata.moment("last-modified")
    spoken = metadata.text("oscal-version", most=40)
    if spoken and not _TAKEN.fullmatch(spoken):
        metadata.note(CatalogueProblem.VERSION_UNKNOWN, "oscal-version", spoken)
    reading = _Reading()
    with reading.within(catalog):
        _below(catalog, "", reading)
    return CatalogueContent(
        form=CatalogueForm.OSCAL,
        identifier=_identifier(metadata) or title,
        title=title,
        version=version,
        rank=moment.isoformat(timespec="microseconds"),
        dated_on=moment.date(),
        language=_language(metadata),
        publisher=_publisher(metadata),
        licence=metadata.text_or_nothing("remarks", most=LONGEST_TEXT),
        entries=tuple(reading.entries.found),
    )


def _identifier(metadata: Place) -> str:
    """What a document calls itself in every revision; its `uuid` is another in each."""
    named = [one.text("identifier", most=LONGEST_NAME) for one in metadata.each("document-ids")]
    return next((name for name in named if name), "")


def _language(metadata: Place) -> str:
    spoken = [
        prop.text_or_nothing("value", most=35)
        for prop in metadata.each("props")
        if prop.text_or_nothing("name", most=100) == "language"
    ]
    return next((language for language in spoken if language), "en")


def _publisher(metadata: Place) -> str:
    names = [
        party.text_or_nothing("name", most=300)
        for party in metadata.each("parties")
        # A person who wrote it is nobody whom readers need to know.
        if party.text_or_nothing("type", most=40) == "organization"
    ]
    return next((name for name in names if name), "")


def _below(place: Place, parent: str, reading: _Reading) -> None:
    """The groups and controls under one place, in the order of the file."""
    for group in place.each("groups"):
        with reading.within(group):
            _group(group, parent, reading)
    for control in place.each("controls"):
        with reading.within(control):
            _control(control, parent, reading)


def _group(place: Place, parent: str, reading: _Reading) -> None:
    reading.groups += 1
    # The identifier of a group is optional; no token begins with this sign.
    name = _name(place) if place.has("id") else f"#group-{reading.groups}"
    reading.entries.add(
        CatalogueEntry(
            name=name,
            code=_label(place) or (name if place.has("id") else ""),
            title=place.text("title", most=LONGEST_TITLE),
            text=_prose(place, reading.params, wanted=None),
            parent=parent,
            is_group=True,
        )
    )
    _below(place, name, reading)


def _control(place: Place, parent: str, reading: _Reading) -> None:
    name = _name(place)
    reading.entries.add(
        CatalogueEntry(
            name=name,
            code=_label(place) or name,
            title=place.text("title", most=LONGEST_TITLE),
            text=_prose(place, reading.params, wanted="statement"),
            guidance=_prose(place, reading.params, wanted="guidance"),
            parent=parent,
            is_withdrawn=any(_is_withdrawal(prop) for prop in place.each("props")),
        )
    )
    _below(place, name, reading)


def _name(place: Place) -> str:
    name = place.text("id", most=LONGEST_NAME)
    if name and not _TOKEN.fullmatch(name):
        place.note(CatalogueProblem.NAME_MALFORMED, "id", name)
    return name


def _is_withdrawal(prop: Place) -> bool:
    return (prop.text_or_nothing("name", most=100), prop.text_or_nothing("value", most=LONGEST_TEXT).lower()) == (
        "status",
        "withdrawn",
    )


def _label(place: Place) -> str:
    """What people call it: the label without a class, else the first one."""
    labels = {
        prop.text_or_nothing("class", most=100): prop.text_or_nothing("value", most=120)
        for prop in reversed(list(place.each("props")))
        if prop.text_or_nothing("name", most=100) == "label"
    }
    return labels.get("") or next(reversed(labels.values()), "")


def _params(place: Place) -> dict[str, str]:
    """What stands for each parameter in a text: its value, what may be chosen, or what it is about, in brackets."""
    return {param.text("id", most=LONGEST_NAME): _param_words(param) for param in place.each("params")}


def _param_words(param: Place) -> str:
    values = param.value.get("values") if isinstance(param.value, dict) else None
    if isinstance(values, list) and values:
        return _joined(", ", values)
    if param.has("select"):
        select = param.below("select")
        choices = select.value.get("choice") if isinstance(select.value, dict) else None
        if isinstance(choices, list):
            return f"[{_joined(' / ', choices)}]"
    return f"[{param.text_or_nothing('label', most=1_000) or param.text_or_nothing('id', most=LONGEST_NAME)}]"


def _joined(sign: str, values: list[object]) -> str:
    return sign.join(str(value)[:1_000] for value in values[:1_000] if isinstance(value, str | int))[:1_000]


def _prose(place: Place, params: Mapping[str, str], *, wanted: str | None) -> str:
    """The text of the parts of this name (of all, where none is wanted), each item on a line of its own."""
    parts = [part for part in place.each("parts") if wanted in (None, part.text("name", most=100))]
    lines, letters = [], 0
    for line in (line for part in parts for line in _lines(part, 0)):
        lines.append(line)
        letters += len(line) + 1
        if letters > _LONGEST_PARTS:
            break
    text = _inserted(dedent("\n".join(lines)), params) if letters <= _LONGEST_PARTS else None
    if text is None:
        place.note(CatalogueProblem.TEXT_TOO_LONG, "parts", most=LONGEST_TEXT)
    # Values of parameters come in here unseen.
    elif unsound := UNSOUND.search(text):
        place.note(CatalogueProblem.TEXT_UNSOUND, "parts", code=f"U+{ord(unsound[0]):04X}")
    else:
        return text
    return ""


def _lines(part: Place, depth: int) -> Iterator[str]:
    words = [_label(part), part.text_or_nothing("prose", most=LONGEST_TEXT)]
    if line := " ".join(word for word in words if word):
        yield "  " * depth + line
    for below in part.each("parts"):
        yield from _lines(below, depth + 1)


def _inserted(text: str, params: Mapping[str, str]) -> str | None:
    """The text with its parameters, or nothing where it would grow too long; what a choice inserts in turn is followed
    once. No longer text is ever built."""
    once = _inserted_once(text, params, most=_LONGEST_PARTS)
    return None if once is None else _inserted_once(once, params, most=LONGEST_TEXT)


def _inserted_once(text: str, params: Mapping[str, str], *, most: int) -> str | None:
    pieces, letters, begin = [], 0, 0
    for found in _INSERTED.finditer(text):
        word = params.get(found[1], f"[{found[1]}]")
        pieces += [text[begin : found.start()], word]
        letters += found.start() - begin + len(word)
        begin = found.end()
        if letters > most:
            return None
    return None if letters + len(text) - begin > most else "".join([*pieces, text[begin:]])
