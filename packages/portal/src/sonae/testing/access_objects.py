"""One object of each kind at a hospital, for the walk over every URL: what its parameters stand for.

A URL with a new parameter needs one line in `FACTORIES`, here or in a module that this one joins: under the parameter's
name, or under `url-name.parameter` where one page needs its object in another state or a name means different things.
A factory takes the world and a hospital.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django_tasks_db.models import DBTaskResult

from sonae.core.access import services as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.testing import a_catalogue
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.bulletins import services as bulletins
from sonae.core.bulletins.testing import an_issued_bulletin
from sonae.core.bulletins.vocabulary import Audience, Content
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.core.duties import queries as duty_queries
from sonae.core.duties import services as duties
from sonae.core.institutions import services as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import a_vendor
from sonae.core.institutions.vocabulary import ContactRole, ImportKind, InstitutionKind
from sonae.core.notifications import services as notifications
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import MessageState
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.vocabulary import LedgerPart
from sonae.prevention.detection.testing import a_collector, an_alert, program_of
from sonae.prevention.inspections.testing import a_vendor_under_contract
from sonae.prevention.sharing.testing import an_indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.prevention.surveys import services as surveys
from sonae.response.disclosure import services as disclosure
from sonae.response.disclosure.vocabulary import Statements
from sonae.response.incidents import services as incidents
from sonae.response.incidents.models import IncidentIndicator
from sonae.response.incidents.testing import an_incident
from sonae.response.incidents.vocabulary import Field, Leak, Phase
from sonae.site import schedule
from sonae.testing import access_advisories, access_exposures, access_forms, access_ledger, access_visits, cast
from sonae.testing.access_surveys import (
    answered_campaign,
    asked,
    campaign,
    closable_campaign,
    counted_result,
    draft_campaign,
    excused,
    extending_campaign,
    opening_campaign,
    recount,
    result,
    result_in_the_making,
)
from sonae.testing.access_world import Factory, World, always, made_once, of

CONTENT = Content("題", "Title", "文", "Text")
WORDS = {"title_ja": "題", "title_en": "Title", "body_ja": "文", "body_en": "Text"}
DAY = timedelta(days=1)
DOMAIN = "c2.kinkyu-update.example"
REASON = "確認のうえ、不要と判断したため"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


def value_for(world: World, url: str, parameter: str, hospital: Institution) -> Any:
    """The value of a URL's parameter that belongs to this hospital; made once."""
    key = f"{url}.{parameter}" if f"{url}.{parameter}" in FACTORIES else parameter
    if key not in FACTORIES:
        raise LookupError(
            f"{url} has the parameter {parameter!r}: register a factory for it in sonae/testing/access_objects.py"
        )
    return made_once(FACTORIES[key], world, hospital)


def parameters_used(names: Iterable[str]) -> set[str]:
    """Which factories these `url.parameter` names ask for; the others are stale."""
    return {name if name in FACTORIES else name.rpartition(".")[2] for name in names}


def bulletin(world: World, hospital: Institution) -> Any:
    return an_issued_bulletin(
        CONTENT, tlp=Tlp.AMBER, audience=Audience.named([hospital.pk]), by=world.people["analyst"].viewer,
        issued_by=world.people["officer"].viewer, now=world.now, key=f"matrix-{hospital.pk}",
        acknowledge_by=world.now + timedelta(days=3),
    ).pk  # fmt: skip


def draft_bulletin(world: World, hospital: Institution) -> Any:
    # Somebody who walks nowhere: whoever wrote it may not issue it.
    writer = cast.a_person(Role.SHARING_ANALYST).viewer
    audience = Audience.named([hospital.pk])
    return bulletins.draft(CONTENT, tlp=Tlp.AMBER, audience=audience, by=writer, now=world.now).pk


def program_token(world: World, hospital: Institution) -> Any:
    manager = world.managers[hospital.pk].viewer
    scopes = [Permission.COLLECTOR_EXCHANGE]
    return access.issue_program_token("x", institution_id=hospital.pk, scopes=scopes, by=manager, now=world.now)[0].pk


