"""The page on the tablet, its service worker and manifest: what they hold, and what they must not."""

import hashlib
import json
import re

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.translation import override

from sonae.core.web import assets
from sonae.core.web.device import mark_of
from sonae.prevention.inspections.tablet import views, wording
from sonae.prevention.inspections.tablet.account import HEADER, of_own_account
from sonae.prevention.inspections.visits.testing import a_visit
from sonae.testing.cast import NOW

pytestmark = pytest.mark.django_db
JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")
SCRIPTS = {name: asset for name, asset in assets.shelf().assets.items() if name.startswith(views.FOLDER)}


def body_of(page: str) -> dict[str, str]:
    """The facts that the page gives to its scripts."""
    found = re.search(r"<body ([^>]*)>", page)
    assert found
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', found[1]))


def test_the_page_holds_the_mark_of_who_asks_and_what_tells_the_next_sign_in(inspector):
    client = inspector.client
    answer = client.get(reverse("inspections:tablet"))
    facts = body_of(answer.content.decode())
    assert facts["account"] == mark_of(inspector.account.pk)
    assert facts["witness"] == hashlib.sha256(client.cookies["csrftoken"].value.encode()).hexdigest()
    assert facts["home"] == "/inspections/tablet/"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_without_a_script_the_page_leads_to_the_ordinary_pages(inspector, hospital):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    for address, ordinary in (
        (reverse("inspections:tablet"), reverse("visits:list")),
        (reverse("inspections:tablet-visit", args=[visit.pk]), reverse("visits:detail", args=[visit.pk])),
    ):
        page = inspector.client.get(address).content.decode()
        without_script = re.search(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
        assert without_script
        assert f'href="{ordinary}"' in without_script[1]


def test_the_page_of_a_visit_names_neither_the_institution_nor_an_answer(inspector, hospital):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    page = inspector.client.get(reverse("inspections:tablet-visit", args=[visit.pk])).content.decode()
    assert hospital.name not in page
    assert hospital.register_code not in page


def test_the_worker_serves_its_own_folder_and_nothing_beside_it():
    answer = Client().get(reverse("inspections:tablet-worker"))
    facts = json.loads(re.search(r"self\.TABLET = (.*);", answer.content.decode())[1])
    assert facts["home"] == reverse("inspections:tablet")
    # Without this header a browser allows the folder of the script only.
    assert "Service-Worker-Allowed" not in answer.headers
    assert reverse("inspections:tablet-worker").startswith(facts["home"])


def test_every_file_that_the_worker_keeps_is_there_and_every_script_is_kept():
    body = Client().get(reverse("inspections:tablet-worker")).content.decode()
    files = json.loads(re.search(r"self\.TABLET = (.*);", body)[1])["files"]
    assert [path for path in files if Client().get(path).status_code != 200] == []
    kept = {path.split("/", 3)[3] for path in files}
    assert set(SCRIPTS) - kept == {"inspections/tablet/worker.js"}


def test_the_manifest_speaks_the_language_of_the_reader():
    for language, is_japanese in (("ja", True), ("en", False)):
        facts = (
            Client(headers={"cookie": f"sonae_language={language}"}).get(reverse("inspections:tablet-manifest")).json()
        )
        assert facts["lang"] == language
        assert bool(JAPANESE.search(facts["name"])) is is_japanese
        assert facts["scope"] == facts["start_url"] == reverse("inspections:tablet")


def test_the_scripts_ask_for_no_word_that_the_page_does_not_have_and_the_page_for_none_too_many():
    text = "\n".join(asset.body.decode() for name, asset in SCRIPTS.items() if name.endswith(".js"))
    known = set(wording.words())
    named = set(re.findall(r'"(\w+)"', text))
    quoted = named | {f"{kind}_{one}" for kind in ("state", "do") for one in named}
    asked = set(re.findall(r'say\("(\w+)"', text))
    assert asked <= known
    # Each state has a name, and a sentence that says what happened, when, and what to do.
    names = ("open", "waiting", "doubtful", "merged", "conflict", "decided", "refused")
    states = {f"{kind}_{one}" for kind in ("state", "do") for one in names}
    assert all(
        "{at}" in wording.words()[f"do_{one}"] for one in ("waiting", "doubtful", "conflict", "decided", "refused")
    )
    assert known - quoted - {"side_inspector", "side_institution"} == set()
    assert states <= known


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_hole_of_a_sentence_is_in_its_translation(language):
    with override("en"):
        english = wording.words()
    with override(language):
        translated = wording.words()
    holes = {name: set(re.findall(r"\{\w+\}", text)) for name, text in english.items()}
    assert {name: set(re.findall(r"\{\w+\}", text)) for name, text in translated.items()} == holes


def test_a_script_is_short_and_says_what_it_is_for():
    for name, asset in SCRIPTS.items():
        lines = asset.body.decode().splitlines()
        assert len(lines) <= 300, name
        assert lines[0].startswith(("//", "/*")), name


def test_what_another_person_recorded_is_not_received_under_the_account_that_is_signed_in_now(inspector, officer):
    entered = of_own_account(lambda _request: HttpResponse("received"))

    def asked(**headers):
        request = RequestFactory(headers=headers).get("/inspections/visits/")
        request.user, request.request_id = inspector.account, "0" * 12
        return entered(request)

    assert asked().content == b"received"
    assert asked(**{HEADER: mark_of(inspector.account.pk)}).content == b"received"
    refused = asked(**{HEADER: mark_of(officer.account.pk)})
    assert refused.status_code == 403
    assert refused.headers[HEADER] == "other"
