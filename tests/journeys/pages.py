"""Every page of the portal: who looks at it, and with which rows. The walk over all pages reads this."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.urls.exceptions import NoReverseMatch

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.web import gate
from tests.journeys.portal import Portal

# Who looks at a page without rows: the first of these who may.
LOOKERS = {
    "officer": Role.MINISTRY_OFFICER,
    "analyst": Role.SHARING_ANALYST,
    "manager": Role.INSTITUTION_MANAGER,
    "operator": Role.OPERATOR,
    "auditor": Role.AUDITOR,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as someone sees it. `rows` names what stands in the world for each hole of the address; in the query
    `{language}` is the language of the visitor."""

    name: str
    part: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    query: str = ""
    status: int = 200
    path: str = ""
    note: str = ""

    def address(self, portal: Portal, *, language: str) -> str:
        if self.path:
            return self.path
        known = {
            hole: portal.secret(name.removeprefix("secret:")) if name.startswith("secret:") else portal.id(name)
            for hole, name in self.rows.items()
        }
        return reverse(self.name, kwargs=known) + self.query.format(language=language)

    def __str__(self) -> str:
        return "-".join(filter(None, (self.name.replace(":", "-"), self.note)))


# Addresses that answer no GET with a page of their own: verbs, parts of pages, files, steps in the middle of another.
NO_PAGES = {
    "set_language", "web:set-theme",
    "account_confirm_email", "account_email_verification_sent", "account_reset_password_from_key", "mfa_authenticate",
    "mfa_login_webauthn", "mfa_reauthenticate_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_download_recovery_codes", "mfa_view_recovery_codes", "openid_connect_login", "openid_connect_callback",
    "socialaccount_login_cancelled", "socialaccount_login_error", "account_reset_password_from_key_done",
    "notifications:retry", "notifications:trial", "notifications:close",
    "jobs:again", "jobs:cancel", "grants:end", "grants:withdraw", "tokens:revoke",
    "sessions:end", "sessions:end-others",
    "institutions:end_contact", "institutions:end_vendor_link", "institutions:end_network", "institutions:progress",
    "institutions:cancel_import",
    "assurance:withdraw", "assurance:take-back-catalogue", "duties:fulfil", "duties:waive", "duties:redate",
    "instruments:accept-all", "instruments:accepting", "instruments:cancel-accepting", "instruments:accept-again",
    "instruments:begin", "instruments:clear", "instruments:hand-over", "instruments:submit", "instruments:accept",
    "instruments:return", "instruments:workbook-file", "instruments:paper", "instruments:copy",
    "instruments:prefill", "instruments:send-link", "instruments:remind", "instruments:revoke-links",
    "instruments:return-to-vendor", "instruments:edition-xlsx", "instruments:edition-yaml", "instruments:draft-file",
    "instruments:map-file", "instruments:take-map", "instruments:confirm-same",
    "instruments:exchange-file", "instruments:withdraw-draft",
    # Behind the link of a vendor: the same pages as in the portal, drawn for its session in test_vendor_links.
    "answering:workbook-file", "answering:paper", "answering:copy", "answering:clear", "answering:submit",
    "surveys:discard", "surveys:open", "surveys:opening", "surveys:cancel-opening", "surveys:close", "surveys:remind",
    "surveys:unremind", "surveys:extend-many",
    "surveys:extending", "surveys:cancel-extending",
    "surveys:begin", "surveys:call",
    "surveys:extend", "surveys:excuse", "surveys:expect-again", "surveys:stand-in",
    "results:count", "results:cancel", "results:export", "results:recount", "results:cancel-recount",
    "results:public-file", "results:progress", "results:count-again",
    "inspections:folder", "inspections:assessment-results", "inspections:plan-of-action",
    "inspections:tablet-worker", "inspections:tablet-manifest",
    "visits:answer", "visits:accept", "visits:send-back", "visits:report", "visits:assessment-results",
    "visits:plan-of-action", "visits:arrange", "visits:announce",
    "visits:move", "visits:cancel", "visits:start", "visits:photo", "visits:decide", "visits:sign", "visits:close",
    "visits:pack", "visits:records", "visits:conflict", "visits:photos", "visits:signatures",
    "inspections:ask-vendor", "inspections:keep-diagram", "inspections:remind-vendors", "inspections:take-draft",
    "bulletins:audience", "bulletins:issue", "bulletins:reach_figures", "bulletins:reach_tile",
    "bulletins:acknowledge", "bulletins:done",
    "advisories:document", "advisories:state", "advisories:pull", "advisories:pause", "advisories:resume",
    "advisories:progress", "advisories:cancel", "exposure:step",
    "sharing:bundle", "sharing:revoke", "detection:answer", "detection:retire", "detection:enrol",
    "incidents:save-draft", "incidents:discard-draft", "incidents:remove-indicator", "incidents:state",
    "incidents:answer-step", "incidents:note", "incidents:move", "incidents:add-indicators", "incidents:extract",
    "incidents:confirm",
    "assets:retire-asset", "assets:retire-connection", "assets:withdraw-stocktake",
    "assets:remove-zone", "assets:import-progress", "assets:import-problems", "assets:import-plan",
    "assets:apply-import", "assets:undo-import", "assets:cancel-import",
    "disclosure:measure", "disclosure:release",
    "audit:verify", "documents:content", "documents:receipt", "incidents:receipt-docx", "incidents:receipt-pdf",
}  # fmt: skip

