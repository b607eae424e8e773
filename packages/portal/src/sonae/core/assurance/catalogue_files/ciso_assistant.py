"""Libraries of CISO Assistant (YAML): the framework in them as a catalogue."""

from sonae.core.assurance.catalogue_files.places import Entries, Place
from sonae.core.assurance.vocabulary import (
    CatalogueContent,
    CatalogueEntry,
    CatalogueForm,
    CatalogueProblem,
    DataFileProblem,
)

LONGEST_NAME, LONGEST_TITLE, LONGEST_TEXT = 200, 500, 20_000


def content_of(top: Place) -> CatalogueContent:
    """What the file holds; what is wrong in it is noted at its place, and only then is the content not whole."""
    top.text("urn", most=LONGEST_NAME)
    framework = _framework(top)
    version = top.number("version")
    return CatalogueContent(
        form=CatalogueForm.CISO_ASSISTANT,
        identifier=_urn(framework, "urn"),
        title=framework.text("name", most=LONGEST_TITLE),
        version=str(version),
        rank=f"{version:09}",
        dated_on=top.day_or_nothing("publication_date"),
        language=top.text("locale", most=35),
        publisher=top.text_or_nothing("provider", most=300),
        licence=top.text_or_nothing("copyright", most=LONGEST_TEXT),
        entries=tuple(_entries(framework).found),
    )


def _framework(top: Place) -> Place:
    objects = top.below("objects")
    if not objects.has("frameworks"):
        return objects.below("framework")
    several = list(objects.each("frameworks"))
    if len(several) != 1:
        objects.note(CatalogueProblem.NOT_A_CATALOGUE, "frameworks")
    return several[0] if several else objects.below("framework")


def _entries(framework: Place) -> Entries:
    known: set[str] = set()
    entries = Entries()
    for node in framework.each("requirement_nodes"):
        name, is_group = _urn(node, "urn"), not node.yes("assessable")
        parent = _urn(node, "parent_urn") if node.has("parent_urn") else ""
        if parent and parent not in known:
            node.note(CatalogueProblem.PARENT_UNKNOWN, "parent_urn", parent)
        known.add(name)
        code, title = node.text_or_nothing("ref_id", most=120), node.text_or_nothing("name", most=LONGEST_TITLE)
        text = node.text_or_nothing("description", most=LONGEST_TEXT)
        if not (code or title or text):
            node.note(DataFileProblem.FIELD_MISSING, "name")
        entries.add(
            CatalogueEntry(
                name=name,
                code=code,
                title=title,
                text=text,
                guidance=node.text_or_nothing("annotation", most=LONGEST_TEXT),
                parent=parent,
                is_group=is_group,
            )
        )
    return entries


def _urn(place: Place, name: str) -> str:
    """A name of the form `urn:…`; large and small letters are the same in it."""
    found = place.text(name, most=LONGEST_NAME).lower()
    if found and not found.startswith("urn:"):
        place.note(CatalogueProblem.NAME_MALFORMED, name, found)
    return found
