"""The sensor files of a demonstration, moved in time to the present.

Recorded events lie years back; a collector hunts the last ninety days. So every time stamp is moved by the same amount,
the newest event to a few minutes ago. Nothing else is touched, and lines that are no events are kept as they are.
"""

import gzip
import importlib.util
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

NEWEST_EVENT_WAS = timedelta(minutes=3)
# Everything else in the folder (read-me files, archives) is no sensor file.
SENSOR_FILES = ("*.json", "*.jsonl", "*.ndjson", "*.log", "*.json.gz")


class NothingToReplay(Exception):
    """No event with a time stamp was found in the folder."""


def replay(source: Path, target: Path, *, now: datetime) -> int:
    """Writes the events of every sensor file of `source` into `target`, moved to the present; returns how many."""
    files = sorted({path for pattern in SENSOR_FILES for path in source.glob(pattern) if path.is_file()})
    recorded = [(path, list(_lines(path))) for path in files]
    stamps = [stamp for _path, lines in recorded for line in lines if (stamp := _stamp(line))]
    if not stamps:
        raise NothingToReplay(str(source))
    shift = now - NEWEST_EVENT_WAS - max(stamps)
    target.mkdir(parents=True, exist_ok=True)
    for path, lines in recorded:
        moved = [
            json.dumps(_moved(line, shift), ensure_ascii=False) if isinstance(line, dict) else line for line in lines
        ]
        (target / f"{path.name.removesuffix('.gz')}").write_text("\n".join(moved) + "\n", encoding="utf-8")
    return len(stamps)


def bundled() -> Path:
    """The collector's sample events: found as files, because the portal must not import the collector."""
    collector = importlib.util.find_spec("sonae_collector")
    assert collector and collector.submodule_search_locations, "the collector is installed beside the portal"
    return Path(collector.submodule_search_locations[0]) / "examples" / "eve"


def _lines(path: Path) -> Iterator[dict[str, Any] | str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = raw.decode("utf-8-sig", errors="replace").strip()
    if text.startswith("["):
        yield from (one for one in json.loads(text) if isinstance(one, dict))
        return
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            yield line
            continue
        yield event if isinstance(event, dict) else line


def _stamp(event: dict[str, Any] | str) -> datetime | None:
    text = event.get("timestamp") if isinstance(event, dict) else None
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _moved(event: dict[str, Any], shift: timedelta) -> dict[str, Any]:
    stamp = _stamp(event)
    return event | {"timestamp": (stamp + shift).strftime("%Y-%m-%dT%H:%M:%S.%f%z")} if stamp else event
