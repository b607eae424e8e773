"""A catalogue out of the bytes of its file."""

from collections.abc import Callable

from sonae.core.assurance.catalogue_files import ciso_assistant, oscal
from sonae.core.assurance.catalogue_files.places import Notes, Overfull, Place
from sonae.core.assurance.catalogue_files.tree import Tree, read_json, read_yaml
from sonae.core.assurance.vocabulary import CatalogueContent, CatalogueProblem
from sonae.kernel.errors import Problem


def read(content: bytes, *, file_name: str) -> CatalogueContent | tuple[Problem, ...]:
    """The catalogue in a file, or every problem of it, each with its line (YAML) or its JSON pointer (OSCAL).

    Nothing but YAML begins otherwise than with a bracket here, so the name of the file decides nothing.
    """
    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    tree = read_json(content, file=file_name) if is_json else read_yaml(content, file=file_name)
    if isinstance(tree, Problem):
        return (tree,)
    notes = Notes(tree, file=file_name)
    reader = _reader_of(tree)
    if reader is None:
        notes.note(CatalogueProblem.NOT_A_CATALOGUE, "")
        return tuple(notes.found)
    try:
        found = reader(notes.top())
    except Overfull as overfull:
        notes.note(overfull.reason, "", most=overfull.most)
        return tuple(notes.found)
    _note_whole(found, notes)
    return tuple(notes.found) or found


def _reader_of(tree: Tree) -> Callable[[Place], CatalogueContent] | None:
    root = tree.root if isinstance(tree.root, dict) else {}
    if "catalog" in root:
        return oscal.content_of
    return ciso_assistant.content_of if "objects" in root else None


def _note_whole(found: CatalogueContent, notes: Notes) -> None:
    """What is wrong with the catalogue as a whole."""
    if not notes.found and all(entry.is_group for entry in found.entries):
        notes.note(CatalogueProblem.NO_CONTROLS, "")
    seen: set[str] = set()
    for entry in found.entries:
        if entry.name in seen and entry.name:
            notes.note(CatalogueProblem.NAME_TWICE, "", entry.name)
        seen.add(entry.name)
