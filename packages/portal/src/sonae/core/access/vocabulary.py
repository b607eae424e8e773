from dataclasses import dataclass
from enum import StrEnum

from sonae.core.institutions.vocabulary import Prefecture


class PlaceKind(StrEnum):
    """Where a role is held."""

    NATION = "nation"
    PREFECTURE = "prefecture"
    JURISDICTION = "jurisdiction"
    INSTITUTION = "institution"
    VENDOR = "vendor"


class Permission(StrEnum):
    """Every act a page or an operation of the API can need. Who has which stands in `rules.MATRIX`."""

    HOME_SEE = "home.see"
    SECTOR_SEE = "sector.see"
    REGISTER_READ = "register.read"
    REGISTER_CHANGE = "register.change"
    REGISTER_IMPORT = "register.import"
    CONTACT_READ = "contact.read"
    CONTACT_CHANGE = "contact.change"
    ACCOUNT_READ = "account.read"
    ACCOUNT_INVITE = "account.invite"
    GRANT_CHANGE = "grant.change"
    TOKEN_MANAGE = "token.manage"
    AUDIT_READ = "audit.read"
    JOB_READ = "job.read"
    JOB_MANAGE = "job.manage"
    MESSAGE_READ = "message.read"
    MESSAGE_RETRY = "message.retry"
    DOCUMENT_READ = "document.read"
    DOCUMENT_STORE = "document.store"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_FILE = "evidence.file"
    CATALOGUE_IMPORT = "catalogue.import"
    DUTY_READ = "duty.read"
    DUTY_FULFIL = "duty.fulfil"
    DUTY_WAIVE = "duty.waive"
    DUTY_REDATE = "duty.redate"
    INSTRUMENT_PUBLISH = "instrument.publish"
    RESPONSE_READ = "response.read"
    RESPONSE_ANSWER = "response.answer"
    RESPONSE_DECIDE = "response.decide"
    SURVEY_READ = "survey.read"
    SURVEY_CONDUCT = "survey.conduct"
    SURVEY_FOLLOW_UP = "survey.follow_up"
    INSPECTION_PREPARE = "inspection.prepare"
    INSPECTION_READ = "inspection.read"
    INSPECTION_CONDUCT = "inspection.conduct"
    INSPECTION_CORRECT = "inspection.correct"
    BULLETIN_READ = "bulletin.read"
    BULLETIN_WRITE = "bulletin.write"
    BULLETIN_ISSUE = "bulletin.issue"
    BULLETIN_ACKNOWLEDGE = "bulletin.acknowledge"
    BULLETIN_REACH = "bulletin.reach"
    ASSET_READ = "asset.read"
    ASSET_CHANGE = "asset.change"
    ADVISORY_READ = "advisory.read"
    ADVISORY_STATE = "advisory.state"
    FEED_MANAGE = "feed.manage"
    EXPOSURE_READ = "exposure.read"
    EXPOSURE_ANSWER = "exposure.answer"
    EXPOSURE_COUNT = "exposure.count"
    INDICATOR_READ = "indicator.read"
    INDICATOR_PUBLISH = "indicator.publish"
    COLLECTOR_MANAGE = "collector.manage"
    COLLECTOR_EXCHANGE = "collector.exchange"
    SIGHTING_READ = "sighting.read"
    SIGHTING_COUNT = "sighting.count"
    INCIDENT_READ = "incident.read"
    INCIDENT_REPORT = "incident.report"
    INCIDENT_CHANGE = "incident.change"
    INCIDENT_CLOSE = "incident.close"
    DISCLOSURE_READ = "disclosure.read"
    DISCLOSURE_DRAFT = "disclosure.draft"
    DISCLOSURE_RELEASE = "disclosure.release"


class AccessRefusal(StrEnum):
    SIGN_IN_FIRST = "sign_in_first"
    ROLE_LACKS_PERMISSION = "role_lacks_permission"
    OTHER_INSTITUTION = "other_institution"
    TOKEN_LACKS_SCOPE = "token_lacks_scope"
    TOKEN_UNKNOWN = "token_unknown"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_REVOKED = "token_revoked"
    SCOPE_NOT_FOR_TOKENS = "scope_not_for_tokens"
    GRANT_NEEDS_PLACE = "grant_needs_place"
    MAY_NOT_GRANT_ROLE = "may_not_grant_role"
    OWN_GRANT = "own_grant"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act takes effect: an institution with its jurisdiction, a prefecture, or a vendor; empty: the nation."""

    institution_id: int | None = None
    jurisdiction_id: int | None = None
    vendor_id: int | None = None
    prefecture: Prefecture | None = None


NATIONWIDE = Place()


@dataclass(frozen=True, slots=True)
class Reach:
    """Everywhere a viewer may do one thing: the whole nation, or these jurisdictions and institutions."""

    nation: bool = False
    jurisdiction_ids: frozenset[int] = frozenset()
    institution_ids: frozenset[int] = frozenset()
