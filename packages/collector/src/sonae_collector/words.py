"""What the program says, in Japanese and English; Japanese unless the environment asks for English."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from typing import Final

from sonae_collector.errors import Reason
from sonae_wire.vocabulary import Direction, IndicatorKind, SightingProblem, Where


class Say(StrEnum):
    """Everything the program says by itself."""

    ROUND = "round"
    REFUSED = "refused"
    IN_PAST = "in_past"
    READING = "reading"
    PORTAL_AWAY = "portal_away"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - the name of a sentence
    REQUEST_REFUSED = "request_refused"
    STOPPED = "stopped"
    STORE_FAILED = "store_failed"
    NOTHING_FOUND = "nothing_found"
    FOUND = "found"
    UNUSABLE = "unusable"
    BAD_LINE = "bad_line"
    FILE_REFUSED = "file_refused"
    READ_IN_ALL = "read_in_all"
    STATUS_EVENTS = "status_events"
    STATUS_NEWEST = "status_newest"
    STATUS_INDICATORS = "status_indicators"
    STATUS_SIGHTINGS = "status_sightings"
    STATUS_UNDELIVERABLE = "status_undeliverable"
    STATUS_CONTACT = "status_contact"
    STATUS_NEVER = "status_never"
    STATUS_SPOTTED = "status_spotted"
    HELP_PROGRAM = "help_program"
    HELP_RUN = "help_run"
    HELP_HUNT = "help_hunt"
    HELP_STATUS = "help_status"
    HELP_PORTAL = "help_portal"
    HELP_TOKEN_FILE = "help_token_file"  # noqa: S105 - the name of a sentence
    HELP_EVE = "help_eve"
    HELP_STATE = "help_state"
    HELP_ONCE = "help_once"
    HELP_INTERVAL = "help_interval"
    HELP_SENSOR = "help_sensor"
    HELP_KEEP_DAYS = "help_keep_days"
    HELP_INDICATORS = "help_indicators"
    HELP_JSON = "help_json"


_TABLES: Final[Mapping[str, type[StrEnum]]] = {
    "say": Say,
    "reason": Reason,
    "refusal": SightingProblem,
    "where": Where,
    "direction": Direction,
    "kind": IndicatorKind,
}


def _sentences() -> dict[tuple[type[StrEnum], str], Mapping[str, str]]:
    text = resources.files("sonae_collector").joinpath("sentences.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {(kind, name): both for table, kind in _TABLES.items() for name, both in tables[table].items()}


_SENTENCES: Final = _sentences()


class Words:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, what: StrEnum, **facts: object) -> str:
        """The words for something, with its facts in their places."""
        sentence = _SENTENCES[type(what), what.value][self.language]
        return sentence.format(**{name: _shown(value) for name, value in facts.items()})


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def words(environment: Mapping[str, str]) -> Words:
    """The language the environment asks for; Japanese where it asks for none."""
    asked = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return Words("en" if asked.lower().startswith("en") else "ja")
