"""The only door to the engine: the folder in which ledgers are held against advisories, and what versions are meant."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sonae.prevention.exposure.vocabulary import Found, Thing
from sonae_engine.exposure.aliases import learnt_key
from sonae_engine.exposure.scale import Index, Stale, Statement, write_ledger
from sonae_engine.exposure.scale.vocabulary import coverage, scope_of
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Identifiers, Match

_KINDS = ("cpes", "purls", "model_numbers", "hashes")


class RulesChanged(Exception):
    """The folder was written by other rules than today's: everything is put in again."""


class Matching:
    """The index of the sector in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._index = Index(folder / "index")

    def put_ledgers(self, rows: Iterable[tuple[int, Thing]], *, institutions: Collection[int]) -> None:
        """Take these ledgers, whole, in the place of what these institutions had. Raises RulesChanged."""
        aside = self._folder / "aside"
        aside.mkdir(exist_ok=True, mode=0o700)
        file = aside / "ledger.parquet"
        write_ledger(file, ((institution, _component(thing)) for institution, thing in rows))
        try:
            self._index.put_ledger(file, institutions=institutions)
        except Stale as stale:
            raise RulesChanged(str(stale)) from stale
        finally:
            file.unlink(missing_ok=True)

    def put_notices(self, said: Iterable[tuple[int, UUID, str, str, str, dict[str, list[str]]]]) -> None:
        """Take advisories: (statement, notice, vendor, product, versions, identifiers). Raises RulesChanged."""
        try:
            self._index.put_advisories(
                Statement(str(key), str(notice), vendor, product, identifiers_of(identifiers), (text,) if text else ())
                for key, notice, vendor, product, text, identifiers in said
            )
        except Stale as stale:
            raise RulesChanged(str(stale)) from stale

    def sweep(self) -> None:
        """Remove what no longer counts; nobody else reads meanwhile."""
        self._index.sweep()

    def of_notices(self, notices: Collection[UUID]) -> Iterator[Found]:
        """What these advisories hit anywhere. Raises RulesChanged."""
        return _found(self._index.matches([str(one) for one in notices]))

    def of_institutions(self, institutions: Collection[int]) -> Iterator[Found]:
        """What any advisory hits at these institutions. Raises RulesChanged."""
        return _found(self._index.matches_at(institutions))


def names_version(text: str, *, vendor: str, product: str, version: str) -> bool:
    """Whether a statement of an advisory says for certain that a version is affected."""
    statement = Statement("", "", vendor, product, versions=(text,) if text else ())
    return coverage(*scope_of(statement))(version) is Covered.YES


def digest_of_names(vendor: str, product: str, maker: str, typed: str) -> str:
    """Under what a pair of names is found again, however it is capitalised and spaced."""
    return sha256("\x1f".join(learnt_key(vendor, product, maker, typed)).encode()).hexdigest()


def identifiers_of(said: dict[str, list[str]] | dict[str, Sequence[str]]) -> Identifiers:
    """Identifiers as the engine takes them."""
    return Identifiers(**{kind: tuple(said.get(kind, ())) for kind in _KINDS})


def _component(thing: Thing) -> Component:
    identifiers = Identifiers(**{kind: thing.identifiers.get(kind, ()) for kind in _KINDS})
    return Component(thing.key, thing.maker, thing.product, thing.model, thing.version, identifiers)


def _found(matches: Iterator[tuple[int, Match]]) -> Iterator[Found]:
    try:
        for institution, match in matches:
            verdict = match.verdict
            yield Found(
                institution, match.component, int(match.product),
                is_unclear=verdict.answer is Answer.UNCLEAR, is_within=match.covered is Covered.YES,
                reason=verdict.reason.value, confidence=verdict.confidence,
                would_change=tuple(change.value for change in verdict.would_change),
                ask=verdict.question.ask.value if verdict.question else "",
            )  # fmt: skip
    except Stale as stale:
        raise RulesChanged(str(stale)) from stale
