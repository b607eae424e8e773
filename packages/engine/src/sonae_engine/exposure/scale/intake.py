"""What is new in ledgers and advisories: numbered, judged against what is known, and written as a part."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.exposure.aliases import published
from sonae_engine.exposure.blocking import Known, keys_of_subject
from sonae_engine.exposure.identifiers import keys
from sonae_engine.exposure.names import read_product
from sonae_engine.exposure.scale import judgements
from sonae_engine.exposure.scale.folder import Manifest, Part
from sonae_engine.exposure.scale.vocabulary import Statement, identifiers_in, identifiers_text, scope_of
from sonae_engine.exposure.vocabulary import Product
from sonae_engine.hunt import duck

_SHARE_FROM: Final = 2_000  # fewer names are read sooner than another process is started
_NARROW_UNTIL: Final = 200  # so many new subjects look their things up on the disk; more are compared with all
_encode: Final = msgspec.json.Encoder().encode


class Intake:
    """One part in the making."""

    def __init__(self, opened: Any, scratch: Path, manifest: Manifest, part: Part, *, workers: int) -> None:
        self._db = opened
        self._scratch = scratch
        self._manifest = manifest
        self._part = part
        self._workers = workers

    def take_ledger(self, file: Path, institutions: Iterable[int] | None) -> None:
        """The rows of these institutions, in the place of all that they had; None: of those that have rows."""
        self._db.execute(f"""CREATE TEMP VIEW ledger AS SELECT institution, component, coalesce(maker, '') AS maker,
            coalesce(product, '') AS product, coalesce(model, '') AS model, coalesce(version, '') AS version,
            coalesce(identifiers, '') AS identifiers FROM read_parquet({duck.quoted(str(file))})""")  # noqa: S608
        if institutions is None:
            self._db.execute("CREATE TEMP TABLE spoken AS SELECT DISTINCT institution FROM ledger")
        else:
            spoken = ({"institution": one} for one in institutions)
            self._load("spoken", "institution BIGINT", spoken)
        self._db.execute("""CREATE TEMP TABLE fresh AS SELECT DISTINCT maker, product, model, identifiers, version
            FROM ledger SEMI JOIN spoken USING (institution)""")
        self._new("wording", "SELECT DISTINCT maker, product, model FROM fresh", ("maker", "product", "model"))
        self._new("kit", "SELECT DISTINCT identifiers FROM fresh WHERE identifiers <> ''", ("identifiers",))
        self._judge_new_wordings()
        self._db.execute("CREATE TEMP VIEW wording_all AS FROM wordings UNION ALL BY NAME FROM wordings_new")
        self._db.execute("""CREATE TEMP VIEW kit_all AS
            FROM kits UNION ALL FROM kit_new UNION ALL SELECT 0 AS kit, '' AS identifiers""")
        self._db.execute("""CREATE TEMP TABLE keyed AS SELECT fresh.*, wording, kit FROM fresh
            JOIN wording_all USING (maker, product, model) JOIN kit_all USING (identifiers)""")
        self._new("item", "SELECT wording, kit, version FROM keyed", ("wording", "kit", "version"))
        self._meet_new_kits()
        self._write_rows()

    def _write_rows(self) -> None:
        for name in ("kit", "item"):
            self._part.write(self._db, f"{name}s", f"FROM {name}_new")
        self._db.execute("""CREATE TEMP TABLE numbered AS SELECT item, maker, product, model, identifiers, version
            FROM keyed JOIN (FROM items UNION ALL FROM item_new) USING (wording, kit, version)""")
        self._db.execute("DROP TABLE keyed; DROP TABLE fresh")
        self._part.write(
            self._db,
            "rows",
            f"""SELECT item, institution, component, {self._part.number}::INTEGER AS part
            FROM ledger SEMI JOIN spoken USING (institution)
            JOIN numbered USING (maker, product, model, identifiers, version) ORDER BY item""",  # noqa: S608
        )
        places = f"SELECT institution, {self._part.number}::INTEGER AS part FROM spoken"  # noqa: S608 - our own number
        self._part.write(self._db, "places", places)

    def _judge_new_wordings(self) -> None:
        """What each new wording reads as, and what of that is an advisory's; those that read alike are one thing."""
        rows = self._db.execute("SELECT wording, maker, product, model FROM wording_new").fetchall()
        subjects = self._db.execute("SELECT subject, vendor, product FROM subjects").fetchall()
        files = self._shared("judged", judgements.judge_new, rows, subjects)
        beside = {kind: [file.with_suffix(f".{kind}") for file in files] for kind in ("read", "keys", "words")}
        self._lines("read_as", "wording INTEGER, digest VARCHAR, typed VARCHAR, first BOOLEAN", beside["read"])
        self._lines("keys_read", "key VARCHAR, wording INTEGER", beside["keys"])
        self._lines("words_new", "word VARCHAR, company BOOLEAN", beside["words"])
        self._lines("judged_read", _JUDGED, files)
        # Two processes may have met the same thing: one of its wordings speaks for it.
        self._new(
            "thing",
            """SELECT digest, wording, maker, product, model
            FROM (SELECT digest, min(wording) AS wording FROM read_as WHERE first GROUP BY digest)
            JOIN wording_new USING (wording)""",
            ("digest",),
            more="maker, product, model, wording",
        )
        self._db.execute("""CREATE TEMP TABLE wordings_new AS
            SELECT wording, wording_new.maker, wording_new.product, wording_new.model, typed, thing
            FROM wording_new JOIN read_as USING (wording)
            JOIN (SELECT digest, thing FROM things UNION ALL SELECT digest, thing FROM thing_new) USING (digest)""")
        self._part.write(self._db, "things", "SELECT thing, digest, maker, product, model FROM thing_new")
        self._part.write(self._db, "wordings", "FROM wordings_new")
        numbered = "JOIN (SELECT wording, thing FROM thing_new) USING (wording)"
        keys_new = f"SELECT key, thing FROM keys_read {numbered} ORDER BY key"  # noqa: S608 - our own words
        self._part.write(self._db, "keys", keys_new)
        self._part.write(self._db, "words", "SELECT DISTINCT word, company FROM words_new")
        judged = "SELECT subject, n.thing, answer, reason, confidence FROM judged_read AS j"
        self._part.write(self._db, "judged", f"{judged} JOIN thing_new AS n ON n.wording = j.thing ORDER BY subject")
        for table in ("read_as", "keys_read", "words_new", "judged_read", "wording_new"):
            self._db.execute(f"DROP TABLE {table}")

    def _meet_new_kits(self) -> None:
        rows = self._db.execute("SELECT kit, identifiers FROM kit_new").fetchall()
        lines = (
            {"kit": kit, "place": place, "reason": reason, "key": key}
            for kit, text in rows
            for place, (reason, key) in enumerate(keys(identifiers_in(text)))
        )
        self._load("kit_keys_new", "kit INTEGER, place INTEGER, reason VARCHAR, key VARCHAR", lines)
        self._part.write(self._db, "kit_keys", "FROM kit_keys_new ORDER BY key")
        self._part.write(self._db, "kit_hits", _MET.format(kits="kit_keys_new", subjects="subject_keys"))

    def take_statements(self, statements: Iterable[Statement]) -> None:
        """Advisories with all that they say, in the place of all that they said before."""
        columns = "key VARCHAR, advisory VARCHAR, vendor VARCHAR, product VARCHAR, identifiers VARCHAR"
        more = "told VARCHAR, versions VARCHAR, named VARCHAR"
        self._load("given", f"{columns}, {more}", map(_row_of_statement, statements))
        told = "SELECT DISTINCT vendor, product, identifiers, told FROM given"
        self._new("subject", told, ("vendor", "product", "identifiers"), more="told")
        self._new("scope", "SELECT DISTINCT versions, named AS product FROM given", ("versions", "product"))
        self._db.execute("CREATE TEMP VIEW noticed AS SELECT DISTINCT advisory FROM given")
        first = self._take_numbers("notice", "noticed")
        self._db.execute(f"""CREATE TEMP TABLE notice_new AS SELECT ({first} + row_number() OVER ())::INTEGER AS notice,
            advisory, {self._part.number}::INTEGER AS part FROM noticed""")  # noqa: S608 - our own numbers
        self._part.write(self._db, "notices", "FROM notice_new")
        self._part.write(self._db, "subjects", "FROM subject_new")
        self._part.write(self._db, "scopes", "FROM scope_new")
        self._part.write(
            self._db,
            "statements",
            """SELECT key, notice, subject, scope FROM given JOIN notice_new USING (advisory)
            JOIN (FROM subjects UNION ALL BY NAME FROM subject_new) AS s USING (vendor, product, identifiers)
            JOIN (FROM scopes UNION ALL FROM scope_new) AS c ON c.versions = given.versions AND c.product = given.named
            ORDER BY notice""",
        )
        self._judge_new_subjects()

    def _judge_new_subjects(self) -> None:
        rows = self._db.execute("SELECT subject, vendor, product, identifiers FROM subject_new").fetchall()
        lines = (
            {"subject": subject, "reason": reason, "key": key}
            for subject, _, _, text in rows
            for reason, key in keys(identifiers_in(text))
        )
        self._load("subject_keys_new", "subject INTEGER, reason VARCHAR, key VARCHAR", lines)
        self._part.write(self._db, "subject_keys", "FROM subject_keys_new ORDER BY key")
        self._part.write(self._db, "kit_hits", _MET.format(kits="kit_keys", subjects="subject_keys_new"))
        subjects = [row[:3] for row in rows]
        things = self._things_for(subjects)
        files = self._shared("judged", judgements.judge_known, things, subjects) if things else []
        self._lines("judged_new", _JUDGED, files)
        self._part.write(self._db, "judged", "FROM judged_new ORDER BY subject")

    def _things_for(self, subjects: Sequence[judgements.Named]) -> list[judgements.Wording]:
        """The things that these subjects may be."""
        every = "SELECT thing, maker, product, model FROM things"
        if not subjects:
            return []
        if len(subjects) > _NARROW_UNTIL:
            return list(self._db.execute(every).fetchall())
        aliases = published()
        known = self._db.execute("SELECT DISTINCT word, company FROM words").fetchall()
        words = judgements.Words(word for word, company in known if not company)
        companies = judgements.Words(word for word, company in known if company)
        those = Known(words, companies, words.holds)
        wanted = {
            judgements.key_text(key)
            for _, vendor, product in subjects
            for key in keys_of_subject(read_product(Product("", vendor, product), aliases), those, aliases)
        }
        self._load("wanted", "key VARCHAR", ({"key": key} for key in wanted))
        some = "SELECT thing FROM keys SEMI JOIN wanted USING (key)"
        return list(self._db.execute(f"{every} SEMI JOIN ({some}) USING (thing)").fetchall())

    def _new(self, what: str, query: str, by: tuple[str, ...], *, more: str = "") -> None:
        """The rows of a query that the index has not, by these columns, numbered on: a table `…_new`."""
        columns = ", ".join(by)
        self._db.execute(f"CREATE TEMP TABLE unknown AS FROM ({query}) ANTI JOIN {what}s USING ({columns})")
        first = self._take_numbers(what, "unknown")
        chosen = f"{columns}, {more}" if more else columns
        self._db.execute(f"""CREATE TEMP TABLE {what}_new AS
            SELECT ({first} + row_number() OVER ())::INTEGER AS {what}, {chosen} FROM unknown""")  # noqa: S608
        self._db.execute("DROP TABLE unknown")

    def _take_numbers(self, what: str, table: str) -> int:
        """The number before the first of those that the rows of a table take."""
        (count,) = self._db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own words
        first = self._manifest.next[what]
        self._manifest.next[what] = first + count
        return first - 1

    def _shared(self, name: str, work: Any, rows: Sequence[Any], *more: Any) -> list[Path]:
        """The rows shared out among the workers; the files that they wrote."""
        count = self._workers if len(rows) >= _SHARE_FROM else 1
        shares = [rows[at::count] for at in range(count)]
        files = [self._scratch / f"{name}-{at}.json" for at in range(count)]
        judgements.shared(work, shares, files, *more)
        return files

    def _load(self, table: str, columns: str, rows: Iterable[Any]) -> None:
        """Rows of Python as a table."""
        file = self._scratch / f"{table}.json"
        with file.open("wb") as lines:
            lines.writelines(_encode(row) + b"\n" for row in rows)
        self._lines(table, columns, [file])

    def _lines(self, table: str, columns: str, files: Sequence[Path]) -> None:
        load(self._db, table, columns, files)


