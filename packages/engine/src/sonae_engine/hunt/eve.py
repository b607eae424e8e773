"""One line of Suricata's EVE output, read as an event; a line that is none answers why, and in which field."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec

from sonae_engine.hunt.events import MEMORY, Event, host_of, name_key, url_key
from sonae_engine.hunt.vocabulary import LineProblem

type _Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
type _SignatureId = Annotated[int, msgspec.Meta(ge=0, le=2**53)]

_FIELD: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING: Final = re.compile(r"missing required field `(?P<name>\w+)`")
_EARLIEST: Final = 1990
_LATEST: Final = 2199
_FIRST_FREE_PORT: Final = 1024


class _Http(msgspec.Struct, gc=False):
    hostname: str | None = None
    url: str | None = None
    http_user_agent: str | None = None
    http_port: _Port | None = None


class _Query(msgspec.Struct, gc=False):
    rrname: str | None = None


class _Dns(msgspec.Struct, gc=False):
    # Version 1 and 2 of the format name the question here, alerts in `query`, version 3 in `queries`.
    rrname: str | None = None
    query: list[_Query] | None = None
    queries: list[_Query] | None = None


class _Ja3(msgspec.Struct, gc=False):
    hash: str | None = None


class _Tls(msgspec.Struct, gc=False):
    sni: str | None = None
    fingerprint: str | None = None
    ja3: _Ja3 | None = None


class _File(msgspec.Struct, gc=False):
    filename: str | None = None
    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None


class _Smtp(msgspec.Struct, gc=False):
    mail_from: str | None = None


class _Alert(msgspec.Struct, gc=False):
    signature_id: _SignatureId = 0
    signature: str | None = None


class _Line(msgspec.Struct, gc=False):
    timestamp: str
    event_type: str
    src_ip: str | None = None
    dest_ip: str | None = None
    src_port: _Port | None = None
    dest_port: _Port | None = None
    dns: _Dns | None = None
    tls: _Tls | None = None
    http: _Http | None = None
    fileinfo: _File | None = None
    files: list[_File] | None = None
    smtp: _Smtp | None = None
    alert: _Alert | None = None
    host: str | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class NotAnEvent:
    """Why a line is not an event, and the field that shows it where one does."""

    reason: LineProblem
    field: str = ""


_decode: Final = msgspec.json.Decoder(_Line).decode


def read_line(line: bytes) -> Event | NotAnEvent:
    """The event of one line; never raises, whatever the bytes are."""
    try:
        parsed = _decode(line)
    except UnicodeDecodeError:
        return _read_cp932(line)
    except RecursionError:
        return NotAnEvent(LineProblem.TOO_DEEP)
    except msgspec.ValidationError as refusal:
        return _explain(str(refusal))
    except msgspec.DecodeError as refusal:
        # A second byte of cp932 may look like a backslash, so a good line may look like a broken one.
        if not line.isascii():
            return _read_cp932(line)
        return NotAnEvent(LineProblem.TORN if "truncated" in str(refusal) else LineProblem.NOT_JSON)
    return _event(parsed)


def _read_cp932(line: bytes) -> Event | NotAnEvent:
    """Reads a line that a Japanese Windows wrote in its own encoding."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = line.decode("cp932")
        except UnicodeDecodeError:
            return NotAnEvent(LineProblem.WRONG_ENCODING)
    try:
        return _event(_decode(text.encode("utf-8")))
    except RecursionError:
        return NotAnEvent(LineProblem.TOO_DEEP)
    except msgspec.ValidationError as refusal:
        return _explain(str(refusal))
    except msgspec.DecodeError as refusal:
        return NotAnEvent(LineProblem.TORN if "truncated" in str(refusal) else LineProblem.NOT_JSON)


def _explain(refusal: str) -> NotAnEvent:
    missing = _MISSING.search(refusal)
    if missing:
        return NotAnEvent(LineProblem.MISSING_FIELD, missing["name"])
    where = _FIELD.search(refusal)
    out_of_range = "`int` >=" in refusal or "`int` <=" in refusal or "out of range" in refusal
    reason = LineProblem.OUT_OF_RANGE if out_of_range else LineProblem.WRONG_TYPE
    return NotAnEvent(reason, where["path"] if where else "")


