"""JSON Schema of every message: `python -m sonae_wire.schema write|check FOLDER`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from sonae_wire import messages

MESSAGES: Final[Mapping[str, type[BaseModel]]] = {
    "indicator": messages.Indicator,
    "indicator_page": messages.IndicatorPage,
    "sighting": messages.Sighting,
    "sighting_batch": messages.SightingBatch,
    "batch_receipt": messages.BatchReceipt,
    "heartbeat": messages.Heartbeat,
    "problem": messages.Problem,
}


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema (2020-12) of every message, by file stem."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **message.model_json_schema(mode="validation"),
        }
        for name, message in MESSAGES.items()
    }


def texts() -> dict[str, str]:
    """The files as they are committed: name and text."""
    return {
        f"{name}.json": json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        for name, schema in schemas().items()
    }


def write(folder: Path) -> None:
    """Put the schema files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def outdated(folder: Path) -> list[str]:
    """The names that are missing, changed or too many in the folder."""
    wanted = texts()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: Sequence[str]) -> int:
    """Answer 0 when done or current, 1 when the folder is not current, 2 when asked for something else."""
    match list(arguments):
        case ["write", folder]:
            write(Path(folder))
            return 0
        case ["check", folder]:
            names = outdated(Path(folder))
            sys.stderr.writelines(f"{name} is not current.\n" for name in names)
            return 1 if names else 0
        case _:
            sys.stderr.write("Usage: python -m sonae_wire.schema write|check FOLDER\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
