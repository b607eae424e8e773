"""How the inspectors say no."""

from collections.abc import Mapping
from typing import NoReturn

from sonae.core.documents.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput, Problem


def refuse(
    reason: FileRefusal,
    *,
    name: str,
    part: str = "",
    line: int = 0,
    value: str = "",
    facts: Mapping[str, object] | None = None,
) -> NoReturn:
    """Refuses the file `name`; `part` is the place inside it (an entry of an archive, a column of a line)."""
    raise BadInput([Problem(reason, file=name, line=line, field=part[:200], value=value[:200], facts=facts or {})])
