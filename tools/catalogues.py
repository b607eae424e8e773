"""Message catalogues against the code: nothing fuzzy, nothing untranslated, nothing unextracted, nothing left over.

python -m tools.catalogues            look
python -m tools.catalogues --update   add what the code says to every slice's catalogue, for a person to translate
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "packages" / "portal" / "src" / "sonae"
CATALOGUE = Path("locale", "ja", "LC_MESSAGES", "django.po")
_EXTRACT = [
    sys.executable,
    "-m",
    "django",
    "makemessages",
    "-l",
    "ja",
    "--no-location",
    "--no-obsolete",
    "--verbosity",
    "0",
]

_HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: ja\\n"'

type Key = tuple[str, str | None]


def rooms(source: Path) -> list[Path]:
    """Every folder that keeps its own words: the slices and the site."""
    return sorted({*(path.parent for path in source.glob("*/*/apps.py")), source / "site"})


def problems(room: Path, *, name: str) -> list[str]:
    """Sentences on the committed catalogue of `room` alone."""
    path = room / CATALOGUE
    if not path.exists():
        return []
    try:
        catalogue = _read(path)
    except PoFileError as broken:
        return [f"{name}: the catalogue cannot be read: {broken}."]
    found = []
    for message in catalogue:
        if message.id and message.fuzzy:
            found.append(f"{name}: “{message.id}” is fuzzy.")
        words = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(words):
            found.append(f"{name}: “{message.id}” is not translated.")
    found += [f"{name}: “{message_id}” is obsolete." for message_id in catalogue.obsolete]
    return found


def unextracted(room: Path, *, name: str) -> list[str]:
    """Sentences on what the code says and the catalogue lacks, or the other way round."""
    committed = _keys(room / CATALOGUE)
    with _extracted(room) as fresh:
        said = _keys(fresh)
    return [
        *(f"{name}: “{key[0]}” is in the code, not in the catalogue." for key in sorted(said - committed, key=str)),
        *(f"{name}: “{key[0]}” is in the catalogue, not in the code." for key in sorted(committed - said, key=str)),
    ]


def disagreements(rooms_by_name: dict[Path, str]) -> list[str]:
    """Sentences on messages that one room translates so and another room otherwise.

    Django merges the catalogues of all rooms into one: of two translations, the room that comes first in the settings
    wins on the pages of both. Whoever means something else needs a context.
    """
    said: dict[Key, dict[str, list[str]]] = {}
    for room, name in rooms_by_name.items():
        if not (room / CATALOGUE).exists():
            continue
        for message in _read(room / CATALOGUE):
            if message.id:
                first = message.id if isinstance(message.id, str) else message.id[0]
                words = message.string if isinstance(message.string, str) else (message.string or [""])[0]
                said.setdefault((first, message.context), {}).setdefault(words, []).append(name)
    return [
        f"“{key[0]}” is said in more than one way: "
        + "; ".join(f"“{words}” ({', '.join(names)})" for words, names in ways.items())
        + "."
        for key, ways in sorted(said.items(), key=str)
        if len(ways) > 1
    ]


def extract(room: Path) -> None:
    """Brings the catalogue of `room` up to what its code says (needs GNU gettext)."""
    (room / "locale").mkdir(exist_ok=True)
    surroundings = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(_EXTRACT, cwd=room, check=True, env=surroundings)


def update(room: Path) -> None:
    """Adds to the catalogue of `room` what its code says and takes away what it no longer says; all else stays.

    GNU gettext itself would wrap every line anew, each of its versions in another way.
    """
    path = room / CATALOGUE
    with _extracted(room) as fresh:
        # Of a room that says nothing there is no catalogue.
        found = _read_untranslated(fresh) if fresh.exists() else ()
        said = {_key(message): message for message in found if message.id}
    if not said and not path.exists():
        return
    blocks = path.read_text("utf-8").strip("\n").split("\n\n") if path.exists() else [_HEADER]
    kept = [block for block in blocks if (key := _key_of(block)) is None or key in said]
    known = {_key_of(block) for block in kept}
    missing = [_block(message) for key, message in said.items() if key not in known]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join([*kept, *missing]) + "\n", encoding="utf-8")


def _key_of(block: str) -> Key | None:
    """Which message a part of a catalogue is about; None for its header and for words of people in between."""
    messages = [message for message in read_po(io.StringIO(f"{_HEADER}\n\n{block}"), abort_invalid=True) if message.id]
    return _key(messages[0]) if messages else None


def _key(message: Message) -> Key:
    # A plural is one message of several forms; its first form names it.
    return (message.id if isinstance(message.id, str) else message.id[0]), message.context


def _block(message: Message) -> str:
    single, *plural = [message.id] if isinstance(message.id, str) else message.id
    lines = [f"msgctxt {_as_line(message.context)}"] if message.context else []
    lines.append(f"msgid {_as_line(single)}")
    lines += [f"msgid_plural {_as_line(one)}" for one in plural]
    return "\n".join([*lines, 'msgstr[0] ""' if plural else 'msgstr ""'])


def _as_line(text: str) -> str:
    """A text as one line of a catalogue."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@contextlib.contextmanager
def _extracted(room: Path) -> Iterator[Path]:
    """The catalogue of a copy of `room` as its code alone would have it."""
    with tempfile.TemporaryDirectory(prefix="sonae-words-") as folder:
        copy = Path(folder, "room")
        shutil.copytree(room, copy, ignore=shutil.ignore_patterns("static", "locale", "*.mo", "__pycache__"))
        extract(copy)
        yield copy / CATALOGUE


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="ja", abort_invalid=True)


def _read_untranslated(path: Path) -> Catalog:
    """The catalogue as a template: `makemessages` announces one plural form for Japanese and leaves room for two."""
    text = re.sub(r'^"Plural-Forms:.*\n', "", path.read_text("utf-8"), flags=re.MULTILINE)
    return read_po(io.StringIO(text), abort_invalid=True)


def _keys(path: Path) -> set[Key]:
    if not path.exists():
        return set()
    return {_key(message) for message in _read_untranslated(path) if message.id}


def main() -> int:
    parser = argparse.ArgumentParser(description="The message catalogues of Sonae.")
    parser.add_argument(
        "--update", action="store_true", help="add what the code says, take away what it no longer says"
    )
    asked = parser.parse_args()
    names = {room: room.relative_to(SOURCE).as_posix() for room in rooms(SOURCE)}
    has_gettext = shutil.which("xgettext") is not None
    if asked.update:
        if not has_gettext:
            print("GNU gettext is not installed here.", file=sys.stderr)
            return 1
        for room in names:
            update(room)
    found = [problem for room, name in names.items() for problem in problems(room, name=name)]
    if not found:  # a catalogue that cannot be read was told above
        found += disagreements(names)
    if has_gettext:
        with ThreadPoolExecutor(max_workers=2) as pool:
            for lines in pool.map(lambda room: unextracted(room, name=names[room]), names):
                found += lines
    else:
        print("GNU gettext is not installed here; whether every message is extracted was not looked at.")
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