def invitation(world: World, hospital: Institution) -> tuple[Any, str]:
    manager, at = world.managers[hospital.pk].viewer, cast.at_institution(hospital)
    email = f"invited-{hospital.pk}@example.jp"
    invited, secret = access.invite_to_role(email, name="招待", role=Role.STAFF, at=at, by=manager, now=world.now)
    return invited.pk, secret


def evidence(world: World, hospital: Institution) -> Any:
    return assurance.record_evidence(
        Said(
            control="patching",
            institution_id=hospital.pk,
            source=Source(SourceKind.PERSON, "matrix"),
            strength=Strength.DECLARED,
            since=world.now,
        ),
        by=world.managers[hospital.pk].account.pk,
        now=world.now,
    ).pk


def duty(world: World, hospital: Institution) -> Any:
    return duties.impose(
        "incident.first-report",
        institution_id=hospital.pk,
        subject="incident",
        subject_id="matrix",
        known_at=world.now,
        now=world.now,
        facts={"number": "2026-001"},
    ).pk


def waivable_duty(world: World, hospital: Institution) -> Any:
    return duties.impose(
        "bulletin.acknowledge",
        institution_id=hospital.pk,
        subject="bulletin",
        subject_id="matrix",
        known_at=world.now,
        due_at=world.now + timedelta(days=3),
        now=world.now,
        facts={"title": {"ja": "題", "en": "Title"}},
    ).pk


def document(world: World, hospital: Institution) -> Any:
    return documents.store_generated(
        PDF,
        name="a.pdf",
        purpose=Purpose.EVIDENCE,
        sensitivity=Sensitivity.SHAREABLE,
        institution_id=hospital.pk,
        by=world.managers[hospital.pk].account.pk,
        now=world.now,
    ).pk


def contact(world: World, hospital: Institution) -> Any:
    return institutions.add_contact(
        hospital.pk,
        role=next(iter(ContactRole)),
        name="窓口",
        phone="0000",
        by=world.managers[hospital.pk].account.pk,
        now=world.now,
    ).pk


def other_session(world: World, hospital: Institution) -> Any:
    of_manager = world.managers[hospital.pk].account
    return UserSession.objects.create(user=of_manager, ip="192.0.2.1", session_key=f"matrix{hospital.pk}").pk


def vendor_link(world: World, hospital: Institution) -> Any:
    return institutions.link_vendor(
        institution_id=hospital.pk,
        vendor_id=a_vendor(f"保守会社{hospital.pk}").pk,
        service="画像",
        by=world.managers[hospital.pk].account.pk,
        now=world.now,
    ).pk


def own_network(world: World, hospital: Institution) -> Any:
    by = world.managers[hospital.pk].account.pk
    return institutions.enter_network(hospital.pk, "133.20.0.0/24", by=by, now=world.now).pk


def import_run(world: World, _hospital: Institution) -> Any:
    by = world.people["operator"].account.pk
    return institutions.begin_import(ImportKind.REGISTER, file_name="list.csv", by=by, now=world.now).pk


def waiting_job(*_: Any) -> Any:
    return schedule.PLAN[0].task.enqueue().id


def failed_job(*_: Any) -> Any:
    job = waiting_job()
    DBTaskResult.objects.filter(pk=job).update(status="FAILED")
    return job


def dead_message(world: World, hospital: Institution) -> Any:
    manager = world.managers[hospital.pk].account.pk
    message = notifications.queue_mail("notice", to=manager, context={}, key=f"matrix-{hospital.pk}", now=world.now)
    Message.objects.filter(pk=message.pk).update(state=MessageState.DEAD, dead_at=world.now, next_try_at=None)
    return message.pk


