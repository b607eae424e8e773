"""Many rows straight into a table, for benchmarks that measure what is done with them and not how they came there."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched, chain
from typing import Any

from django.db import connection

ROWS_AT_ONCE = 2_000


def pour(model: Any, given: Mapping[str, object], rows: Iterable[Mapping[str, object]]) -> None:
    """Writes rows into the table of a model: `given` is the same in all of them, as are the defaults of the rest.

    What is the same is made ready for the database once, and so is each list or mapping that stands in several rows.
    Every row names the same columns.
    """
    first, rest = _first_of(rows)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    template = model(**given)
    names = [name for name, field in fields.items() if name in first or not field.primary_key]
    same = {name: fields[name].get_db_prep_save(getattr(template, name), connection) for name in names}
    seen: dict[int, object] = {}

    def ready(name: str, value: object) -> object:
        if not isinstance(value, dict | list):
            return fields[name].get_db_prep_save(value, connection)
        if id(value) not in seen:
            seen[id(value)] = fields[name].get_db_prep_save(value, connection)
        return seen[id(value)]

    columns = ", ".join(connection.ops.quote_name(fields[name].column) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    # Every name is one of the model's own, quoted; every value travels as a parameter.
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608
    with connection.cursor() as cursor:
        for some in batched(chain([first], rest), ROWS_AT_ONCE):
            made = [same | {name: ready(name, value) for name, value in row.items()} for row in some]
            cursor.executemany(statement, [[row[name] for name in names] for row in made])


def _first_of(rows: Iterable[Mapping[str, object]]) -> tuple[Mapping[str, object], Iterator[Mapping[str, object]]]:
    found = iter(rows)
    return next(found), found
