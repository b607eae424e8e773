"""DuckDB as the engine uses it: nothing is downloaded, nothing outside the given folders is read or written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any


class StoreFailed(Exception):
    """The database could not do what was asked: a damaged file, no room on the disk, no memory."""


@contextmanager
def connection(*, folders: Sequence[Path], scratch: Path, memory: str = "512MB", threads: int = 2) -> Iterator[Any]:
    """A connection in memory that reaches the folders and spills into the scratch folder, and nothing else.

    What is asked of it is written in the subset that DuckDB 1.5 and 2.0 share: `execute`, `fetchall`, `fetchone`.
    """
    # Loaded where it is used: most programs that know of the engine never ask it, and behind the sentence of one that
    # ends with a refusal DuckDB would print words of its own.
    import duckdb  # noqa: PLC0415

    opened = duckdb.connect(":memory:")
    try:
        opened.execute("SET autoinstall_known_extensions = false")
        opened.execute("SET autoload_known_extensions = false")
        opened.execute(f"SET memory_limit = {quoted(memory)}")
        opened.execute(f"SET threads = {int(threads)}")
        opened.execute(f"SET temp_directory = {quoted(str(scratch))}")
        allowed = ", ".join(quoted(str(each)) for each in (*folders, scratch))
        opened.execute(f"SET allowed_directories = [{allowed}]")
        opened.execute("SET enable_external_access = false")
        opened.execute("SET preserve_insertion_order = false")
        opened.execute("SET enable_progress_bar = false")
        opened.execute("SET lock_configuration = true")
        yield opened
    except duckdb.Error as refusal:
        raise StoreFailed(str(refusal).partition("\n")[0]) from refusal
    finally:
        opened.close()


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def statements(name: str) -> list[str]:
    """The statements of a named file of SQL; they are split at the semicolons that end a line."""
    text = resources.files("sonae_engine.hunt.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return [each.strip() for each in text.split(";\n") if each.strip()]