def endpoint(world: World, hospital: Institution) -> Any:
    manager = world.managers[hospital.pk].viewer
    url = "https://hook.example.jp/sonae"
    return notifications.register_endpoint(url, institution_id=hospital.pk, by=manager, now=world.now)[0].pk


def asset(world: World, hospital: Institution) -> Any:
    content = assets.AssetContent(
        kind="server", name="電子カルテ", maker="", product="", version="", place="", responsible="", note=""
    )
    return assets.record_asset(hospital.pk, content, by=world.managers[hospital.pk].viewer, now=world.now).pk


def connection(world: World, hospital: Institution) -> Any:
    content = assets.ConnectionContent(
        kind="vpn",
        name="保守回線",
        vendor="",
        purpose="",
        device=None,
        firmware="",
        source_restricted="unknown",
        multi_factor="unknown",
        patched_by="unknown",
        contract_clause="",
        last_checked_on=None,
        note="",
    )
    return assets.record_connection(hospital.pk, content, by=world.managers[hospital.pk].viewer, now=world.now).pk


def stocktake(world: World, hospital: Institution) -> Any:
    made_once(asset, world, hospital)
    by = world.managers[hospital.pk].viewer
    return assets.take_stock(hospital.pk, LedgerPart.DEVICES, by=by, now=world.now).pk


def indicator(world: World, _hospital: Institution) -> Any:
    return an_indicator(by=world.people["analyst"].viewer, now=world.now).pk


def collector(world: World, hospital: Institution) -> tuple[Any, str]:
    found, secret = a_collector(hospital.pk, by=world.managers[hospital.pk].viewer, now=world.now)
    return found.pk, secret


def alert(world: World, hospital: Institution) -> Any:
    secret = made_once(collector, world, hospital)[1]
    seen = made_once(indicator, world, world.own)
    return an_alert(seen, program=program_of(secret, now=world.now), now=world.now).pk


def incident(world: World, hospital: Institution) -> Any:
    return an_incident(hospital.pk, by=world.managers[hospital.pk].viewer, now=world.now, values=(DOMAIN,)).pk


def incident_ready_to_close(world: World, hospital: Institution) -> Any:
    manager = world.managers[hospital.pk].viewer
    reviewed = an_incident(hospital.pk, by=manager, now=world.now, at=Phase.REVIEW)
    incidents.state(reviewed.pk, Field.LEAK, Leak.RULED_OUT, by=manager, now=world.now)
    for hanging in duty_queries.hanging_on("incident", reviewed.pk):
        duties.fulfil(hanging.pk, note=REASON, by=manager, now=world.now)
    return reviewed.pk


def attached_indicator(world: World, hospital: Institution) -> Any:
    return IncidentIndicator.objects.get(incident_id=made_once(incident, world, hospital)).pk


def draft_disclosure(world: World, hospital: Institution) -> Any:
    attached = IncidentIndicator.objects.get(incident_id=made_once(incident, world, hospital))
    content = disclosure.Content(
        statements=Statements(kinds=frozenset({InstitutionKind.HOSPITAL})),
        indicators=((IndicatorKind(attached.kind), attached.value),),
    )
    incident_id = made_once(incident, world, hospital)
    return disclosure.draft(incident_id, content, by=world.people["analyst"].viewer, now=world.now).pk


def survey_reminder(world: World, hospital: Institution) -> Any:
    of_campaign, officer = made_once(campaign, world, hospital), world.people["officer"].viewer
    day = (world.now + timedelta(days=9)).date()
    return surveys.add_reminder_date(of_campaign, day=day, by=officer, now=world.now).pk


