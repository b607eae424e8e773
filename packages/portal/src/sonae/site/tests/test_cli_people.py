"""What an operator types before anyone can sign in, and to check the audit log."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from typer.testing import CliRunner

from sonae.core.access.models import InvitedGrant
from sonae.core.accounts.models import Invitation
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit import queries, services
from sonae.core.audit.models import Entry, Head
from sonae.core.audit.testing import an_entry_that_waits
from sonae.core.notifications import mail
from sonae.core.notifications.models import Message
from sonae.core.web import words
from sonae.site import chain, cli_account, cli_audit, worker
from sonae.testing.append_only import triggers_off


@pytest.fixture
def english():
    with override("en"):
        yield


def _run(app, *arguments):
    return CliRunner().invoke(app, list(arguments))


def test_the_first_operator_is_invited_from_the_command_line(cast_database):
    said = _run(cli_account.app, "invite", "first@example.jp", "--name", "運用 一子")
    assert said.exit_code == 0
    link = re.search(r"/invitation/sonae_inv_[\w-]+/", said.stdout)[0]
    assert InvitedGrant.objects.get().role == Role.OPERATOR
    assert "運用 一子" in Client().get(link).content.decode()


def test_an_invitation_says_when_its_link_ends_and_what_to_do_with_it(cast_database, english):
    said = _run(cli_account.app, "invite", "first@example.jp", "--name", "運用 一子")
    assert len(said.stdout.splitlines()) == 1
    assert words.jst(Invitation.objects.get().expires_at) in said.stderr
    assert "hand it to 運用 一子 in a safe way" in said.stderr
    assert "still open" not in said.stderr


def test_a_second_invitation_to_the_same_address_names_the_first(cast_database, english):
    for address in ("first@example.jp", " First@example.jp"):
        said = _run(cli_account.app, "invite", address, "--name", "運用 一子")
    assert said.exit_code == 0
    assert said.stderr.count("to the same address is still open until") == 1


def test_an_invitation_that_ended_is_not_named(cast_database, english):
    _run(cli_account.app, "invite", "first@example.jp", "--name", "運用 一子")
    Invitation.objects.update(expires_at=timezone.now())
    assert "still open" not in _run(cli_account.app, "invite", "first@example.jp", "--name", "運用 一子").stderr


def test_a_manager_is_invited_to_an_institution_by_its_code(hospital):
    said = _run(
        cli_account.app, "invite", "m@example.jp", "--name", "m", "--role", "institution_manager",
        "--institution", hospital.register_code,
    )  # fmt: skip
    assert said.exit_code == 0
    assert InvitedGrant.objects.get().institution == hospital


def test_an_officer_of_a_prefecture_is_invited_by_its_code(cast_database, english):
    asked = ("invite", "k@example.jp", "--name", "k", "--role", "prefecture_officer")
    assert "no prefecture with this code" in _run(cli_account.app, *asked, "--prefecture", "48").stderr
    assert not InvitedGrant.objects.exists()
    said = _run(cli_account.app, *asked, "--prefecture", "33")
    assert said.exit_code == 0
    invited = InvitedGrant.objects.get()
    assert (invited.kind, invited.prefecture, invited.role) == ("prefecture", "33", Role.PREFECTURE_OFFICER)


def test_the_officers_hear_of_a_colleague_invited_from_the_command_line(officer):
    _run(cli_account.app, "invite", "new@example.jp", "--name", "新任 花子", "--role", "ministry_officer")
    told = Message.objects.get(template="site/role_given")
    assert told.account == officer.account
    _, body = mail.written(told.template, context=told.context, language="ja")
    assert "サーバのコマンド操作により、新任 花子さん（new@example.jp）" in body


@pytest.mark.parametrize(
    "place",
    [
        ["--role", "institution_manager", "--institution", "Z999"],
        ["--role", "inspector", "--jurisdiction", "99999"],
        ["--role", "vendor"],
    ],
)
def test_a_place_that_does_not_fit_is_named(cast_database, place):
    said = _run(cli_account.app, "invite", "m@example.jp", "--name", "m", *place)
    assert said.exit_code == 2
    assert not InvitedGrant.objects.exists()


def test_an_address_that_has_an_account_is_invited_alike(operator, english):
    said = _run(cli_account.app, "invite", operator.account.email, "--name", "x")
    assert said.exit_code == 0
    assert "or signs in if the address has an account" in said.stderr
    link = re.search(r"/invitation/sonae_inv_[\w-]+/", said.stdout)[0]
    assert Client().get(f"{link}own/").status_code == 302


def test_a_chain_that_holds_ends_with_zero_and_is_written_down(operator, english):
    said = _run(cli_audit.app, "verify")
    assert said.exit_code == 0
    assert "The chain holds." in said.output
    assert chain.last_verification().breaks == 0


def test_a_chain_that_does_not_hold_ends_with_one_and_names_the_place(operator):
    services.link_waiting()
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'forged' WHERE number = 1")
    said = _run(cli_audit.app, "verify")
    assert said.exit_code == 1
    assert "1\taltered" in said.output
    assert Entry.objects.get(verb=chain.VERB).facts["first"] == [{"number": 1, "damage": "altered"}]


def test_a_chain_is_compared_with_the_seals_that_were_kept_elsewhere(operator, tmp_path):
    kept = tmp_path / "heads"
    services.link_waiting()
    kept.write_text(_run(cli_audit.app, "head").stdout)
    assert _run(cli_audit.app, "verify", "--kept", str(kept)).exit_code == 0
    kept.write_text(f"{kept.read_text()}1\t{'0' * 64}\n0\tgenesis\n")
    said = _run(cli_audit.app, "verify", "--kept", str(kept))
    assert said.exit_code == 1
    assert "1\trebuilt" in said.output
    kept.write_text("no number")
    assert _run(cli_audit.app, "verify", "--kept", str(kept)).exit_code == 2


def test_entries_that_cannot_be_linked_end_with_one_once_they_are_late(operator):
    services.link_waiting()
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_head SET last_number = last_number - 1")
    an_entry_that_waits("1", now=timezone.now() - timedelta(minutes=6))
    said = _run(cli_audit.app, "verify")
    assert said.exit_code == 1
    assert "連鎖待ちの記録：2件" in said.output


def test_the_worker_links_what_a_killed_process_left_behind(operator):
    an_entry_that_waits("1", now=timezone.now())
    worker.run_pending()
    assert queries.waiting().count == 0


def test_the_head_is_printed_to_be_kept_elsewhere(operator):
    head = Head.objects.get()
    assert _run(cli_audit.app, "head").stdout == f"{head.last_number}\t{head.last_seal}\n"


@pytest.mark.parametrize("address", ["notmail", "a@b", "two@example.jp, three@example.jp"])
def test_what_is_no_address_is_not_invited(cast_database, english, address):
    said = _run(cli_account.app, "invite", address, "--name", "運用 一子")
    assert said.exit_code == 1
    assert "not an e-mail address" in said.stderr
    assert not Invitation.objects.exists()
