from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import AccessRefusal, Permission, PlaceKind

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    PlaceKind: {
        PlaceKind.NATION: _("Nationwide"),
        PlaceKind.PREFECTURE: _("Prefecture"),
        PlaceKind.JURISDICTION: _("Jurisdiction"),
        PlaceKind.INSTITUTION: _("Institution"),
        PlaceKind.VENDOR: _("Vendor"),
    },
    Permission: {
        Permission.HOME_SEE: _("See the home page"),
        Permission.SECTOR_SEE: _("See the state of the sector"),
        Permission.REGISTER_READ: _("Read the register of institutions"),
        Permission.REGISTER_CHANGE: _("Change the register of institutions"),
        Permission.REGISTER_IMPORT: _("Import the register of institutions"),
        Permission.CONTACT_READ: _("Read contacts of an institution"),
        Permission.CONTACT_CHANGE: _("Change contacts of an institution"),
        Permission.ACCOUNT_READ: _("See accounts"),
        Permission.ACCOUNT_INVITE: _("Invite people"),
        Permission.GRANT_CHANGE: _("Give and end roles"),
        Permission.TOKEN_MANAGE: _("Issue and revoke tokens"),
        Permission.AUDIT_READ: _("Read the audit log"),
        Permission.JOB_READ: _("See jobs"),
        Permission.JOB_MANAGE: _("Restart jobs"),
        Permission.MESSAGE_READ: _("See outgoing messages"),
        Permission.MESSAGE_RETRY: _("Send failed messages again"),
        Permission.DOCUMENT_READ: _("Read documents"),
        Permission.DOCUMENT_STORE: _("Store documents"),
        Permission.EVIDENCE_READ: _("Read evidence"),
        Permission.EVIDENCE_FILE: _("File evidence"),
        Permission.INSTRUMENT_PUBLISH: _("Publish instruments"),
        Permission.RESPONSE_READ: _("Read responses to instruments"),
        Permission.RESPONSE_ANSWER: _("Answer instruments"),
        Permission.RESPONSE_DECIDE: _("Accept or return responses"),
        Permission.DUTY_READ: _("See duties"),
        Permission.DUTY_FULFIL: _("Fulfil duties"),
        Permission.DUTY_WAIVE: _("Waive duties"),
        Permission.DUTY_REDATE: _("Move the due moments of duties"),
        Permission.BULLETIN_READ: _("Read bulletins"),
        Permission.BULLETIN_WRITE: _("Write bulletins"),
        Permission.BULLETIN_ISSUE: _("Issue bulletins"),
        Permission.BULLETIN_ACKNOWLEDGE: _("Acknowledge bulletins"),
        Permission.BULLETIN_REACH: _("See the reach of bulletins"),
        Permission.ASSET_READ: _("Read the asset ledger"),
        Permission.ASSET_CHANGE: _("Change the asset ledger"),
        Permission.INDICATOR_READ: _("Read indicators"),
        Permission.INDICATOR_PUBLISH: _("Publish indicators"),
        Permission.COLLECTOR_MANAGE: _("Manage collectors"),
        Permission.COLLECTOR_EXCHANGE: _("Exchange indicators and sightings as a collector"),
        Permission.SIGHTING_READ: _("Read sightings of an institution"),
        Permission.SIGHTING_COUNT: _("See how many institutions had sightings"),
        Permission.INCIDENT_READ: _("Read incidents"),
        Permission.INCIDENT_REPORT: _("Report incidents"),
        Permission.INCIDENT_CHANGE: _("Change incidents"),
        Permission.INCIDENT_CLOSE: _("Close incidents"),
        Permission.DISCLOSURE_READ: _("Read drafts of disclosures"),
        Permission.DISCLOSURE_DRAFT: _("Draft disclosures"),
        Permission.DISCLOSURE_RELEASE: _("Release disclosures"),
    },
    AccessRefusal: {
        AccessRefusal.SIGN_IN_FIRST: _("Please sign in first."),
        AccessRefusal.ROLE_LACKS_PERMISSION: _("None of your roles allows this."),
        AccessRefusal.OTHER_INSTITUTION: _("Your role does not reach this institution."),
        AccessRefusal.TOKEN_LACKS_SCOPE: _(
            "This token does not carry the scope “%(scope)s”. Please issue one that does."
        ),
        AccessRefusal.TOKEN_UNKNOWN: _("This token is not known here. Please check it, or issue a new one."),
        AccessRefusal.TOKEN_EXPIRED: _("This token has expired. Please issue a new one."),
        AccessRefusal.TOKEN_REVOKED: _("This token was revoked. Please issue a new one."),
        AccessRefusal.SCOPE_NOT_FOR_TOKENS: _("A token of this kind may not carry: %(scope)s."),
        AccessRefusal.GRANT_NEEDS_PLACE: _(
            "This role is held at another kind of place. Please choose the place that fits the role."
        ),
        AccessRefusal.MAY_NOT_GRANT_ROLE: _("Your roles do not allow you to give or end this role."),
        AccessRefusal.OWN_GRANT: _("Nobody can give or end a role of their own. Please ask a colleague."),
    },
}
