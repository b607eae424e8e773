from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sonae.prevention.detection.vocabulary import (
    AlertState,
    CollectorState,
    DetectionRefusal,
    Direction,
    EventFileProblem,
    Finding,
    HookEvent,
    Range,
    SightingRefusal,
    Where,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Direction: {
        Direction.INBOUND: _("From outside"),
        Direction.OUTBOUND: _("To the outside"),
        Direction.BOTH: _("Both ways"),
        Direction.UNKNOWN: _("Not known"),
    },
    Where: {
        Where.SOURCE_ADDRESS: _("source address"),
        Where.DESTINATION_ADDRESS: _("destination address"),
        Where.DNS_QUERY: _("name lookup (DNS)"),
        Where.TLS_SERVER_NAME: _("server name (TLS)"),
        Where.TLS_CERTIFICATE: _("certificate (TLS)"),
        Where.TLS_CLIENT: _("client fingerprint (TLS)"),
        Where.HTTP_HOST: _("web server (HTTP)"),
        Where.HTTP_URL: _("web address (HTTP)"),
        Where.FILE_HASH: _("file"),
        Where.MAIL_SENDER: _("sender of a mail"),
    },
    Finding: {
        Finding.HARMLESS: _("Harmless: it has an ordinary explanation"),
        Finding.BLOCKED: _("It was blocked, nobody got in"),
        Finding.CONTAINED: _("A device was affected and has been isolated"),
        Finding.INTRUSION: _("Someone is in our systems: we report an incident"),
        Finding.NOT_CLEAR: _("It could not be cleared up"),
    },
    HookEvent: {
        HookEvent.SIGHTING_RECORDED: _("An indicator was sighted"),
    },
    AlertState: {
        AlertState.OPEN: _("Waits for an answer"),
        AlertState.ANSWERED: _("Answered"),
    },
    CollectorState: {
        CollectorState.NEVER_HEARD: _("Not installed yet"),
        CollectorState.RUNNING: _("In operation"),
        CollectorState.SILENT: _("Silent"),
        CollectorState.RETIRED: _("Retired"),
    },
    SightingRefusal: {
        SightingRefusal.UNKNOWN_INDICATOR: _("This indicator is not known here, or not meant for this institution."),
        SightingRefusal.REVOKED_INDICATOR: _("This indicator was taken back."),
        SightingRefusal.IN_THE_FUTURE: _("The sighting lies in the future (%(last_seen_at)s). Please check the clock."),
        SightingRefusal.TOO_OLD: _("The sighting is too old to be followed up (%(first_seen_at)s)."),
    },
    DetectionRefusal: {
        DetectionRefusal.MESSAGE_MALFORMED: _("The message does not fit its description: %(why)s"),
        DetectionRefusal.KEY_IS_NOT_THE_BATCH: _("The idempotency key of sightings is the id of their batch."),
        DetectionRefusal.ALREADY_ANSWERED: _("This sighting was already answered (%(answered_at)s)."),
        DetectionRefusal.NOTE_MISSING: _("Please write in at least %(shortest)s characters what was done."),
        DetectionRefusal.ALREADY_RETIRED: _("This collector is already retired (%(retired_at)s)."),
        DetectionRefusal.NAME_MISSING: _("Please give the collector a name."),
    },
    EventFileProblem: {
        EventFileProblem.UNREADABLE: _("The file could not be read."),
        EventFileProblem.NOT_A_FILE: _("This is not a file."),
        EventFileProblem.WRONG_ENCODING: _("The text is not encoded in UTF-8."),
        EventFileProblem.UNSUPPORTED_COMPRESSION: _(
            "This kind of compression is not supported. Please use gzip or zip."
        ),
        EventFileProblem.DAMAGED_COMPRESSION: _("The compressed file is damaged."),
        EventFileProblem.ENCRYPTED: _("The compressed file is encrypted."),
        EventFileProblem.EXPANDS_TOO_MUCH: _("The compressed file grows far beyond what events do (%(ratio)s times)."),
        EventFileProblem.TOO_LARGE: _("The file is too large. The limit is %(limit)s bytes."),
        EventFileProblem.TOO_MANY_MEMBERS: _("The archive holds too many files. The limit is %(limit)s."),
        EventFileProblem.TOO_DEEP: _("The content is nested too deeply."),
        EventFileProblem.NOT_EVENTS: _("This is not a file of Suricata EVE events."),
        EventFileProblem.NOT_JSON: _("The line is not JSON."),
        EventFileProblem.TORN: _("The line ends in the middle of an event."),
        EventFileProblem.TOO_LONG: _("The line is too long."),
        EventFileProblem.WRONG_TYPE: _("The value is not of the expected type."),
        EventFileProblem.MISSING_FIELD: _("A field that every event has is missing."),
        EventFileProblem.OUT_OF_RANGE: _("The value is out of range."),
        EventFileProblem.BAD_TIMESTAMP: _("The time of the event cannot be read."),
    },
}


def range_in_words(told: Range) -> str:
    """A coarse number in words."""
    if told.most == 0:
        return gettext("none")
    if told.most is None:
        return gettext("%(fewest)s or more") % {"fewest": f"{told.fewest:,}"}
    if told.fewest == 1:
        return gettext("fewer than %(limit)s") % {"limit": f"{told.most + 1:,}"}
    return gettext("%(fewest)s to %(most)s") % {"fewest": f"{told.fewest:,}", "most": f"{told.most:,}"}
