"""The folder of an index: parts that are written aside and count once the manifest names them.

A part is a folder of Parquet files that never changes. Whatever dies before the manifest is replaced leaves files that
nobody reads, and `sweep` removes them.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.hunt import duck

# One row each: a way to write maker, product and model; all ways that read the same (a thing); the keys and words under
# which things are found; a set of identifiers; a wording with its identifiers and version (an item); a component.
TABLES: Final = {
    "wordings": "wording INTEGER, maker VARCHAR, product VARCHAR, model VARCHAR, typed VARCHAR, thing INTEGER",
    "things": "thing INTEGER, digest VARCHAR, maker VARCHAR, product VARCHAR, model VARCHAR",
    "keys": "key VARCHAR, thing INTEGER",
    "words": "word VARCHAR, company BOOLEAN",
    "kits": "kit INTEGER, identifiers VARCHAR",
    "kit_keys": "kit INTEGER, place INTEGER, reason VARCHAR, key VARCHAR",
    "items": "item INTEGER, wording INTEGER, kit INTEGER, version VARCHAR",
    "rows": "item INTEGER, institution BIGINT, component VARCHAR, part INTEGER",
    "places": "institution BIGINT, part INTEGER",
    "notices": "notice INTEGER, advisory VARCHAR, part INTEGER",
    "statements": "key VARCHAR, notice INTEGER, subject INTEGER, scope INTEGER",
    "subjects": "subject INTEGER, vendor VARCHAR, product VARCHAR, identifiers VARCHAR, told VARCHAR",
    "subject_keys": "subject INTEGER, reason VARCHAR, key VARCHAR",
    "scopes": "scope INTEGER, versions VARCHAR, product VARCHAR",
    "judged": "subject INTEGER, thing INTEGER, answer VARCHAR, reason VARCHAR, confidence DOUBLE",
    "kit_hits": "subject INTEGER, kit INTEGER, reason VARCHAR",
}
_NUMBERED: Final = ("wording", "thing", "kit", "item", "notice", "subject", "scope")
_MANIFEST: Final = "manifest.json"
_RULES: Final = ("aliases.yaml", "aliases.py", "spelling.py", "models.py", "names.py", "judging.py", "blocking.py")


class Stale(Exception):
    """The names were judged by other rules or other aliases than today's: the index must be made anew."""


class Manifest(msgspec.Struct):
    """What counts in the folder, and the next number of everything that is numbered."""

    rules: str
    parts: list[int] = []
    next: dict[str, int] = {}

    @property
    def next_part(self) -> int:
        """A number that no part ever had."""
        return self.next.get("part", 1)


def rules_digest() -> str:
    """Today's rules and aliases: what was judged by others says nothing any more."""
    taken = hashlib.sha256()
    for name in _RULES:
        taken.update(files("sonae_engine.exposure").joinpath(name).read_bytes())
    return taken.hexdigest()


