"""An officer answers in place of an institution: what they see of it, and what is written of what they did."""

import pytest
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import services, testing
from sonae.core.instruments.models import Response
from sonae.core.instruments.vocabulary import Origin
from sonae.kernel.errors import NotAllowed
from sonae.testing.cast import NOW


def stood_in(officer, prefecture_officer, hospital, *, form: str = testing.FORM) -> Response:
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=form)
    return services.stand_in(
        edition.pk, institution_id=hospital.pk, occasion="2026", needs=Permission.SURVEY_FOLLOW_UP,
        by=prefecture_officer.account.pk, now=NOW,
    )  # fmt: skip


def test_whoever_stands_in_is_shown_no_colleagues_and_hands_over_to_none(
    officer, prefecture_officer, manager, colleague, hospital
):
    response = stood_in(officer, prefecture_officer, hospital)
    path = reverse("instruments:response", args=[response.pk])
    assert colleague.account.name in manager.client.get(path).content.decode()

    shown = prefecture_officer.client.get(path).content.decode()

    assert "Submit the response" in shown
    for person in (manager, colleague):
        assert person.account.name not in shown
    with pytest.raises(NotAllowed):
        services.hand_over(response.pk, to=colleague.account.pk, by=prefecture_officer.viewer, now=NOW)


def test_what_somebody_else_confirmed_says_who_it_was(officer, prefecture_officer, manager, hospital):
    form = testing.FORM.replace("kind: number\n", "kind: number\n        prefill: register.licensed_beds\n")
    response = stood_in(officer, prefecture_officer, hospital, form=form)
    services.save_answers(
        response.pk, {"gate": "yes"}, seen=response.revision, by=prefecture_officer.viewer, now=NOW
    )  # fmt: skip
    told = Response.objects.get().mark("beds").source

    services.look_at(response.pk, ["beds"], by=prefecture_officer.viewer, now=NOW)

    mark = Response.objects.get().mark("beds")
    assert (mark.by, mark.origin) == (prefecture_officer.account.pk, Origin.REGISTER)
    assert mark.source.removeprefix(told).removeprefix(" / ") == prefecture_officer.account.name
