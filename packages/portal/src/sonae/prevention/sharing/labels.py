from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.prevention.sharing.vocabulary import IndicatorKind, SharingRefusal, SourceKind, WarningList

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    IndicatorKind: {
        IndicatorKind.IPV4: _("IPv4 address"),
        IndicatorKind.IPV6: _("IPv6 address"),
        IndicatorKind.CIDR: _("Network (CIDR)"),
        IndicatorKind.DOMAIN: _("Domain name"),
        IndicatorKind.URL: _("URL"),
        IndicatorKind.MD5: _("File hash (MD5)"),
        IndicatorKind.SHA1: _("File hash (SHA-1)"),
        IndicatorKind.SHA256: _("File hash (SHA-256)"),
        IndicatorKind.JA3: _("TLS client fingerprint (JA3)"),
        IndicatorKind.EMAIL: _("E-mail address"),
    },
    SourceKind: {
        SourceKind.DISCLOSURE: _("An attack on an institution of the sector"),
        SourceKind.ANALYST: _("An analyst of the sector"),
    },
    WarningList: {
        WarningList.NOT_PUBLIC: _("addresses that are not reachable on the internet"),
        WarningList.DOCUMENTATION: _("addresses reserved for documentation"),
        WarningList.PUBLIC_RESOLVER: _("well-known public name servers"),
        WarningList.WELL_KNOWN: _("names that almost every computer asks for"),
        WarningList.PUBLIC_SUFFIX: _("endings under which anyone can register a name"),
        WarningList.RESERVED_NAME: _("names reserved for tests, examples and local networks"),
        WarningList.PUBLIC_BODY: _("names of public bodies in Japan"),
        WarningList.EMPTY_FILE: _("hashes of a file without content"),
    },
    SharingRefusal: {
        SharingRefusal.ON_WARNING_LIST: _(
            "“%(indicator)s” stands on a warning list (%(list)s): it would set off false alarms in every hospital."
        ),
        SharingRefusal.VALUE_NOT_NORMAL: _("“%(indicator)s” is not a valid value of this kind: %(kind)s (%(why)s)."),
        SharingRefusal.NOT_AN_INDICATOR: _("“%(indicator)s” is no address, name, URL, mail address or file hash."),
        SharingRefusal.NOTHING_TO_PUBLISH: _("There is no indicator to release."),
        SharingRefusal.CONFIDENCE_OUT_OF_RANGE: _(
            "The confidence of “%(indicator)s” is %(confidence)s. It must lie between 0 and 100."
        ),
        SharingRefusal.ENDS_BEFORE_IT_BEGINS: _("“%(indicator)s” would end before it begins."),
        SharingRefusal.ALREADY_REVOKED: _("This indicator was already taken back (%(revoked_at)s)."),
    },
}
