"""The index of a sector: which names institutions write, which of them an advisory means, and who has them.

A name is judged once, however many institutions write it. Both sides grow: what is judged is only what is new.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sonae_engine.exposure.aliases import Learnt, published
from sonae_engine.exposure.judging import judge
from sonae_engine.exposure.names import read_component, read_product
from sonae_engine.exposure.scale import answers
from sonae_engine.exposure.scale.folder import Folder
from sonae_engine.exposure.scale.intake import Intake
from sonae_engine.exposure.scale.vocabulary import Exposed, Statement, identifiers_in
from sonae_engine.exposure.vocabulary import Component, Covered, Match, Product
from sonae_engine.hunt import duck

_CHUNKS: Final = 16  # in which all exposures are written, so that no more is in memory at once
_MERGE_FROM: Final = 40  # parts: every one costs a reader some files to open


class Index:
    """An index in a folder of its own. One process writes at a time, any number read.

    `learnt` are decisions about pairs, as aliases.Aliases.with_learnt takes them; they hold from the next question on.
    """

    def __init__(
        self, folder: Path, *, learnt: Iterable[Learnt] = (), memory: str = "1GB", threads: int = 2, workers: int = 1
    ) -> None:
        self._folder = Folder(folder, memory=memory, threads=threads)
        self._aliases = published().with_learnt(learnt)
        self._workers = workers

    def put_ledger(self, file: Path, *, institutions: Iterable[int] | None = None) -> None:
        """Take ledgers (ledgers.LEDGER) in the place of all that their institutions had; names not known are judged.

        `institutions` names whose ledgers they are, also those that have no row left; None: whoever has rows in it.
        Raises Stale, and StoreFailed where the file cannot be read or the disk is full; what counted still counts.
        """
        with self._folder.alone(), self._folder.connection(file.parent) as (opened, scratch):
            manifest = self._folder.manifest()
            with self._folder.part(manifest) as part:
                Intake(opened, scratch, manifest, part, workers=self._workers).take_ledger(file, institutions)
        self._merge_many()

    def put_advisories(self, statements: Iterable[Statement]) -> None:
        """Take advisories with all their statements; one that is known already says only this from now on.

        Raises Stale, and StoreFailed where the disk is full; what counted still counts.
        """
        with self._folder.alone(), self._folder.connection() as (opened, scratch):
            manifest = self._folder.manifest()
            with self._folder.part(manifest) as part:
                Intake(opened, scratch, manifest, part, workers=self._workers).take_statements(statements)
        self._merge_many()

    def concerned(self, advisories: Collection[str]) -> list[Exposed]:
        """The institutions that these advisories concern or may concern, by advisory and institution."""
        with self._folder.connection() as (opened, scratch):
            answers.find_hits(opened, scratch, self._aliases, advisories=advisories, workers=self._workers)
            answers.find_items(opened, where="advisory IN (SELECT advisory FROM chosen)")
            rows = opened.execute(f"""SELECT advisory, institution, certain, uncertain
                FROM ({answers.EXPOSED}) JOIN notices_now USING (notice) ORDER BY ALL""").fetchall()  # noqa: S608
        return [Exposed(*row) for row in rows]

    def write_exposures(self, folder: Path) -> int:
        """Everything: files of Parquet in a new folder, as rows of Exposed; answers how many rows there are.

        The folder is there when it is whole, and not before.
        """
        aside = folder.with_name(f".{folder.name}-aside")
        aside.mkdir(mode=0o700)
        count = 0
        with self._folder.connection(folder.parent) as (opened, scratch):
            answers.find_hits(opened, scratch, self._aliases, advisories=None, workers=self._workers)
            for chunk in range(_CHUNKS):
                answers.find_items(opened, where=f"notice % {_CHUNKS} = {chunk}")
                file = duck.quoted(str(aside / f"{chunk}.parquet"))
                named = "JOIN notices_now USING (notice)"
                query = f"SELECT advisory, e.* EXCLUDE (notice) FROM ({answers.EXPOSED}) AS e {named}"  # noqa: S608
                (written,) = opened.execute(f"COPY ({query}) TO {file} (FORMAT parquet, COMPRESSION zstd)").fetchone()
                count += written
        aside.rename(folder)
        return count

    def matches(self, advisories: Collection[str]) -> Iterator[tuple[int, Match]]:
        """Every component that these advisories concern or may concern, with its institution and the whole verdict."""
        with self._folder.connection() as (opened, scratch):
            answers.find_hits(opened, scratch, self._aliases, advisories=advisories, workers=self._workers)
            rows = opened.execute(f"{_MATCHES} SEMI JOIN chosen USING (advisory)")
            while some := rows.fetchmany(10_000):
                yield from map(self._match, some)

    def matches_at(self, institutions: Collection[int]) -> Iterator[tuple[int, Match]]:
        """Every component of these institutions that any advisory concerns or may concern, with the whole verdict."""
        with self._folder.connection() as (opened, scratch):
            answers.find_hits(
                opened, scratch, self._aliases, advisories=None, workers=self._workers, institutions=institutions
            )
            rows = opened.execute(f"{_MATCHES} SEMI JOIN whose USING (institution)")
            while some := rows.fetchmany(10_000):
                yield from map(self._match, some)

    def _match(self, row: tuple[Any, ...]) -> tuple[int, Match]:
        institution, key, maker, name, model, version, ours, statement, vendor, product, theirs, within, *kept = row
        component = Component(key, maker, name, model, version, identifiers_in(ours))
        published_as = Product(statement, vendor, product, identifiers_in(theirs))
        thing, subject = read_component(component, self._aliases), read_product(published_as, self._aliases)
        found = judge(component, thing, published_as, subject, self._aliases)
        assert [found.answer, found.reason, found.confidence] == kept, "what was kept is what is judged"
        return institution, Match(key, statement, found, Covered.YES if within else Covered.UNKNOWN)

    def merge(self) -> None:
        """Write all parts but the largest as one. Those that were are left to `sweep`."""
        with self._folder.alone(), self._folder.connection() as (opened, _):
            self._folder.merge(opened)

    def sweep(self) -> int:
        """Remove what no longer counts, while nobody reads; answers how many files and folders."""
        with self._folder.alone():
            return self._folder.sweep()

    def _merge_many(self) -> None:
        if len(self._folder.manifest().parts) >= _MERGE_FROM:
            self.merge()


_MATCHES: Final = """
SELECT institution, component, maker, w.product, model, version, k.identifiers,
    key, vendor, s.product, s.identifiers, within, answer, reason, confidence
FROM hits JOIN items USING (item) JOIN wordings AS w USING (wording)
JOIN (FROM kits UNION ALL SELECT 0, '') AS k USING (kit) JOIN subjects AS s USING (subject)
JOIN statements_now AS t USING (subject) JOIN covered USING (scope, version) JOIN rows_now USING (item)
"""
