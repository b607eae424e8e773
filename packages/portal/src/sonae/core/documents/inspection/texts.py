"""Text, CSV and JSON."""

import codecs
import json
import re
from typing import BinaryIO

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

PIECE = 1024 * 1024
# Larger JSON is telemetry, one object a line; whoever reads it names the line that is wrong.
WHOLE_JSON_BYTES = 5_000_000
# Not: tab, line feed, form feed, carriage return; the end mark of old DOS files; escape sequences of terminal logs.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1c-\x1f]")


def inspect_text(file: BinaryIO, *, name: str) -> str:
    """Refuses what is neither UTF-8 nor Shift_JIS; returns which of them it is."""
    encoding = next((encoding for encoding in ("utf-8-sig", "cp932") if _is_text(file, encoding)), None)
    if encoding is None:
        refuse(FileRefusal.NOT_TEXT, name=name)
    return encoding


def inspect_json(file: BinaryIO, *, name: str, size_bytes: int) -> None:
    """One JSON value, or one on each line."""
    encoding = inspect_text(file, name=name)
    file.seek(0)
    start = file.read(4096).decode(encoding, "ignore").lstrip()
    if not start.startswith(("{", "[")):
        refuse(FileRefusal.JSON_MALFORMED, name=name, line=1, value=start[:80], facts={"why": "{ … } / [ … ]"})
    if size_bytes > WHOLE_JSON_BYTES:
        return
    file.seek(0)
    text = file.read().decode(encoding)
    try:
        json.loads(text)
    except RecursionError:
        refuse(FileRefusal.JSON_MALFORMED, name=name, facts={"why": "nested too deep"})
    except json.JSONDecodeError as broken:
        if not broken.msg.startswith("Extra data"):
            refuse(
                FileRefusal.JSON_MALFORMED,
                name=name,
                line=broken.lineno,
                part=f"column {broken.colno}",
                facts={"why": broken.msg},
            )
    except ValueError as broken:
        # A number of more digits than Python reads.
        refuse(FileRefusal.JSON_MALFORMED, name=name, facts={"why": str(broken)})


def _is_text(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(PIECE):
            if _CONTROLS.search(decoder.decode(piece)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
