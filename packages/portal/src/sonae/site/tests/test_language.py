"""The language of the pages is also the language of what is sent to a person."""

from django.conf import settings
from django.test import Client

from sonae.core.accounts.models import Account


def test_whoever_is_signed_in_is_written_to_in_the_language_they_choose(manager):
    Account.objects.filter(pk=manager.account.pk).update(language="ja")
    answer = manager.client.post("/language/", {"language": "en", "next": "/"})
    assert answer.status_code == 302
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert Account.objects.get(pk=manager.account.pk).language == "en"


def test_a_language_nobody_speaks_changes_nothing(manager):
    before = Account.objects.get(pk=manager.account.pk).language
    manager.client.post("/language/", {"language": "tlh", "next": "/"})
    manager.client.get("/language/", {"language": "ja"})
    assert Account.objects.get(pk=manager.account.pk).language == before


def test_a_stranger_may_choose_a_language_for_their_browser(db):
    answer = Client().post("/language/", {"language": "en", "next": "/account/login/"})
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