class Folder:
    """Parts on a disk."""

    def __init__(self, path: Path, *, memory: str, threads: int) -> None:
        self.path = path
        self._memory = memory
        self._threads = threads
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def manifest(self) -> Manifest:
        """What counts now. Raises Stale where other rules judged it."""
        file = self.path / _MANIFEST
        if not file.exists():
            return Manifest(rules_digest(), next=dict.fromkeys((*_NUMBERED, "part"), 1))
        found = msgspec.json.decode(file.read_bytes(), type=Manifest)
        if found.rules != rules_digest():
            raise Stale(str(self.path))
        return found

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile, in this or another process."""
        with (self.path / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def connection(self, *also: Path) -> Iterator[tuple[Any, Path]]:
        """DuckDB with every table of the index as it counts now, and a folder that is emptied afterwards."""
        scratch = self.path / f".scratch-{os.getpid()}"
        scratch.mkdir(exist_ok=True, mode=0o700)
        try:
            with duck.connection(
                folders=[self.path, *also], scratch=scratch, memory=self._memory, threads=self._threads
            ) as opened:
                manifest = self.manifest()
                for name in TABLES:
                    self._show(opened, name, manifest)
                _show_what_counts(opened, several=len(manifest.parts) > 1)
                yield opened, scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _show(self, opened: Any, name: str, manifest: Manifest) -> None:
        found = [self.path / f"part-{part}" / f"{name}.parquet" for part in manifest.parts]
        paths = ", ".join(duck.quoted(str(file)) for file in found if file.exists())
        if paths:
            opened.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet([{paths}])")  # noqa: S608 - our own paths
        else:
            opened.execute(f"CREATE TEMP TABLE {name} ({TABLES[name]})")

    @contextmanager
    def part(self, manifest: Manifest) -> Iterator["Part"]:
        """A part to be written; it counts, with the manifest's new numbers, when the block has ended well."""
        aside = self.path / f".new-{os.getpid()}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        number = manifest.next_part
        yield Part(aside, number)
        for file in aside.iterdir():
            _sync(file)
        place = self.path / f"part-{number}"
        shutil.rmtree(place, ignore_errors=True)  # a number that no manifest ever named
        aside.rename(place)
        _sync(place)
        manifest.parts.append(number)
        manifest.next["part"] = number + 1
        self._settle(manifest)

    def merge(self, opened: Any) -> None:
        """Write all parts but the largest as one; the number of its part stays with each row."""
        manifest = self.manifest()
        largest = max(manifest.parts, key=self._size_bytes)
        small = [part for part in manifest.parts if part != largest]
        manifest.parts = [largest]
        with self.part(manifest) as part:
            for name in TABLES:
                found = [self.path / f"part-{one}" / f"{name}.parquet" for one in small]
                if paths := ", ".join(duck.quoted(str(file)) for file in found if file.exists()):
                    part.write(opened, name, f"FROM read_parquet([{paths}])")

    def _size_bytes(self, part: int) -> int:
        return sum(file.stat().st_size for file in (self.path / f"part-{part}").iterdir())

    def _settle(self, manifest: Manifest) -> None:
        aside = self.path / f".manifest-{os.getpid()}"
        aside.write_bytes(msgspec.json.encode(manifest))
        _sync(aside)
        aside.replace(self.path / _MANIFEST)
        _sync(self.path)

    def sweep(self) -> int:
        """Remove what a killed write or a merge left behind, while nobody writes or reads; answers how many."""
        wanted = {f"part-{part}" for part in self.manifest().parts} | {_MANIFEST, ".lock"}
        strangers = [each for each in self.path.iterdir() if each.name not in wanted]
        for each in strangers:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        return len(strangers)


class Part:
    """A part that is being written."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.number = number

    def write(self, opened: Any, name: str, query: str) -> None:
        """The rows of a query as a table of this part."""
        file = duck.quoted(str(self.folder / f"{name}.parquet"))
        opened.execute(f"COPY ({query}) TO {file} (FORMAT parquet, COMPRESSION zstd)")


def _show_what_counts(opened: Any, *, several: bool) -> None:
    """Rows and statements that no later part has replaced."""
    if not several:
        opened.execute("CREATE TEMP VIEW rows_now AS SELECT * FROM rows")
        opened.execute("CREATE TEMP VIEW notices_now AS SELECT * FROM notices")
    else:
        opened.execute("""CREATE TEMP VIEW rows_now AS SELECT * FROM rows SEMI JOIN
            (SELECT institution, max(part) AS part FROM places GROUP BY institution) USING (institution, part)""")
        opened.execute("""CREATE TEMP VIEW notices_now AS SELECT * FROM notices SEMI JOIN
            (SELECT advisory, max(part) AS part FROM notices GROUP BY advisory) USING (advisory, part)""")
    opened.execute("""CREATE TEMP VIEW statements_now AS
        SELECT statements.*, advisory FROM statements JOIN notices_now USING (notice)""")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