def _event(line: _Line) -> Event | NotAnEvent:
    seen_us = _microseconds(line.timestamp)
    if seen_us is None:
        return NotAnEvent(LineProblem.BAD_TIMESTAMP, "timestamp")
    http = line.http
    tls = line.tls
    alert = line.alert
    src, dst = (line.src_ip or "", line.src_port or 0), (line.dest_ip or "", line.dest_port or 0)
    if alert is not None and _is_answer(line):
        src, dst = dst, src
    return Event(
        seen_us,
        line.event_type,
        src[0],
        dst[0],
        src[1],
        dst[1],
        () if line.dns is None else _queries(line.dns),
        name_key(tls.sni) if tls is not None and tls.sni else "",
        tls.fingerprint.replace(":", "").lower() if tls is not None and tls.fingerprint else "",
        tls.ja3.hash.lower() if tls is not None and tls.ja3 is not None and tls.ja3.hash else "",
        host_of(http.hostname) if http is not None and http.hostname else "",
        "" if http is None else _url(http),
        http.http_user_agent or "" if http is not None else "",
        () if line.fileinfo is None and line.files is None else _hashes(line),
        () if line.fileinfo is None and line.files is None else _filenames(line),
        "" if line.smtp is None else _sender(line.smtp.mail_from or ""),
        0 if alert is None else alert.signature_id,
        "" if alert is None else alert.signature or "",
        line.host or "",
    )


_seconds: dict[str, int] = {}


def _microseconds(text: str) -> int | None:
    """Microseconds since 1970 of an EVE timestamp; None when it is no moment with an offset."""
    # Thousands of events share a second, so only the first of them is parsed: 2026-11-23T06:00:00.000001+0900
    if len(text) == 31 and text[19] == ".":
        fraction = text[20:26]
        if fraction.isdecimal():
            second = text[:19] + text[26:]
            known = _seconds.get(second)
            if known is None:
                known = _whole_seconds(second)
                if known is None:
                    return None
            return known + int(fraction)
    return _parse(text)


def _whole_seconds(second: str) -> int | None:
    parsed = _parse(second)
    if parsed is not None:
        if len(_seconds) >= MEMORY:
            _seconds.clear()
        _seconds[second] = parsed
    return parsed


def _parse(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not _EARLIEST <= moment.year <= _LATEST:
        return None
    # In two parts, since a float does not hold every microsecond.
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def _is_answer(line: _Line) -> bool:
    """Whether an alert is about what a server answered: then it alone has its ends the other way round."""
    if line.direction is not None:
        return line.direction == "to_client"
    # Older sensors do not say: then a server is whoever speaks from a port of the system's own.
    asked = line.http is not None or line.tls is not None or line.dns is not None
    return asked and 0 < (line.src_port or 0) < _FIRST_FREE_PORT <= (line.dest_port or 0)


def _queries(dns: _Dns) -> tuple[str, ...]:
    if dns.rrname:
        return (name_key(dns.rrname),)
    names = {name_key(each.rrname) for each in dns.query or dns.queries or () if each.rrname}
    return tuple(sorted(names - {""}))


def _url(http: _Http) -> str:
    url = http.url
    if not url:
        return ""
    # A request to a proxy names the whole URL.
    if "://" in url[:8]:
        return url_key(url)
    if not http.hostname or not url.startswith(("/", "?")):
        return ""
    port = f":{http.http_port}" if http.http_port and ":" not in http.hostname else ""
    return url_key(f"{http.hostname.strip()}{port}{url}")


def _files(line: _Line) -> list[_File]:
    return [*(line.files or ()), *((line.fileinfo,) if line.fileinfo is not None else ())]


def _hashes(line: _Line) -> tuple[str, ...]:
    return tuple(sorted({text.lower() for each in _files(line) for text in (each.md5, each.sha1, each.sha256) if text}))


def _filenames(line: _Line) -> tuple[str, ...]:
    return tuple(sorted({each.filename for each in _files(line) if each.filename}))


def _sender(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">").strip().lower()
