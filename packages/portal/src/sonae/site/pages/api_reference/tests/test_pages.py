import re

import pytest
from django.test import Client
from django.utils.translation import override

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.site.api import api
from sonae.site.pages.api_reference import reading

URL = "/api/v1/docs"
DOCUMENT = api.get_openapi_schema()


def shown(language: str, **query: str) -> str:
    browser = Client()
    browser.cookies["sonae_language"] = language
    answer = browser.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("ja", "インシデントを6項目で報告します。"), ("en", "six fields")])
def test_the_overview_names_every_operation_once(language: str, word: str) -> None:
    page = shown(language)
    ids = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert sorted(re.findall(r'href="\?room=\w+#(\w+)"', page)) == sorted(ids)
    assert word in page
    assert "token_lacks_scope" in page
    assert "<script>" not in page


@pytest.mark.django_db
def test_a_part_tells_each_field_who_may_and_what_comes_back() -> None:
    page = shown("en", room="disclosures")
    assert 'id="draft_disclosure"' in page
    assert "a session only: a person has to act" in page
    assert "beds_through" in page
    assert "Sharing analyst" in page
    assert 'id="report_incident"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "wanted"), [("ja", "取り下げ"), ("en", "withdrawal"), ("en", "bulletin.issue")])
def test_the_search_finds_words_addresses_and_permissions(language: str, wanted: str) -> None:
    page = shown(language, q=wanted)
    assert 'id="withdraw_bulletin"' in page
    assert 'id="read_job"' not in page


@pytest.mark.django_db
def test_a_search_without_result_says_so_and_is_not_taken_for_markup() -> None:
    page = shown("en", q="<b>nothing", room="no such room")
    assert "Nothing fits" in page
    assert "<b>nothing" not in page


def test_an_operation_says_who_can_call_it() -> None:
    found = {operation.id: operation for room in reading.rooms(DOCUMENT) for operation in room.operations}
    release, poll, asset = found["release_disclosure"], found["poll_indicators"], found["record_asset"]
    assert (release.for_tokens, release.for_sessions) == (False, True)
    assert (poll.for_tokens, poll.for_sessions, poll.roles) == (True, False, ())
    assert asset.permission is Permission.ASSET_CHANGE
    assert (asset.roles, asset.for_programs) == ((Role.INSTITUTION_MANAGER,), True)
    assert found["me"].permission is None


def test_fields_of_fields_are_written_out_with_their_limits() -> None:
    with override("en"):
        found = {operation.id: operation for room in reading.rooms(DOCUMENT) for operation in room.operations}
    fields = {field.name: field for field in found["draft_bulletin"].body}
    assert fields["title_ja"].is_required
    assert fields["title_ja"].limits == ("at most 200 characters",)
    assert "13" in fields["audience.prefectures"].choices
    assert fields["audience.institution_ids"].kind == "list: whole number"
    assert "items[].id" in {field.name for field in found["list_bulletins"].answers[0].fields}
