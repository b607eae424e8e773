"""Rows as a Parquet file, for whoever computes with them: every column of one type, nothing where nothing is known."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from sonae_engine.hunt import duck


def written(columns: Mapping[str, str], rows: Iterable[Mapping[str, object]], *, within: Path | None = None) -> bytes:
    """A Parquet file with these columns, given with their types in SQL; rows stay in their order.

    Nothing is downloaded for it: DuckDB brings the format along. Raises StoreFailed where a value does not fit. What
    is written on the way lies `within` a folder of the caller, who clears it where this process is killed.
    """
    folder = Path(tempfile.mkdtemp(prefix="sonae-parquet-", dir=within))
    try:
        lines, file = folder / "rows.json", folder / "rows.parquet"
        encode = msgspec.json.Encoder().encode
        with lines.open("wb") as out:
            for number, row in enumerate(rows):
                out.write(encode({"_row": number, **row}) + b"\n")
        kinds = {"_row": "BIGINT", **columns}
        declared = ", ".join(f"{duck.quoted(name)}: {duck.quoted(kind)}" for name, kind in kinds.items())
        source = f"read_json({duck.quoted(str(lines))}, format = 'newline_delimited', columns = {{{declared}}})"
        wanted = ", ".join(_identifier(name) for name in columns)
        with duck.connection(folders=[folder], scratch=folder) as opened:
            ordered = f"SELECT {wanted} FROM {source} ORDER BY _row"  # noqa: S608 - our own words, quoted
            opened.execute(f"COPY ({ordered}) TO {duck.quoted(str(file))} (FORMAT parquet, COMPRESSION zstd)")
        return file.read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
