"""Who asks the API: what a page asks of a person, it asks of their tokens too."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sonae.core.access.vocabulary import Permission
from sonae.testing.cast import bearer


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_a_token_is_no_way_around_the_second_factor(manager, kind):
    program = bearer(manager.token(Permission.DUTY_READ))
    Authenticator.objects.update(type=kind)
    assert program.get("/api/v1/duties").status_code == 200
    Authenticator.objects.update(type=Authenticator.Type.RECOVERY_CODES)
    answer = program.get("/api/v1/duties")
    assert (answer.status_code, answer.json()["reason"]) == (403, "second_factor_missing")
    keyed = program.post("/api/v1/duties/x/fulfilment", headers={"idempotency-key": "k"})
    assert (keyed.status_code, keyed.json()["reason"]) == (403, "second_factor_missing")


def test_a_token_of_staff_needs_no_second_factor(colleague):
    assert bearer(colleague.token(Permission.DUTY_READ)).get("/api/v1/duties").status_code == 200


def test_nobody_is_asked_who_they_are(db):
    assert Client().get("/api/v1/duties").status_code == 401
    assert Client().post("/api/v1/duties", headers={"idempotency-key": "k"}).status_code == 401
