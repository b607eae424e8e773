import csv
import io
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.urls import reverse

from sonae.core.accounts.sessions import _NOTED, NOTED_EVERY
from sonae.prevention.surveys.results import exports, services
from sonae.prevention.surveys.results.testing import an_edition_of

pytestmark = pytest.mark.django_db
FORMS = ("csv", "cp932.csv", "xlsx", "pdf", "parquet")


@pytest.fixture
def published(edition, officer, now):
    return services.publish(edition.pk, by=officer.viewer, now=now)


def addresses_of(edition):
    return (
        reverse("results:published"),
        reverse("results:public", args=[edition.pk]),
        reverse("results:public-question", args=[edition.pk, 1]),
        *(reverse("results:public-file", args=[edition.pk, form]) for form in FORMS),
    )


def read(answer):
    """The content: a file that is not read to its end stays open."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def used_long_ago(person, now):
    """The client of this person, whose session the next page would write to: it was last noted too long ago."""
    client = person.client
    session = client.session
    session[_NOTED] = (now - 2 * NOTED_EVERY).timestamp()
    session.save()
    UserSession.objects.get_or_create(
        session_key=session.session_key,
        defaults={"user": person.account, "ip": "127.0.0.1", "user_agent": "", "last_seen_at": now},
    )
    return client


def test_nothing_is_public_before_it_is_published(edition, client):
    for address in addresses_of(edition)[1:]:
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert "public" not in answer.headers["Cache-Control"]
    assert "No figures have been published yet." in client.get(f"{reverse('results:published')}?lang=en").text


@pytest.mark.parametrize("place", range(3 + len(FORMS)))
def test_what_is_public_is_kept_by_caches_and_is_nobodys(published, officer, client, now, place):
    address = addresses_of(published)[place] + "?lang=en"
    for reader in (client, used_long_ago(officer, now)):
        answer = reader.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert "Vary" not in answer.headers, "the answer hangs on its address alone"
        assert not answer.cookies, "a cache would hand one person's cookie to the next"
        assert answer.headers["Content-Language"] == "en"
        assert published.figures_digest[:16] not in str(answer.headers), "a guess could be tried against it"
        read(answer)


def test_a_page_that_is_not_public_still_notes_that_the_session_is_used(published, officer, now):
    client = used_long_ago(officer, now)
    answer = client.get(reverse("results:detail", args=[published.pk]))
    assert settings.SESSION_COOKIE_NAME in answer.cookies


@pytest.mark.parametrize("place", range(3 + len(FORMS)))
def test_whoever_has_it_already_is_told_so_and_nothing_is_sent(published, client, place):
    address = addresses_of(published)[place]
    first = client.get(address, {"lang": "en"})
    etag = first.headers["ETag"]
    read(first)
    again = client.get(address, {"lang": "en"}, headers={"if-none-match": etag})
    assert (again.status_code, read(again)) == (304, b"")
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == "public, max-age=300"
    assert not again.cookies
    other = client.get(address, {"lang": "ja"}, headers={"if-none-match": etag})
    assert other.status_code == 200
    read(other)


def test_each_choice_on_a_page_has_a_tag_of_its_own(published, client):
    page, question = addresses_of(published)[1:3]
    asked = [f"{page}?by={by}" for by in ("band", "kind", "all")]
    asked += [f"{question}?option={option}" for option in ("yes", "no")]
    tags = {client.get(address).headers["ETag"] for address in asked}
    assert len(tags) == len(asked)
    # Whatever else stands in the address leads to the same page: it is one answer.
    assert client.get(f"{page}?by=%22nothing").headers["ETag"] == client.get(page).headers["ETag"]


def test_the_language_is_that_of_the_address_whatever_the_reader_chose(published, client):
    address = reverse("results:public", args=[published.pk])
    client.cookies["sonae_language"] = "en"
    assert '<html lang="ja">' in client.get(address).text
    client.cookies["sonae_language"] = "ja"
    assert '<html lang="en">' in client.get(f"{address}?lang=en").text
    rows = client.get(reverse("results:public-file", args=[published.pk, "csv"]) + "?lang=en").getvalue()
    assert rows.decode("utf-8-sig").startswith("Edition,")


def test_the_public_page_is_the_same_for_everybody(published, officer, client, now):
    for address in addresses_of(published)[:3]:
        told = client.get(address).text
        assert "csrf" not in told
        assert used_long_ago(officer, now).get(address).text == told


def test_another_edition_that_comes_out_changes_the_tag_of_the_list(published, campaign, officer, client, now):
    address = reverse("results:published")
    before = client.get(address).headers["ETag"]
    later = now + timedelta(hours=1)
    services.publish(an_edition_of(campaign, by=officer.viewer, now=later).pk, by=officer.viewer, now=later)
    answer = client.get(f"{address}?lang=en", headers={"if-none-match": before})
    assert answer.status_code == 200
    assert answer.text.index("edition 2") < answer.text.index("edition 1"), "the newest stands first"


def test_a_stranger_finds_the_figures_from_the_sign_in_page(published, client):
    client.cookies["sonae_language"] = "en"
    entrance = client.get(reverse("account_login")).text
    address = reverse("results:published") + "?lang=en"
    assert f'href="{address}"' in entrance
    listed = client.get(address).text
    edition = reverse("results:public", args=[published.pk]) + "?lang=en"
    assert f'href="{edition}"' in listed
    for form in FORMS:
        assert f'href="{reverse("results:public-file", args=[published.pk, form])}?lang=en"' in listed
    assert reverse("results:public-question", args=[published.pk, 1]) + "?lang=en" in client.get(edition).text


def test_a_file_is_made_once_for_all_who_ask_and_is_the_same_at_every_moment(published, client, monkeypatch):
    for form in FORMS:
        address = reverse("results:public-file", args=[published.pk, form])
        first, other = read(client.get(f"{address}?lang=ja")), read(client.get(f"{address}?lang=en"))
        assert first != other, form
        with monkeypatch.context() as patch:
            patch.delattr(exports, "file_of")
            assert read(client.get(f"{address}?lang=ja")) == first, form


def test_a_file_that_would_tell_of_a_few_is_not_handed_out_though_it_was_made_before(published, client):
    address = reverse("results:public-file", args=[published.pk, "csv"])
    assert client.get(address).status_code == 200
    row = published.questions.get(question="gate")
    published.questions.filter(pk=row.pk).update(shown=row.figures)
    refused = client.get(address)
    assert refused.status_code == 403
    assert "public" not in refused.headers["Cache-Control"]
    # Which figure a handful stand behind is told the ministry alone.
    assert "鳥取" not in refused.text and "gate" not in refused.text


def test_public_files_and_pages_keep_back_what_would_tell_of_a_few(published, client):
    rows = client.get(reverse("results:public-file", args=[published.pk, "csv"]) + "?lang=en").getvalue()
    tottori = [row for row in csv.DictReader(io.StringIO(rows.decode("utf-8-sig"))) if row["Class"] == "Tottori"]
    assert {row["Number of institutions"] for row in tottori} >= {"12", "＊"}
    page = client.get(reverse("results:public-question", args=[published.pk, 1]) + "?lang=en").text
    row = page[page.index(">Tottori</th>") :].partition("</tr>")[0]
    assert "＊" in row
    assert client.get(reverse("results:public-question", args=[published.pk, 99])).status_code == 404
    assert client.get(reverse("results:public-file", args=[published.pk, "exe"])).status_code == 404


def test_a_demonstration_says_so_on_what_everybody_reads(published, client, settings):
    addresses = [reverse("results:published"), reverse("results:public", args=[published.pk])]
    assert all('class="banner' not in client.get(address).text for address in addresses)
    settings.SONAE_ENVIRONMENT, settings.SONAE_SYNTHETIC = "demo", True
    for address in addresses:
        page = client.get(address).text
        assert 'class="banner environment"' in page and "実演環境" in page and "合成データ" in page
