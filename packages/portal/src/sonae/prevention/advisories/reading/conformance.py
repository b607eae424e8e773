"""The verdict on a CSAF document: its schema and the mandatory tests of CSAF (6.1), by the library `csaf`.

A document that fails is taken in with what it fails at: 2 % of what CISA publishes does (measured, ADR 0033).
"""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from sonae.prevention.advisories.reading.fields import Notes
from sonae.prevention.advisories.vocabulary import FaultReason

# A hundred kilobytes take about half a second: what is larger than this is not tested, and says so.
_MOST_BYTES = 2_000_000
_VALIDATORS = {"2.0": "csaf.csaf.v20._validator", "2.1": "csaf.csaf.v21._validator"}


def note_failures(document: dict[str, Any], notes: Notes, *, size_bytes: int) -> None:
    """Notes every mandatory test that fails, with its number and where."""
    version = str(document["document"].get("csaf_version"))
    if version not in _VALIDATORS or size_bytes > _MOST_BYTES:
        notes.add(FaultReason.CSAF_NOT_TESTED, "/document/csaf_version", version=version)
        return
    try:
        report = _validator(version)(document, preset="basic")
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as unexpected:
        # The library met a value that it does not expect: the document is read all the same.
        notes.add(FaultReason.CSAF_NOT_TESTED, "", version=version, error=type(unexpected).__name__)
        return
    for result in report.results:
        for error in result.errors if not (result.passed or result.skipped) else ():
            reason = FaultReason.CSAF_SCHEMA if result.id == "schema" else FaultReason.CSAF_TEST
            notes.add(reason, error.instance_path, test=result.id, message=error.message)


@cache
def _validator(version: str) -> Callable[..., Any]:
    # Loaded when the first document comes: half a second and 30 MB that most processes of the portal never need.
    found: Callable[..., Any] = importlib.import_module(_VALIDATORS[version]).validate
    return found
