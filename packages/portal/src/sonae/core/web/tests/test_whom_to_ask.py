import pytest
from django.utils.translation import override

from sonae.core.access import rules as access
from sonae.core.accounts.vocabulary import Role
from sonae.core.web import statuses

WORDS = {
    "manager of your institution": Role.INSTITUTION_MANAGER,
    "ministry officer": Role.MINISTRY_OFFICER,
    "system operator": Role.OPERATOR,
}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_whoever_may_not_is_sent_to_somebody_who_gives_that_role(role):
    with override("en"):
        advice = str(statuses.whom_to_ask([role]))
    named = [giver for words, giver in WORDS.items() if words in advice]
    assert len(named) == 1, advice
    assert role in access.MAY_GRANT[named[0]]


def test_a_manager_is_not_sent_to_the_manager(manager):
    text = manager.client.get("/jobs/").content.decode()
    assert "ask the ministry officer who gave you your role" in text
    assert "manager of your institution" not in text


def test_who_has_no_role_yet_asks_whoever_gave_it():
    assert statuses.whom_to_ask([]) == statuses.STATUSES[403].advice
