"""Who may read an indicator at which TLP level, and what must never become one."""

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sonae.core.accounts.vocabulary import Role
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import Tlp
from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SharingRefusal, WarningList

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# How long an indicator is believed when its publisher says nothing: addresses and names change hands.
BELIEVED_FOR: Mapping[IndicatorKind, timedelta] = {
    IndicatorKind.IPV4: timedelta(days=90),
    IndicatorKind.IPV6: timedelta(days=90),
    IndicatorKind.CIDR: timedelta(days=90),
    IndicatorKind.DOMAIN: timedelta(days=180),
    IndicatorKind.URL: timedelta(days=90),
    IndicatorKind.EMAIL: timedelta(days=180),
    IndicatorKind.MD5: timedelta(days=730),
    IndicatorKind.SHA1: timedelta(days=730),
    IndicatorKind.SHA256: timedelta(days=730),
    IndicatorKind.JA3: timedelta(days=180),
}

_EVERY_READER = frozenset({
    Role.MINISTRY_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER, Role.INSTITUTION_MANAGER,
})  # fmt: skip
# AMBER ends at the recipient's own organisation and those who work for it; STRICT at the organisation itself, so the
# outside responder is left out; RED at the people who exchange it.
READERS: Mapping[Tlp, frozenset[Role]] = {
    Tlp.CLEAR: _EVERY_READER,
    Tlp.GREEN: _EVERY_READER,
    Tlp.AMBER: _EVERY_READER,
    Tlp.AMBER_STRICT: _EVERY_READER - {Role.RESPONDER},
    Tlp.RED: frozenset({Role.MINISTRY_OFFICER, Role.SHARING_ANALYST}),
}
# From the narrowest circle to the widest.
_FROM_NARROW = (Tlp.RED, Tlp.AMBER_STRICT, Tlp.AMBER, Tlp.GREEN, Tlp.CLEAR)

# What an institution's own collector may fetch: RED is for named people, never for a machine.
PROGRAM_LEVELS = frozenset(Tlp) - {Tlp.RED}


@dataclass(frozen=True, slots=True)
class WarningLists:
    """What must not be released as an indicator, as read from the shipped file."""

    networks: tuple[tuple[Network, WarningList], ...]
    names: Mapping[str, WarningList]
    name_endings: Mapping[str, WarningList]
    hashes: Mapping[str, WarningList]


def readable_levels(roles: Collection[Role], *, is_program: bool) -> frozenset[Tlp]:
    """The TLP levels that someone with these roles, or an institution's program, may read."""
    if is_program:
        return PROGRAM_LEVELS
    return frozenset(level for level, readers in READERS.items() if not readers.isdisjoint(roles))


def warning_of(kind: IndicatorKind, value: str, *, lists: WarningLists) -> WarningList | None:
    """The list this value stands on, or None. The value is in its normal form."""
    match kind:
        case IndicatorKind.IPV4 | IndicatorKind.IPV6 | IndicatorKind.CIDR:
            return _network_warning(ipaddress.ip_network(value), lists)
        case IndicatorKind.DOMAIN:
            return lists.names.get(value.removeprefix("www.")) or _ending_warning(value, lists)
        case IndicatorKind.EMAIL:
            return _ending_warning(value.rpartition("@")[2], lists)
        case IndicatorKind.URL:
            return _url_warning(value, lists)
        case _:
            return lists.hashes.get(value)


def may_publish(candidate: Candidate, *, lists: WarningLists, population: Population) -> Decision:
    """Whether this may be released to this population; a refusal names the value and the list.

    In the synthetic sector, documentation addresses and names are the honest ones: there they pass.
    """
    if not 0 <= candidate.confidence <= 100:
        return Refused(
            SharingRefusal.CONFIDENCE_OUT_OF_RANGE, {"indicator": candidate.value, "confidence": candidate.confidence}
        )
    warning = warning_of(candidate.kind, candidate.value, lists=lists)
    made_up = warning in (WarningList.DOCUMENTATION, WarningList.RESERVED_NAME)
    if warning is None or (made_up and population is Population.SYNTHETIC):
        return ALLOWED
    return Refused(SharingRefusal.ON_WARNING_LIST, {"indicator": candidate.value, "list": warning})


def may_last(candidate: Candidate, *, valid_from: datetime) -> Decision:
    """Whether the stated end lies after the beginning."""
    if candidate.valid_until is not None and candidate.valid_until <= valid_from:
        return Refused(SharingRefusal.ENDS_BEFORE_IT_BEGINS, {"indicator": candidate.value})
    return ALLOWED


def may_revoke(revoked_at: datetime | None) -> Decision:
    """Whether an indicator can still be taken back."""
    return Refused(SharingRefusal.ALREADY_REVOKED, {"revoked_at": revoked_at}) if revoked_at else ALLOWED


def coarse(moment: datetime) -> datetime:
    """The beginning of the Japanese day: all that a released object tells about when it was made."""
    return calendar.start_of(calendar.jst_day(moment))


def later_version(modified_at: datetime, *, now: datetime) -> datetime:
    """When STIX says an object was changed: the day, pushed on where there was a version on that day already."""
    return max(coarse(now), modified_at + timedelta(milliseconds=1))


def widest(*levels: Tlp) -> Tlp:
    """The widest circle: what was already told to many cannot be told to fewer."""
    return max(levels, key=_FROM_NARROW.index)


def believed_until(candidate: Candidate, *, valid_from: datetime) -> datetime:
    """When an indicator ends to be believed: as stated, else by its kind."""
    return candidate.valid_until or valid_from + BELIEVED_FOR[candidate.kind]


def _network_warning(network: Network, lists: WarningLists) -> WarningList | None:
    for listed, name in lists.networks:
        if listed.version == network.version and listed.overlaps(network):
            return name
    reaches_public = network.network_address.is_global and network.broadcast_address.is_global
    is_group = network.network_address.is_multicast or network.broadcast_address.is_multicast
    return None if reaches_public and not is_group else WarningList.NOT_PUBLIC


def _ending_warning(name: str, lists: WarningLists) -> WarningList | None:
    labels = name.split(".")
    endings = (".".join(labels[start:]) for start in range(len(labels)))
    return next((lists.name_endings[ending] for ending in endings if ending in lists.name_endings), None)


def _url_warning(value: str, lists: WarningLists) -> WarningList | None:
    parts = urlsplit(value)
    host = parts.hostname or ""
    try:
        return _network_warning(ipaddress.ip_network(host), lists)
    except ValueError:
        pass
    # A page on a well-known site may be evil; its front door is not.
    front_door = parts.path == "/" and not parts.query
    listed = lists.names.get(host.removeprefix("www.")) if front_door else None
    return listed or _ending_warning(host, lists)
