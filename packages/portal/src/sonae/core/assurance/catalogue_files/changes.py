"""What differs between two versions of a catalogue."""

from collections.abc import Iterable, Mapping

from sonae.core.assurance.vocabulary import CatalogueEntry, EntryChange, EntryMove


def between(before: Iterable[CatalogueEntry], after: Iterable[CatalogueEntry]) -> tuple[EntryChange, ...]:
    """Every entry that was added, removed, or says something else, by its name: first those of the newer version in its
    order, then those that are gone. An entry that only moved to another place of the list did not change."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    found = []
    for name, entry in new.items():
        if name not in old:
            found.append(EntryChange(EntryMove.ADDED, None, entry))
        elif old[name] != entry:
            found.append(EntryChange(EntryMove.CHANGED, old[name], entry))
    found += [EntryChange(EntryMove.REMOVED, entry, None) for name, entry in old.items() if name not in new]
    return tuple(found)


def names_between(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of what `between` tells, in its order, out of the digest of each entry by its name."""
    found = [name for name, digest in after.items() if before.get(name) != digest]
    return found + [name for name in before if name not in after]
