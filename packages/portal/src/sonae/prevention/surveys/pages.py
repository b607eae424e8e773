"""What the pages of a campaign and of one asked institution show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue as texts
from sonae.core.institutions import queries as register
from sonae.core.institutions.models import Contact
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.web import charts, words
from sonae.core.web.components import Moment
from sonae.kernel import calendar
from sonae.kernel.decision import first_refusal
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.bands import source
from sonae.prevention.surveys.forms import CallForm, ExcuseForm, ExtensionForm, ManyForm, ProxyForm, ReminderForm
from sonae.prevention.surveys.models import AskedInstitution, Call, Campaign, CampaignExtension, Extension, Proxy
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.vocabulary import (
    Band,
    CallOutcome,
    CampaignState,
    Channel,
    Dimension,
    Interval,
    PopulationRule,
    Progress,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One class or place of the figures, with the list behind it."""

    name: str
    progress: Progress
    href: str = ""


def campaign_page(campaign: Campaign, viewer: Viewer, *, now: datetime, **typed: Any) -> Any:
    """Everything on the page of a campaign: of a draft whom it would ask, of an open one how far they are. A form that
    was refused comes back with what was typed."""
    state = CampaignState(campaign.state)
    page = {
        "campaign": campaign,
        "state": state,
        "facts": facts(campaign),
        "bands_source": source(),
        "bands_source_title": texts.in_language(source().title),
        "may_conduct": access.may(viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE),
    }
    if state is CampaignState.DRAFT:
        return page | _preview(campaign, now=now)
    if state is CampaignState.OPENING:
        return page
    return page | _figures(campaign, viewer, now=now) | _conduct(campaign, state, now=now) | typed


def facts(campaign: Campaign) -> list[tuple[str, object]]:
    """What was decided about a campaign, as a person reads it."""
    edition = campaign.edition
    asked = edition.title_ja if words.is_japanese() else edition.title_en or edition.title_ja
    return [
        (_("Survey form"), f"{asked} ({edition.edition})"),
        (_("Whom it asks"), rule_in_words(campaign.rule)),
        (_("Reference date"), campaign.reference_on),
        (_("First day"), calendar.jst_day(campaign.opens_at)),
        (_("Answers until"), words.due(campaign.closes_at)),
    ]


def rule_in_words(rule: PopulationRule) -> str:
    """A rule as a sentence that a person can check; both ends of the beds are included."""
    parts = [
        ", ".join(words.of(kind) for kind in sorted(rule.kinds)) or _("All kinds of institution"),
        _beds_in_words(rule.beds),
        ", ".join(prefecture_name(code) for code in sorted(rule.prefectures)) or _("The whole country"),
        words.of(rule.population),
    ]
    return " / ".join(filter(None, parts))


def _beds_in_words(beds: Interval | None) -> str:
    if beds is None:
        return ""
    if beds.below is None:
        return _("%(least)s licensed beds or more") % {"least": words.number(beds.least)}
    most = {"least": words.number(beds.least), "most": words.number(beds.below - 1)}
    return _("%(least)s to %(most)s licensed beds") % most


