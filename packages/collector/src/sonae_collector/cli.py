"""The command line. Exit codes are those of sysexits: 0 done, 2 wrong usage, 69 portal away, 73 state folder unusable,
75 state folder in use, 77 token refused, 78 configuration refused."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sonae_collector import hunting, portal, running, sightings, state
from sonae_collector.cycle import KEEP_DAYS, Collector, Outcome, Settings
from sonae_collector.errors import (
    NotConfigured,
    PortalTrouble,
    Reason,
    RequestRefused,
    StateUnusable,
    TokenRefused,
)
from sonae_collector.hunting import FileRefused, Stream, Unopened
from sonae_collector.progress import Progress
from sonae_collector.words import Say, words
from sonae_wire.identity import DAY_ZONE
from sonae_wire.messages import Indicator, is_sensor_name
from sonae_wire.vocabulary import SightingProblem

say = words(os.environ)


class Exit(IntEnum):
    """How the program ends."""

    DONE = 0
    PORTAL_AWAY = 69
    STATE_UNUSABLE = 73
    STATE_IN_USE = 75
    TOKEN_REFUSED = 77
    NOT_CONFIGURED = 78


app = typer.Typer(
    help=say(Say.HELP_PROGRAM),
    no_args_is_help=True,
    add_completion=False,
    # A traceback with the values of variables would show the token.
    pretty_exceptions_enable=False,
)

_Eve = Annotated[Path, typer.Option("--eve", help=say(Say.HELP_EVE))]
_State = Annotated[Path, typer.Option("--state", help=say(Say.HELP_STATE))]
_Json = Annotated[bool, typer.Option("--json", help=say(Say.HELP_JSON))]


@app.command(help=say(Say.HELP_RUN))
def run(
    address: Annotated[str, typer.Option("--portal", help=say(Say.HELP_PORTAL))],
    token_file: Annotated[Path, typer.Option("--token-file", help=say(Say.HELP_TOKEN_FILE))],
    eve: _Eve,
    folder: _State,
    *,
    once: Annotated[bool, typer.Option("--once", help=say(Say.HELP_ONCE))] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.05, help=say(Say.HELP_INTERVAL))] = running.EVERY_S,
    sensor: Annotated[str, typer.Option("--sensor", help=say(Say.HELP_SENSOR))] = "",
    keep_days: Annotated[int, typer.Option("--keep-days", min=1, help=say(Say.HELP_KEEP_DAYS))] = KEEP_DAYS,
) -> None:
    """Run rounds until asked to stop, or one."""
    with _refusals():
        portal.check_address(address)
        token = portal.read_token(token_file)
        _check(eve, sensor)
        progress = Progress(sys.stderr, say)
        with (
            running.stop_signals() as stop,
            state.opened(folder) as held,
            portal.connected(address, token=token) as far_end,
        ):
            settings = Settings(eve, sensor, keep_days)
            collector = Collector(held, settings, stopped=stop.is_set, progress=progress)
            rounds = (
                running.once(collector, far_end, stop=stop)
                if once
                else running.forever(collector, far_end, interval_s=interval, stop=stop)
            )
            trouble = _follow(rounds, collector, progress)
            if stop.is_set():
                _tell(say(Say.STOPPED))
                return
        if trouble is not None:
            raise trouble


def _follow(rounds: Iterator[Outcome], collector: Collector, progress: Progress) -> PortalTrouble | None:
    """Tell of each round; answers what kept the last from being complete."""
    told: tuple[str, ...] = ()
    trouble: PortalTrouble | None = None
    for outcome in rounds:
        progress.close()
        trouble = outcome.trouble
        lines = _told(outcome, collector)
        if outcome.found_in_past or lines != told:
            for line in lines:
                _tell(line)
        told = lines
    return trouble


def _told(outcome: Outcome, collector: Collector) -> tuple[str, ...]:
    lines = []
    if outcome.found_in_past:
        lines.append(say(Say.IN_PAST, found=outcome.found_in_past))
    if outcome.taken.events or outcome.changed or outcome.delivered or outcome.taken.bad_lines or not lines:
        lines.append(
            say(
                Say.ROUND,
                events=outcome.taken.events,
                changed=outcome.changed,
                delivered=outcome.delivered,
                waiting=sightings.waiting(collector.state),
                bad_lines=outcome.taken.bad_lines,
            )
        )
    lines += _refused(outcome.refused)
    if outcome.trouble is not None:
        lines.append(_sentence(outcome.trouble))
    return tuple(lines)


def _refused(counts: Mapping[SightingProblem, int]) -> list[str]:
    return [say(Say.REFUSED, count=count, why=say(reason)) for reason, count in counts.items()]


@app.command(help=say(Say.HELP_HUNT))
def hunt(
    indicator_file: Annotated[Path, typer.Option("--indicators", help=say(Say.HELP_INDICATORS))],
    eve: _Eve,
    *,
    as_json: _Json = False,
) -> None:
    """Match files with an exported page of indicators, without any network or state."""
    with _refusals():
        page = portal.read_indicator_file(indicator_file)
        _check(eve, "")
        known = {str(each.id): each for each in page.indicators if not each.revoked}
        chosen = hunting.chosen((key, each.kind, each.value) for key, each in known.items())
        stream = Stream(chosen)
        read, bad_lines = _read_all(eve, stream)
        found, _ = hunting.drained(stream)
        for each in found:
            print(_finding(each, known[each.indicator_id], as_json=as_json))
        if chosen.unusable:
            _tell(say(Say.UNUSABLE, count=len(chosen.unusable)))
        _tell(say(Say.READ_IN_ALL, events=read, bad_lines=bad_lines))
        if not found:
            _tell(say(Say.NOTHING_FOUND))


def _read_all(eve: Path, stream: Stream) -> tuple[int, int]:
    progress = Progress(sys.stderr, say)
    read = bad_lines = 0
    for source in hunting.files(eve):
        if isinstance(source, Unopened):
            _tell(say(Say.FILE_REFUSED, file=source.path, reason=source.refusal.reason))
            continue
        try:
            with source.opened() as opened:
                for batch in hunting.batches(opened):
                    stream.take(batch.events)
                    read += len(batch.events)
                    unfinished = [batch.unfinished] if batch.unfinished else []
                    bad_lines += batch.bad_lines + len(unfinished)
                    for bad in [*batch.bad, *unfinished]:
                        _tell(say(Say.BAD_LINE, **{**asdict(bad), "line": str(bad.line)}))
                    progress(read)
        except FileRefused as refusal:
            _tell(say(Say.FILE_REFUSED, file=source.name, reason=refusal.reason))
    progress.close()
    return read, bad_lines


def _finding(found: hunting.Finding, indicator: Indicator, *, as_json: bool) -> str:
    if as_json:
        fields = {
            "indicator_id": found.indicator_id,
            "kind": indicator.kind,
            "value": indicator.value,
            "day": found.day.isoformat(),
            "count": found.count,
            "first_seen_at": found.first_seen_at.isoformat(),
            "last_seen_at": found.last_seen_at.isoformat(),
            "where": found.where,
            "direction": found.direction,
            "note": {"ja": indicator.note.ja, "en": indicator.note.en},
        }
        return json.dumps(fields, ensure_ascii=False)
    return say(
        Say.FOUND,
        day=found.day.isoformat(),
        kind=say(indicator.kind),
        value=indicator.value,
        count=found.count,
        first=f"{found.first_seen_at.astimezone(DAY_ZONE):%H:%M:%S}",
        last=f"{found.last_seen_at.astimezone(DAY_ZONE):%H:%M:%S}",
        where=", ".join(say(each) for each in found.where),
        direction=say(found.direction),
    )


@dataclass(frozen=True, slots=True)
class _Status:
    events_read: int
    bad_lines: int
    newest_event_at: str
    indicators_held: int
    sightings: int
    sightings_waiting: int
    sightings_refused: dict[SightingProblem, int]
    undeliverable: int
    contact_at: str
    problems: list[dict[str, Any]]
    spotted: list[dict[str, Any]]


@app.command(help=say(Say.HELP_STATUS))
def status(folder: _State, *, as_json: _Json = False) -> None:
    """Tell how things stand; also while a collector is at work."""
    with _refusals(), state.looked_at(folder) as held:
        found = _status(held)
        if as_json:
            print(json.dumps(asdict(found), ensure_ascii=False))
            return
        never = say(Say.STATUS_NEVER)
        print(say(Say.STATUS_EVENTS, events=found.events_read, bad_lines=found.bad_lines))
        print(say(Say.STATUS_NEWEST, moment=found.newest_event_at or never))
        print(say(Say.STATUS_INDICATORS, count=found.indicators_held))
        print(say(Say.STATUS_SIGHTINGS, count=found.sightings, waiting=found.sightings_waiting))
        print(say(Say.STATUS_CONTACT, moment=found.contact_at or never))
        for line in _refused(found.sightings_refused):
            print(line)
        if found.undeliverable:
            print(say(Say.STATUS_UNDELIVERABLE, count=found.undeliverable))
        for each in found.problems:
            sentence = Say.BAD_LINE if each["line"] else Say.FILE_REFUSED
            print(say(sentence, **{**each, "line": str(each["line"])}))
        for each in found.spotted:
            where = ", ".join(say(place) for place in each["where"])
            print(say(Say.STATUS_SPOTTED, **{**each, "where": where}))


def _status(held: state.State) -> _Status:
    newest = held.number("newest_event_us")
    return _Status(
        events_read=held.number("events_read"),
        bad_lines=held.number("bad_lines"),
        newest_event_at=_moment(newest) if newest else "",
        indicators_held=held.count("indicator WHERE NOT revoked"),
        sightings=held.count("sighting"),
        sightings_waiting=sightings.waiting(held),
        sightings_refused=sightings.refused(held),
        undeliverable=held.count("undeliverable"),
        contact_at=_contact(held.text("contact_at")),
        problems=[
            {"file": file, "line": line, "reason": reason, "field": field}
            for file, line, reason, field in held.sql.execute(
                "SELECT file, line, reason, field FROM problem ORDER BY id DESC LIMIT 20"
            )
        ],
        spotted=[
            {
                "moment": _moment(seen),
                "source": src,
                "target": dst,
                "value": value,
                "where": sightings.places_of(places),
            }
            for seen, src, dst, value, places in held.sql.execute(
                "SELECT seen_us, src, dst, value, places FROM spotted JOIN indicator ON indicator.id = indicator_id"
                " ORDER BY spotted.id DESC LIMIT 20"
            )
        ],
    )


def _moment(value: int) -> str:
    return _shown(state.moment_of(value))


def _shown(moment: datetime) -> str:
    return moment.astimezone(DAY_ZONE).isoformat(timespec="seconds")


def _contact(stored: str) -> str:
    return _shown(datetime.fromisoformat(stored)) if stored else ""


def _check(eve: Path, sensor: str) -> None:
    if not eve.exists():
        raise NotConfigured(Reason.EVE_FOLDER_MISSING, path=str(eve))
    if not is_sensor_name(sensor):
        raise NotConfigured(Reason.SENSOR_NAME_REFUSED)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def _refusals() -> Iterator[None]:
    """Says every foreseen trouble in one sentence and ends with its code."""
    try:
        yield
    except (NotConfigured, StateUnusable) as refusal:
        _tell(say(refusal.reason, **refusal.facts))
        codes = {Reason.STATE_IN_USE: Exit.STATE_IN_USE}
        usual = Exit.NOT_CONFIGURED if isinstance(refusal, NotConfigured) else Exit.STATE_UNUSABLE
        raise typer.Exit(codes.get(refusal.reason, usual)) from refusal
    except PortalTrouble as trouble:
        # It has been told with the round it spoilt.
        code = Exit.TOKEN_REFUSED if isinstance(trouble, TokenRefused) else Exit.PORTAL_AWAY
        raise typer.Exit(code) from trouble
    except (hunting.StoreFailed, OSError) as refusal:
        _tell(say(Say.STORE_FAILED, cause=str(refusal)))
        raise typer.Exit(Exit.STATE_UNUSABLE) from refusal


def _sentence(trouble: PortalTrouble) -> str:
    if isinstance(trouble, TokenRefused):
        return say(Say.TOKEN_REFUSED)
    if isinstance(trouble, RequestRefused):
        return say(Say.REQUEST_REFUSED, status=str(trouble.status), reason=trouble.reason)
    return say(Say.PORTAL_AWAY, cause=trouble)


def main() -> None:
    """Start the program."""
    app(prog_name="sonae-collector")
