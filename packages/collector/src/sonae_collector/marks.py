"""How far each file was read, what could not be read, and which files of the event store count."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from sonae_collector import hunting
from sonae_collector.hunting import BadLine, Position, Segment
from sonae_collector.state import State

KEPT_PROBLEMS: Final = 1_000
# So few first bytes may be shared by two files that merely begin alike; then the file system's own number decides.
_SURE_BYTES: Final = 64


@dataclass(slots=True)
class Mark:
    """A file that is being read, and the position behind what has been taken from it."""

    name: str
    head: bytes
    device: int
    inode: int
    position: Position
    row: int | None = None


def mark_of(state: State, name: str, head: bytes, status: os.stat_result) -> Mark:
    """Where reading of an open file goes on.

    A file is known by its first bytes, so that it stays the same file when it is rotated, copied or compressed; the
    position counts expanded bytes. A file cut short and begun anew has other first bytes, and so is another file.
    """
    mark = Mark(name, head, status.st_dev, status.st_ino, Position())
    for row, length, offset, line, device, inode in _candidates(state, head):
        if length >= _SURE_BYTES or (device, inode) == (mark.device, mark.inode):
            mark.row, mark.position = row, Position(offset, line)
            return mark
    return mark


def _candidates(state: State, head: bytes) -> Iterator[tuple[int, int, int, int, int, int]]:
    lengths = state.sql.execute(
        "SELECT DISTINCT head_bytes FROM source WHERE head_bytes <= ? ORDER BY head_bytes DESC", (len(head),)
    ).fetchall()
    for (length,) in lengths:
        yield from state.sql.execute(
            "SELECT id, head_bytes, offset, line, device, inode FROM source WHERE head_print = ? AND head_bytes = ?"
            " ORDER BY offset DESC",
            (hunting.head_print(head[:length]), length),
        ).fetchall()


def advance(state: State, mark: Mark, position: Position) -> None:
    """What lies before the position has been taken; belongs into the transaction that keeps what was taken."""
    # Only bytes that were taken say which file it is: a torn line may still change under a careless writer.
    head = mark.head[: position.offset]
    if not head:
        return
    values = (len(head), hunting.head_print(head), mark.device, mark.inode, position.offset, position.line, mark.name)
    if mark.row is None:
        cursor = state.sql.execute(
            "INSERT INTO source (head_bytes, head_print, device, inode, offset, line, name)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        mark.row = cursor.lastrowid
    else:
        state.sql.execute(
            "UPDATE source SET head_bytes = ?, head_print = ?, device = ?, inode = ?, offset = ?, line = ?, name = ?"
            " WHERE id = ?",
            (*values, mark.row),
        )
    mark.position = position


def outline(status: os.stat_result) -> str:
    """What changes when a file changes."""
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def is_settled(state: State, name: str, status: os.stat_result) -> bool:
    """Whether the file is as it was when there was nothing left to read in it."""
    row = state.sql.execute("SELECT state FROM settled WHERE name = ?", (name,)).fetchone()
    return row is not None and row[0] == outline(status)


def settle(state: State, name: str, status: os.stat_result) -> None:
    """There is nothing left to read in the file until it changes."""
    state.sql.execute("INSERT OR REPLACE INTO settled VALUES (?, ?)", (name, outline(status)))


def forget_absent(state: State, names: set[str]) -> None:
    """Forget the outlines of files that are no longer there; how far they were read is kept."""
    known = {name for (name,) in state.sql.execute("SELECT name FROM settled")}
    state.sql.executemany("DELETE FROM settled WHERE name = ?", ((name,) for name in known - names))


def note_problems(state: State, problems: Iterable[BadLine]) -> None:
    """Keep the newest of what could not be read."""
    state.sql.executemany(
        "INSERT INTO problem (file, line, reason, field) VALUES (?, ?, ?, ?)",
        ((each.file, each.line, each.reason.value, each.field) for each in problems),
    )
    _trim(state)


def note_refusal(state: State, file: str, reason: str) -> None:
    """Keep that a whole file was refused, once for as long as nothing else happens to it."""
    same = "SELECT 1 FROM problem WHERE file = ? AND line = 0 AND reason = ?"
    if state.sql.execute(same, (file, reason)).fetchone() is None:
        state.sql.execute("INSERT INTO problem (file, line, reason, field) VALUES (?, 0, ?, '')", (file, reason))
        _trim(state)


def _trim(state: State) -> None:
    state.sql.execute("DELETE FROM problem WHERE id <= (SELECT max(id) FROM problem) - ?", (KEPT_PROBLEMS,))


def segments(state: State) -> list[Segment]:
    """The files of the event store that count."""
    return [_segment(row) for row in state.sql.execute("SELECT path, day, events FROM segment ORDER BY path")]


def add_segments(state: State, added: Iterable[Segment], *, added_on: date) -> None:
    """These files count from now on; they are kept for as long as if their events were of this day."""
    state.sql.executemany(
        "INSERT INTO segment VALUES (?, ?, ?, ?)",
        ((each.path, each.day.isoformat(), each.events, added_on.isoformat()) for each in added),
    )


def expired(state: State, *, before: date) -> list[Segment]:
    """The files that were added before a day."""
    rows = state.sql.execute("SELECT path, day, events FROM segment WHERE added_on < ?", (before.isoformat(),))
    return [_segment(row) for row in rows]


def scattered(state: State, *, files: int, events: int) -> list[tuple[list[Segment], date]]:
    """Groups of many small files of one day and kind, each with the newest day on which one of them was added."""
    groups: dict[str, list[tuple[Segment, str]]] = {}
    rows = state.sql.execute("SELECT path, day, events, added_on FROM segment WHERE events < ?", (events,))
    for path, day, count, added_on in rows:
        groups.setdefault(path.rpartition("/")[0], []).append((_segment((path, day, count)), added_on))
    return [
        ([each for each, _ in group], date.fromisoformat(max(added_on for _, added_on in group)))
        for group in groups.values()
        if len(group) >= files
    ]


def _segment(row: tuple[str, str, int]) -> Segment:
    path, day, events = row
    return Segment(path, date.fromisoformat(day), events)


def drop_segments(state: State, dropped: Iterable[Segment]) -> None:
    """These files do not count any longer; the store sweeps them away."""
    state.sql.executemany("DELETE FROM segment WHERE path = ?", ((each.path,) for each in dropped))


def next_segment(state: State) -> int:
    """A number for a segment that was never given before, also when what it was for did not come to pass."""
    with state.change():
        state.add("segments_numbered", 1)
        return state.number("segments_numbered")
