"""Turns .po files into the .mo files that gettext reads, in Python: no machine needs GNU gettext to run Sonae."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.reloader import translation_file_changed

PACKAGE = Path(__file__).resolve().parent.parent


def compile_stale(root: Path = PACKAGE) -> int:
    """Compiles each catalogue under `root` that is newer than its compiled form; returns how many it compiled.

    What this process had read before is read again: declaring a model with a constraint already loads the catalogues.
    """
    stale = [path for path in sorted(root.rglob("locale/*/LC_MESSAGES/*.po")) if _is_stale(path)]
    for path in stale:
        _compile(path)
        translation_file_changed(None, path.with_suffix(".mo"))
    return len(stale)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, domain=source.stem, abort_invalid=True)
    # Written beside and renamed: a process that starts at this moment reads the old or the new file, never half of one.
    draft = source.with_suffix(f".mo.{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, catalogue)
    draft.replace(source.with_suffix(".mo"))
