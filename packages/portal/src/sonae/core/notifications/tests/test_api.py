from sonae.core.access.vocabulary import Permission
from sonae.core.notifications import services
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Channel, Outcome, OutcomeKind
from sonae.testing.cast import NOW, Person, bearer


def test_an_operators_program_lists_and_sends_again_what_was_given_up(operator: Person, manager: Person) -> None:
    services.queue_mail("notice", to=manager.account.pk, context={"title": "a confidential matter"}, key="k", now=NOW)
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, Outcome(OutcomeKind.REFUSED, "550"), now=NOW, spread=0.0)
    api = bearer(operator.token(Permission.MESSAGE_READ, Permission.MESSAGE_RETRY))
    (listed,) = api.get("/api/v1/messages", {"state": "dead"}).json()["items"]
    assert (listed["id"], listed["last_code"]) == (str(claimed.pk), "550")
    assert "confidential" not in str(listed)
    assert api.post(f"/api/v1/messages/{claimed.pk}/retry").json()["state"] == "waiting"
    assert Message.objects.get().state == "waiting"
    again = api.post(f"/api/v1/messages/{claimed.pk}/retry")
    assert (again.status_code, again.json()["reason"]) == (403, "not_dead")


def test_a_token_without_the_scope_reads_no_messages(operator: Person) -> None:
    assert bearer(operator.token(Permission.JOB_READ)).get("/api/v1/messages").status_code == 403