# Pages about a row, and pages that someone else than the first who may should look at.
SHEETS = [
    Sheet("home", "officer", note="officer"),
    Sheet("home", "inspector", note="inspector"),
    Sheet("home", "prefecture-officer", note="prefecture"),
    Sheet("home", "analyst", note="analyst"),
    Sheet("home", "manager", note="manager"),
    Sheet("home", "colleague", note="staff"),
    Sheet("home", "vendor", note="vendor"),
    Sheet("home", "operator", note="operator"),
    Sheet("home", "auditor", note="auditor"),
    Sheet("home", "", note="nobody", path="/"),
    Sheet("mfa_activate_totp", "colleague"),
    Sheet("mfa_index", "manager"),
    Sheet("web:styleguide", "operator"),
    Sheet("notifications:detail", "operator", {"message_id": "message"}),
    Sheet("notifications:endpoint", "manager", {"endpoint_id": "endpoint"}),
    Sheet("notifications:endpoints", "manager"),
    Sheet("notifications:register", "manager"),
    Sheet("jobs:detail", "operator", {"job_id": "job"}),
    Sheet("accounts:detail", "officer", {"account_id": "account"}),
    Sheet("accounts:close", "manager", {"account_id": "account"}),
    Sheet("grants:give", "manager", {"account_id": "account"}),
    Sheet("grants:accept", "", {"secret": "secret:invitation"}),
    Sheet("grants:accept", "", {"secret": "secret:invitation-own"}, note="known"),
    Sheet("grants:accept-own", "colleague", {"secret": "secret:invitation-own"}),
    Sheet("grants:accept-own", "executive", {"secret": "secret:invitation-own"}, note="another"),
    Sheet("institutions:detail", "manager", {"institution_id": "institution"}),
    Sheet("institutions:detail", "officer", {"institution_id": "institution"}, note="officer"),
    Sheet("institutions:list", "officer", query="?q=無い無い", note="empty"),
    Sheet("institutions:beds", "officer", {"institution_id": "institution"}),
    Sheet("institutions:rename", "officer", {"institution_id": "institution"}),
    Sheet("institutions:merge", "officer", {"institution_id": "institution"}),
    Sheet("institutions:add_contact", "manager", {"institution_id": "institution"}),
    Sheet("institutions:link_vendor", "manager", {"institution_id": "institution"}),
    Sheet("institutions:enter_network", "manager", {"institution_id": "institution"}),
    Sheet("institutions:import", "officer", {"run_id": "import"}),
    Sheet("institutions:import", "officer", {"run_id": "import-waiting"}, note="waiting"),
    Sheet("assurance:controls", "manager"),
    Sheet("assurance:control", "manager", {"control": "control"}),
    Sheet("assurance:evidence", "manager", {"evidence_id": "evidence"}),
    Sheet("assurance:list", "manager"),
    Sheet("assurance:file", "manager"),
    Sheet("assurance:catalogue", "officer", {"catalogue_id": "catalogue"}),
    Sheet("assurance:catalogue-control", "manager", {"catalogue_id": "catalogue", "name": "catalogue-control"}),
    Sheet("assurance:catalogue-changes", "officer", {"catalogue_id": "catalogue"}),
    Sheet("documents:detail", "manager", {"document_id": "document"}),
    Sheet("duties:list", "manager"),
    Sheet("duties:list", "officer", query="?circle=all&timing=overdue", note="overdue"),
    Sheet("duties:detail", "manager", {"duty_id": "duty"}),
    Sheet("duties:detail", "manager", {"duty_id": "duty-done"}, note="done"),
    Sheet("duties:detail", "officer", {"duty_id": "duty-late"}, note="late"),
    Sheet("instruments:editions", "manager"),
    Sheet("instruments:edition", "manager", {"edition_id": "edition"}),
    Sheet("instruments:map", "officer", {"edition_id": "edition", "earlier_id": "edition-before"}),
    Sheet("instruments:pair", "officer", {"edition_id": "edition", "earlier_id": "edition-before", "question": "gate"}),
    Sheet("instruments:draft", "officer", {"draft_id": "draft"}),
    Sheet("instruments:draft", "officer", {"draft_id": "draft-faulty"}, note="faulty"),
    Sheet("instruments:publish-draft", "officer", {"draft_id": "draft"}),
    Sheet("instruments:preview", "officer", {"draft_id": "draft"}),
    Sheet("instruments:list", "manager"),
    Sheet("instruments:response", "manager", {"response_id": "response"}),
    Sheet("instruments:response", "manager", {"response_id": "response-returned"}, note="returned"),
    Sheet("instruments:response", "inspector", {"response_id": "response-submitted"}, note="submitted"),
    Sheet("instruments:acceptances", "officer", {"acceptances_id": "acceptances"}),
    Sheet("instruments:page", "manager", {"response_id": "response", "number": "page-2"}, note="short"),
    Sheet("instruments:page", "manager", {"response_id": "response", "number": "page-3"}),
    Sheet("instruments:workbook", "manager", {"response_id": "response"}),
    Sheet("instruments:sheet", "inspector", {"response_id": "response-submitted"}),
    Sheet("answering:open", "", {"secret": "secret:answer-link"}),
    Sheet("answering:response", "by-link", {"response_id": "response-by-link"}),
    Sheet("answering:page", "by-link", {"response_id": "response-by-link", "number": "page-2"}),
    Sheet("answering:sheet", "by-link", {"response_id": "response-by-link"}),
    Sheet("answering:workbook", "by-link", {"response_id": "response-by-link"}),
    Sheet("instruments:response", "manager", {"response_id": "response-of-vendor"}, note="vendor"),
    Sheet("instruments:page", "manager", {"response_id": "response-of-vendor", "number": "page-2"}, note="file"),
    Sheet("instruments:file", "manager", {"response_id": "response-of-vendor", "question": "file-question"}),
    Sheet("surveys:list", "officer"),
    Sheet("surveys:detail", "officer", {"campaign_id": "survey"}),
    Sheet("surveys:detail", "prefecture-officer", {"campaign_id": "survey"}, note="prefecture"),
    Sheet("surveys:detail", "officer", {"campaign_id": "survey-draft"}, note="draft"),
    Sheet("surveys:detail", "officer", {"campaign_id": "survey-opening"}, note="opening"),
    Sheet("surveys:revise", "officer", {"campaign_id": "survey-draft"}),
    Sheet("surveys:withdraw", "officer", {"campaign_id": "survey"}),
    Sheet("surveys:follow-up", "officer", {"campaign_id": "survey"}),
    Sheet("surveys:differences", "officer", {"campaign_id": "survey"}),
    Sheet("surveys:asked", "officer", {"asked_id": "asked"}),
    Sheet("surveys:asked", "prefecture-officer", {"asked_id": "asked"}, note="prefecture"),
    Sheet("results:list", "officer", {"campaign_id": "survey"}),
    Sheet("results:list", "officer", {"campaign_id": "survey-counted"}, note="stopped"),
    Sheet("results:detail", "officer", {"result_id": "result"}, query="?by=all"),
    Sheet("results:detail", "officer", {"result_id": "result"}, query="?within=kind:hospital", note="inside"),
    Sheet("results:detail", "manager", {"result_id": "result"}, note="manager"),
    Sheet("results:question", "officer", {"result_id": "result", "position": "result-question"}),
    Sheet("results:publish", "officer", {"result_id": "result"}),
    Sheet("results:changes", "officer", {"result_id": "result", "before_id": "result"}),
    Sheet("results:recounts", "officer", {"result_id": "result"}),
    Sheet("results:recounted", "officer", {"recount_id": "recount"}),
    Sheet("results:recounted", "officer", {"recount_id": "recount-waiting"}, note="waiting"),
    Sheet("results:public", "officer", {"result_id": "result"}, query="?lang={language}"),
    Sheet("results:published", query="?lang={language}"),
    Sheet(
        "results:public-question", rows={"result_id": "result", "position": "result-question"}, query="?lang={language}"
    ),
    Sheet("surveys:mine", "manager"),
    Sheet("surveys:own", "manager", {"campaign_id": "survey"}),
    Sheet("surveys:own", "executive", {"campaign_id": "survey"}, note="executive"),
    Sheet("inspections:preparation", "manager", {"institution_id": "institution", "fiscal_year": "fiscal-year"}),
    Sheet("inspections:preparations", "manager"),
    Sheet("inspections:tablet", "inspector"),
    Sheet("inspections:tablet-visit", "inspector", {"visit_id": "visit"}),
    Sheet("visits:list", "inspector"),
    Sheet("visits:list", "manager", note="own"),
    Sheet("visits:plan", "inspector"),
    Sheet("visits:candidate", "inspector", {"year": "plan-year", "institution_id": "institution"}),
    Sheet("visits:detail", "inspector", {"visit_id": "visit"}),
    Sheet("visits:detail", "inspector", {"visit_id": "visit-planned"}, note="planned"),
    Sheet("visits:detail", "inspector", {"visit_id": "visit-announced"}, note="announced"),
    Sheet("visits:detail", "inspector", {"visit_id": "visit-closed"}, note="closed"),
    Sheet("visits:detail", "manager", {"visit_id": "visit-closed"}, note="own"),
    Sheet("visits:detail", "manager", {"visit_id": "visit-announced"}, note="own-ahead"),
    Sheet("visits:row", "inspector", {"visit_id": "visit", "item": "visit-row"}),
    Sheet("visits:corrections", "inspector"),
    Sheet("visits:correction", "inspector", {"correction_id": "correction"}),
    Sheet("visits:correction", "manager", {"correction_id": "correction-open"}, note="own"),
    Sheet("bulletins:list", "officer"),
    Sheet("bulletins:detail", "manager", {"bulletin_id": "bulletin"}),
    Sheet("bulletins:detail", "officer", {"bulletin_id": "bulletin-draft"}, note="draft"),
    Sheet("bulletins:detail", "officer", {"bulletin_id": "bulletin-withdrawn"}, note="withdrawn"),
    Sheet("bulletins:revise", "officer", {"bulletin_id": "bulletin-draft"}),
    Sheet("bulletins:withdraw", "officer", {"bulletin_id": "bulletin"}),
    Sheet("bulletins:reach", "officer", {"bulletin_id": "bulletin"}),
    Sheet("advisories:list", "manager"),
    Sheet("advisories:list", "manager", query="?q=無い無い", note="empty"),
    Sheet("advisories:detail", "manager", {"pk": "advisory"}),
    Sheet("advisories:triage", "officer"),
    Sheet("advisories:version_text", "officer", {"pk": "version-text"}),
    Sheet("advisories:version_text", "manager", {"pk": "version-text-stated"}, note="stated"),
    Sheet("advisories:sources", "analyst"),
    Sheet("advisories:source", "analyst", {"pk": "advisory-source"}),
    Sheet("advisories:imports", "analyst"),
    Sheet("advisories:import", "analyst", {"pk": "advisory-import"}),
    Sheet("advisories:import", "analyst", {"pk": "advisory-import-waiting"}, note="waiting"),
    Sheet("exposure:list", "manager"),
    Sheet("exposure:list", "manager", query="?q=無い無い", note="empty"),
    Sheet("exposure:notice", "manager", {"notice_id": "notice"}),
    Sheet("exposure:exposure", "manager", {"exposure_id": "exposure"}),
    Sheet("exposure:questions", "manager"),
    Sheet("exposure:question", "manager", {"question_id": "exposure-question"}),
    Sheet("exposure:pairs", "analyst"),
    Sheet("exposure:pair", "analyst", {"pair_id": "name-pair"}),
    Sheet("exposure:nation", "officer"),
    Sheet("exposure:prefectures", "officer", {"notice_id": "notice"}),
    Sheet("sharing:detail", "manager", {"pk": "indicator-walk"}),
    Sheet("detection:sighting", "manager", {"pk": "sighting"}),
    Sheet("detection:sighting", "executive", {"pk": "sighting"}, note="refused"),
    Sheet("detection:sighting", "manager", {"pk": "sighting-answered"}, note="answered"),
    Sheet("incidents:list", "manager"),
    Sheet("incidents:list", "officer", note="officer"),
    Sheet("incidents:report", "manager"),
    Sheet("incidents:detail", "manager", {"pk": "incident"}),
    Sheet("incidents:detail", "officer", {"pk": "incident"}, note="officer"),
    Sheet("incidents:receipt", "manager", {"pk": "incident"}),
    Sheet("fees:standards", "manager", query="?on=2025-05-31&beds=250"),
    Sheet("fees:changes", "manager", query="?on=2024-05-31&beds=399&then_on=2024-06-01&then_beds=400"),
    Sheet("assets:asset", "manager", {"asset_id": "asset"}),
    Sheet("assets:connection", "manager", {"connection_id": "connection"}),
    Sheet("assets:zone", "manager", {"zone_id": "zone"}),
    Sheet("assets:import", "manager", {"ledger_import_id": "ledger-import"}),
    Sheet("assets:import", "manager", {"ledger_import_id": "ledger-plan"}, note="plan"),
    Sheet("assets:import-mapping", "manager", {"ledger_import_id": "ledger-plan"}),
    Sheet("assets:question", "manager", {"question_id": "ledger-question"}),
    Sheet("disclosure:draft", "analyst", {"incident_id": "incident"}),
    Sheet("disclosure:detail", "second-analyst", {"disclosure_id": "disclosure-draft"}, note="draft"),
    Sheet("disclosure:detail", "analyst", {"disclosure_id": "disclosure"}, note="released"),
    Sheet("disclosure:revise", "analyst", {"disclosure_id": "disclosure-draft"}),
    Sheet("disclosure:withdraw", "analyst", {"disclosure_id": "disclosure"}),
    Sheet("api-docs", ""),
    Sheet("api-docs", "manager", query="?room=incidents", note="room"),
    Sheet("api-docs", "manager", query="?q=無い無い", note="empty"),
    Sheet("problem", "manager", path="/no/such/page/", status=404, note="lost"),
    Sheet("problem", "colleague", path="/audit/", status=403, note="refused"),
]


def addresses() -> dict[str, tuple[Any, bool]]:
    """Every named address outside the API with its door, and whether it has holes. Closed ones are left out."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, pattern in _walk(get_resolver(), ""):
        if name.startswith("api-v1:"):
            continue
        holes = bool(pattern.pattern.regex.groups) or name == "assurance:control"
        try:
            door = gate.door_of(resolve(reverse(name))) if not holes else "unknown"
        except NoReverseMatch:
            continue
        if door is not None and (not holes or getattr(pattern.callback, "sonae_door", None) or name in gate._declared):
            found[name] = (door, holes)
    return found


def sheets() -> list[Sheet]:
    """What stands above, and every other page without holes as the first person who may see it."""
    written = {sheet.name for sheet in SHEETS} | NO_PAGES
    plain = [
        Sheet(name, _looker(door)) for name, (door, holes) in addresses().items() if not holes and name not in written
    ]
    return SHEETS + sorted(plain, key=str)


def _looker(door: Any) -> str:
    if door == gate.OPEN:
        return ""
    if door == gate.SIGNED_IN:
        return "manager"
    permission = Permission(str(door))
    return next(part for part, role in LOOKERS.items() if permission in access.MATRIX[role])


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif pattern.name:
            yield prefix + pattern.name, pattern
