"""Text that no database holds is refused at the door, in words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sonae.testing.cast import Person


@pytest.mark.parametrize("address", ["/incidents/", "/institutions/", "/duties/", "/accounts/me/", "/account/login/"])
@pytest.mark.parametrize("name", ["q", "sort", "next"])
def test_a_page_refuses_a_nul_in_its_address_in_words(manager: Person, address: str, name: str) -> None:
    answer = manager.client.get(address, {name: "a\0"})
    assert answer.status_code == 400
    assert "a character that cannot be stored" in answer.content.decode()


def test_the_search_of_the_audit_log_refuses_a_nul(auditor: Person) -> None:
    assert auditor.client.get("/audit/", {"verb": "a\0"}).status_code == 400


def test_the_path_itself_has_no_nul(officer: Person) -> None:
    assert officer.client.get("/invitation/a%00b/").status_code == 400


@pytest.mark.parametrize("address", ["/incidents/report/", "/incidents/report/draft/", "/display/theme/", "/language/"])
def test_a_form_with_a_nul_is_refused_whatever_it_is_for(manager: Person, address: str) -> None:
    answer = manager.client.post(address, {"seen": "a\0", "phone": "1"})
    assert answer.status_code == 400
    assert "a character that cannot be stored" in answer.content.decode()


def test_a_name_of_a_field_has_no_nul_either(manager: Person) -> None:
    assert manager.client.post("/incidents/report/draft/", {"a\0": "x"}).status_code == 400
    assert manager.client.post("/display/theme/", {"theme": "dark", "a\0": "x"}).status_code == 400


def test_signing_in_with_a_nul_is_refused(client: Client, db: None) -> None:
    answer = client.post("/account/login/", {"login": "a\0@b.example", "password": "x"})
    assert answer.status_code == 400


def test_a_file_may_hold_any_byte_but_its_name_may_not(manager: Person) -> None:
    fine = manager.client.post("/documents/new/", {"file": SimpleUploadedFile("a.bin", b"\0\0")})
    assert fine.status_code != 400


def test_a_cookie_with_a_nul_opens_nothing_and_breaks_nothing(client: Client, db: None) -> None:
    client.cookies["sessionid"] = "a" * 20 + "\0"
    assert client.get("/").status_code == 302


def test_the_page_says_it_in_japanese(db: None) -> None:
    page = Client().get("/account/login/", {"next": "\0"}).content.decode()
    assert "保存できない文字（NUL）" in page