def _preview(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    found = queries.preview(campaign.rule, on=campaign.reference_on)
    by_band = found.by_band
    cells = {code.value: charts.Cell(count) for code, count in found.by_prefecture.items()}
    content = campaign.content()
    return {
        "preview": found,
        "list_day": register.list_day(campaign.reference_on, read_by=now),
        "preview_rows": [(words.of(band), by_band[band]) for band in Band if band in by_band],
        "preview_cells": cells,
        "may_open": rules.may_open(content, state=CampaignState.DRAFT, asked=found.asked, now=now),
    }


def _figures(campaign: Campaign, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    found = queries.standing(campaign, viewer, now=now)
    by_place, by_band, by_kind = (
        found.by[one] for one in (Dimension.PREFECTURE, Dimension.BAND, Dimension.KIND)
    )  # fmt: skip
    bands = [band for band in Band if band.value in by_band]
    return {
        "standing": found,
        "whole": found.whole,
        "cells": {code: _cell(campaign, code, one) for code, one in by_place.items()},
        "band_rows": [Row(words.of(band), by_band[band.value], _list(campaign, band=band.value)) for band in bands],
        "kind_rows": [Row(words.of(InstitutionKind(kind)), one) for kind, one in by_kind.items()],
        "place_rows": [
            Row(prefecture_name(code), by_place[code], _list(campaign, prefecture=code)) for code in by_place
        ],
        "reached": queries.reached(campaign, viewer, now=now),
        "unreached_href": _list(campaign, reached="no"),
    }


def _cell(campaign: Campaign, code: str, progress: Progress) -> charts.Cell:
    """The share of those asked who answered, in whole percent, with the count behind it."""
    note = f"{words.number(progress.answered)} / {words.number(progress.asked)}"
    return charts.Cell(round(100 * progress.answered / progress.asked), _list(campaign, prefecture=code), note)


def _list(campaign: Campaign, **conditions: str) -> str:
    """The list behind a figure: everybody who is counted in it, whether they still owe an answer or not."""
    return f"{reverse('surveys:follow-up', args=[campaign.pk])}?{urlencode(conditions | {'owes': ''})}"


def extensions(campaign: Campaign) -> list[tuple[CampaignExtension, str]]:
    """The times that many were given more time, each with whom it was given to."""
    return [(one, _whom(one)) for one in campaign.extensions.select_related("given_by", "cancelled_by")]


def extension_facts(given: CampaignExtension) -> list[tuple[str, object]]:
    """What is to be confirmed before many get more time."""
    return [
        (_("Whom it concerns"), _whom(given)),
        (_("Answers until"), words.due(given.due_after)),
        (_("Reason for more time"), given.why),
    ]


def _whom(given: CampaignExtension) -> str:
    parts = [
        prefecture_name(given.prefecture) if given.prefecture else _("The whole country"),
        words.of(InstitutionKind(given.kind)) if given.kind else _("All kinds of institution"),
    ]
    return " / ".join(parts)


def _conduct(campaign: Campaign, state: CampaignState, *, now: datetime) -> dict[str, Any]:
    return {
        "may_close": rules.may_close(
            state, last_due_at=queries.last_due_at(campaign), uninvited=queries.uninvited(campaign), now=now
        ),
        "reminder_dates": campaign.reminder_dates.select_related("added_by"),
        "reminder_form": ReminderForm(),
        "extensions": extensions(campaign),
        "many_form": ManyForm(),
        "today": calendar.jst_day(now),
    }


# --- one institution -----------------------------------------------------------------------------------------------


def asked_page(asked: AskedInstitution, viewer: Viewer, *, now: datetime, **typed: Any) -> dict[str, Any]:
    """Everything on the page of one asked institution; a form that was refused comes back with what was typed."""
    at = places.place_of_institution(asked.institution_id)
    state, is_excused = CampaignState(asked.campaign.state), asked.excused_at is not None
    may_follow_up = access.may(viewer, Permission.SURVEY_FOLLOW_UP, at=at)
    begun_stage, is_own_draft = queries.begun_here(asked)
    return {
        "asked": asked,
        "campaign": asked.campaign,
        "institution": asked.institution,
        "stage": asked.stage,
        "facts": asked_facts(asked),
        "drifts": sorted(rules.drifts(asked.then(), queries.today_of(asked.institution))),
        "contacts": Contact.objects.visible_to(viewer).current().filter(institution_id=asked.institution_id)
        if access.may(viewer, Permission.CONTACT_READ, at=at).ok
        else (),
        "history": history(asked, viewer),
        "is_excused": is_excused,
        "is_late": asked.is_late(now=now),
        "may_conduct": access.may(viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE),
        "may_follow_up": may_follow_up,
        "may_extend": rules.may_be_extended(state, asked.stage),
        "may_excuse": rules.may_be_excused(state, asked.stage, is_excused=is_excused),
        "may_expect_again": rules.may_expect_again(state, is_excused=is_excused),
        "may_stand_in": first_refusal(
            rules.may_begin(
                state, opens_at=asked.campaign.opens_at, is_asked=True, is_excused=is_excused, now=now
            ),
            rules.may_be_stood_in_for(begun_stage, is_own_draft=is_own_draft),
        ),
        "is_open": state is CampaignState.OPEN,
        "call_form": CallForm(initial={"called_at": now.astimezone(calendar.JST)}),
        "extension_form": ExtensionForm(),
        "excuse_form": ExcuseForm(),
        "proxy_form": ProxyForm(),
    } | typed  # fmt: skip


def asked_facts(asked: AskedInstitution) -> list[tuple[str, object]]:
    """What the register said on the reference date, and where the institution stands."""
    return [
        (_("Register code"), asked.institution.register_code),
        (_("Prefecture"), prefecture_name(asked.prefecture)),
        (_("Kind of institution"), InstitutionKind(asked.kind)),
        (_("Licensed beds"), asked.licensed_beds),
        (_("Counted as"), Band(asked.band)),
        (_("How far the answer is"), asked.stage),
        (_("Answers until"), words.due(asked.due_at)),
    ]


def history(asked: AskedInstitution, viewer: Viewer) -> list[Moment]:
    """What the follow-up did about an institution, the newest first."""
    found = [*_calls(asked, viewer), *_extensions(asked, viewer), *_proxies(asked, viewer)]
    if asked.excused_at is not None:
        title = _("No answer is expected")
        found.append(Moment(asked.excused_at, title, text=asked.excused_why, by=str(asked.excused_by)))
    return sorted(found, key=lambda moment: moment.at, reverse=True)


def _calls(asked: AskedInstitution, viewer: Viewer) -> Iterable[Moment]:
    for call in Call.objects.visible_to(viewer).filter(asked=asked).select_related("noted_by"):
        title = _("Call: %(outcome)s") % {"outcome": words.of(CallOutcome(call.outcome))}
        again = _("Call again on %(day)s.") % {"day": words.jdate(call.next_on)} if call.next_on else ""
        text = " ".join(filter(None, (call.whom, call.note, again)))
        yield Moment(call.called_at, title, text=text, by=str(call.noted_by))


def _extensions(asked: AskedInstitution, viewer: Viewer) -> Iterable[Moment]:
    for one in Extension.objects.visible_to(viewer).filter(asked=asked).select_related("given_by"):
        title = _("More time: %(moment)s") % {"moment": words.due(one.due_after)}
        yield Moment(one.given_at, title, text=one.why, by=str(one.given_by))


def _proxies(asked: AskedInstitution, viewer: Viewer) -> Iterable[Moment]:
    for one in Proxy.objects.visible_to(viewer).filter(asked=asked).select_related("begun_by"):
        said: Mapping[str, object] = {"channel": words.of(Channel(one.channel)), "who": one.informant}
        title = _("Answers entered in its place (%(channel)s, given by %(who)s)") % said
        yield Moment(one.begun_at, title, text=one.why, by=str(one.begun_by))