_JUDGED: Final = "subject INTEGER, thing INTEGER, answer VARCHAR, reason VARCHAR, confidence DOUBLE"
_MET: Final = """SELECT subject, kit, arg_min(reason, place) AS reason
    FROM {kits} JOIN {subjects} USING (reason, key) GROUP BY subject, kit"""


def load(opened: Any, table: str, columns: str, files: Sequence[Path]) -> None:
    """Lines of JSON as a table with these columns; empty files say nothing."""
    opened.execute(f"CREATE TEMP TABLE {table} ({columns})")
    told = [file for file in files if file.stat().st_size]
    if not told:
        return
    kinds = dict(part.strip().split(" ") for part in columns.split(","))
    paths = ", ".join(duck.quoted(str(file)) for file in told)
    opened.execute(f"""INSERT INTO {table} SELECT {", ".join(kinds)} FROM read_json([{paths}],
        format = 'newline_delimited', maximum_object_size = 67108864, columns = {kinds})""")  # noqa: S608 - our own words


def _row_of_statement(statement: Statement) -> dict[str, object]:
    versions, named = scope_of(statement)
    return {
        "key": statement.key,
        "advisory": statement.advisory,
        "vendor": statement.vendor,
        "product": statement.product,
        "identifiers": identifiers_text(statement.identifiers),
        "told": judgements.told(statement.vendor, statement.product),
        "versions": json.dumps(versions, ensure_ascii=False),
        "named": named,
    }
