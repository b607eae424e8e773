"""Many rows straight into a table. A ledger of 200,000 devices through the ORM takes three times as long, and most of
that in asking each field of each row the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import connection

AT_ONCE = 5_000
# Made once: making it costs more than using it.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def pour(model: Any, same: Mapping[str, object], names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes rows into the table of a model, in the caller's transaction. `same` is alike in all of them, as are the
    defaults of what nobody names; each row has the values of `names` in their order, as `stored` makes them."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    template = model(**same)
    alike = {
        name: field.get_db_prep_save(getattr(template, name), connection)
        for name, field in fields.items()
        if name not in names and not (field.primary_key and field.get_default() is None)
    }
    columns = ", ".join(connection.ops.quote_name(fields[name].column) for name in (*names, *alike))
    table = connection.ops.quote_name(model._meta.db_table)
    rest = list(alike.values())
    if connection.vendor == "postgresql":
        # psycopg hands JSON over as an object of its own, which COPY takes as well.
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([*row, *rest])
        return
    # Every name is one of the model's own, quoted; every value travels as a parameter.
    marks = ", ".join(["%s"] * (len(names) + len(rest)))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        for some in batched(rows, AT_ONCE):
            cursor.executemany(statement, [_parameters(row, rest) for row in some])


def _parameters(row: Sequence[Any], rest: Sequence[Any]) -> list[Any]:
    return [*row, *rest]


def stored_id(value: UUID | None) -> object:
    """An id as the database keeps it."""
    return value if value is None or connection.features.has_native_uuid_field else value.hex


def stored_json(value: dict[str, Any] | list[Any]) -> str:
    """A list or mapping as the database keeps it."""
    return _JSON.encode(value) if value else "{}" if isinstance(value, dict) else "[]"
