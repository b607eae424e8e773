"""A process that dies at a statement, for tests of what is left then."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def killed_at_statement(number: int) -> Iterator[None]:
    """Within it this process is killed (-9) just before its statement of this number, counted from 1."""
    seen = 0

    def die(execute: Callable[..., Any], *statement: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*statement)

    connection.ensure_connection()
    with connection.execute_wrapper(die):
        yield
