"""A slip beside the file of an import: how far it is, and whether anybody still wants it.

An import changes the register in one transaction. What stands in it nobody else can see, and SQLite lets nobody else
write before it ends: so neither how far it is nor the wish to stop it can travel through the database.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Slip:
    """The slip of the import of this file; whoever works and whoever waits may be two programs."""

    file: Path

    @property
    def _reached(self) -> Path:
        return self.file.with_name(f"{self.file.name}.percent")

    @property
    def _stop(self) -> Path:
        return self.file.with_name(f"{self.file.name}.stop")

    @property
    def percent(self) -> int:
        """How far the import is; 0 where nothing was written down yet."""
        try:
            return int(self._reached.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def is_wanted(self) -> bool:
        return not self._stop.exists()

    def reach(self, percent: int) -> None:
        """Writes down how far the import is, whole or not at all."""
        fresh = self._reached.with_suffix(".new")
        fresh.write_text(str(percent), "ascii")
        fresh.replace(self._reached)

    def ask_to_stop(self) -> None:
        """Tells whoever works that nobody wants the import any more."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._stop.touch()

    def tear_up(self) -> None:
        """The import is over, however it came to be."""
        self._reached.unlink(missing_ok=True)
        self._stop.unlink(missing_ok=True)