FACTORIES: dict[str, Factory] = (
    access_visits.FACTORIES
    | access_forms.FACTORIES
    | access_ledger.FACTORIES
    | access_advisories.FACTORIES
    | access_exposures.FACTORIES
    | {
        "institution_id": lambda _world, hospital: hospital.pk,
        "vendor_id": lambda world, at: (
            a_vendor_under_contract(at.pk, by=world.managers[at.pk].viewer, now=world.now).pk
        ),
        "assurance:catalogue-control.name": lambda _world, _hospital: "a-1",
        "catalogue_id": lambda world, _hospital: a_catalogue(now=world.now).pk,
        "account_id": lambda world, hospital: world.staff[hospital.pk].account.pk,
        "grant_id": lambda world, hospital: Grant.objects.get(account=world.staff[hospital.pk].account).pk,
        "invitation_id": of(invitation, 0),
        "grants:accept.secret": of(invitation, 1),
        "grants:accept-own.secret": of(invitation, 1),
        "session_id": other_session,
        "token_id": program_token,
        "bulletin_id": bulletin,
        "bulletins:revise.bulletin_id": draft_bulletin,
        "bulletins:issue.bulletin_id": draft_bulletin,
        "/api/v1/bulletins/{bulletin_id}/draft.bulletin_id": draft_bulletin,
        "/api/v1/bulletins/{bulletin_id}/issue.bulletin_id": draft_bulletin,
        "control": always("patching"),
        "evidence_id": evidence,
        "duty_id": duty,
        "duties:waive.duty_id": waivable_duty,
        "/api/v1/duties/{duty_id}/waiver.duty_id": waivable_duty,
        "duties:redate.duty_id": waivable_duty,
        "/api/v1/duties/{duty_id}/due-moment.duty_id": waivable_duty,
        "document_id": document,
        "contact_id": contact,
        "link_id": vendor_link,
        "network_id": own_network,
        "run_id": import_run,
        "job_id": waiting_job,
        "jobs:again.job_id": failed_job,
        "/api/v1/jobs/{job_id}/again.job_id": failed_job,
        "message_id": dead_message,
        "endpoint_id": endpoint,
        "asset_id": asset,
        "campaign_id": campaign,
        "surveys:revise.campaign_id": draft_campaign,
        "surveys:discard.campaign_id": draft_campaign,
        "surveys:open.campaign_id": draft_campaign,
        "surveys:opening.campaign_id": opening_campaign,
        "surveys:cancel-opening.campaign_id": opening_campaign,
        "surveys:cancel-extending.campaign_id": of(extending_campaign, 0),
        "extension_id": of(extending_campaign, 1),
        "surveys:close.campaign_id": closable_campaign,
        "asked_id": asked,
        "surveys:expect-again.asked_id": excused,
        "reminder_id": survey_reminder,
        "results:count.campaign_id": answered_campaign,
        "result_id": result,
        "before_id": result,
        "results:publish.result_id": counted_result,
        "results:cancel.result_id": result_in_the_making,
        "results:progress.result_id": result_in_the_making,
        "results:count-again.result_id": result_in_the_making,
        "recount_id": recount,
        "position": always(1),
        "results:export.form": always("csv"),
        "results:public-file.form": always("csv"),
        "connection_id": connection,
        "stocktake_id": stocktake,
        "indicator_id": indicator,
        "/api/v1/incidents/{incident_id}/indicators/{indicator_id}/removal.indicator_id": attached_indicator,
        "sharing:detail.pk": indicator,
        "sharing:bundle.pk": indicator,
        "sharing:revoke.pk": indicator,
        "detection:sighting.pk": alert,
        "detection:answer.pk": alert,
        "detection:retire.pk": of(collector, 0),
        "sighting_id": alert,
        "/api/v1/incidents/{incident_id}/closure.incident_id": incident_ready_to_close,
        "pk": incident,
        "incident_id": incident,
        "incidents:remove-indicator.pk": attached_indicator,
        "step_id": always("keep-power"),
        "disclosure_id": draft_disclosure,
        # allauth's pages about one's own passkeys, and the links in its mails: nobody of the cast has one.
        "mfa_edit_webauthn.pk": always(0),
        "mfa_remove_webauthn.pk": always(0),
        "uidb36": always("0"),
        "key": always("0-0"),
        "provider_id": always("nobody"),
    }
)
