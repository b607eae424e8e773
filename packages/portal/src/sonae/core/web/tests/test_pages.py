import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web import context, statuses, theme

WEB = Path(__file__).parent.parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))

pytestmark = pytest.mark.django_db


class Inline(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names and names.get("type") != "application/json"):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]


def inline_code_in(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


def sign_in_page(language: str) -> str:
    client = Client(headers={"cookie": f"sonae_language={language}"})
    return client.get(reverse("account_login")).content.decode()


def style_guide(language: str, settings) -> str:
    settings.DEBUG = True
    client = Client(headers={"cookie": f"sonae_language={language}"})
    return client.get(reverse("web:styleguide")).content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_style_guide_shows_everything_without_inline_code(language, settings):
    html = style_guide(language, settings)
    assert f'<html lang="{language}">' in html
    assert inline_code_in(html) == []
    assert html.count("<h1>") == 1
    assert html.count("<main") == 1
    assert 'class="skip-link" href="#main"' in html


def test_every_id_on_the_style_guide_is_unique(settings):
    ids = re.findall(r'\sid="([^"]+)"', style_guide("ja", settings))
    assert sorted(ids) == sorted(set(ids))


def test_the_style_guide_says_that_its_data_are_synthetic(settings):
    assert "合成データ" in style_guide("ja", settings)
    assert "Synthetic data" in style_guide("en", settings)


def test_the_style_guide_is_for_operators_only(settings):
    settings.DEBUG = False
    assert Client().get(reverse("web:styleguide")).status_code == 404


def test_other_roles_do_not_learn_that_there_is_a_style_guide(operator, colleague, settings):
    settings.DEBUG = False
    assert colleague.client.get(reverse("web:styleguide")).status_code == 404
    assert operator.client.get(reverse("web:styleguide")).status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_sign_in_page_carries_no_inline_code(language):
    html = sign_in_page(language)
    assert inline_code_in(html) == []
    assert "備え Sonae にログイン" in html if language == "ja" else "Sign in to Sonae" in html


def test_the_policy_allows_nothing_inline():
    policy = Client().get(reverse("account_login")).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB / "templates")))
def test_no_template_carries_inline_code(path):
    source = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", source)
    for tag in re.findall(r"<script[^>]*>", source):
        assert " src=" in tag


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB / "templates")))
def test_every_template_compiles(path):
    name = str(path.relative_to(WEB / "templates"))
    assert get_template(name).origin.template_name == name


@pytest.mark.parametrize(
    ("cookie", "media"),
    [
        (None, "screen and (prefers-color-scheme: dark)"),
        ("dark", "screen"),
        ("light", "not all"),
        ("nonsense", "screen and (prefers-color-scheme: dark)"),
    ],
)
def test_the_dark_sheet_applies_as_the_viewer_chose(cookie, media):
    assert theme.DARK_MEDIA[theme.chosen(cookie)] == media


def test_the_theme_is_kept_in_a_cookie():
    client = Client()
    response = client.post(reverse("web:set-theme"), {"theme": "dark", "next": reverse("account_login")})
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("account_login")
    assert response.cookies[theme.COOKIE].value == "dark"
    assert 'dark.css" media="screen"' in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "", "javascript:alert(1)"])
def test_the_theme_switch_does_not_lead_elsewhere(target):
    response = Client().post(reverse("web:set-theme"), {"theme": "dark", "next": target})
    assert response.headers["Location"] == "/"


def test_looking_does_not_change_the_theme():
    assert Client().get(reverse("web:set-theme")).status_code == 405


def problem(status: int, language: str, **facts: object) -> str:
    request = RequestFactory().get("/x/")
    request.viewer = Viewer.anonymous()
    with translation.override(language):
        return render_to_string("web/problem.html", {"status": status, **facts}, request=request)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("status", [*statuses.STATUSES, 418, 502])
def test_a_problem_page_says_what_happened_why_and_what_next(status, language):
    html = problem(status, language, request_id="abc123")
    known = statuses.words_for(status)
    with translation.override(language):
        for part in (known.title, known.reason, known.advice):
            assert str(part) in html
    assert "abc123" in html
    assert inline_code_in(html) == []


def test_a_problem_page_prefers_the_exact_reason():
    html = problem(
        409, "en", reason="First line.\nSecond line.", what_to_do="Do this.", back_url="/back/", facts=[("a", "b")]
    )
    assert "First line.<br>Second line." in html
    assert "Do this." in html
    assert 'href="/back/"' in html
    assert str(statuses.words_for(409).reason) not in html


def test_every_status_of_the_problem_pages_has_japanese_words():
    with translation.override("ja"):
        for words in statuses.STATUSES.values():
            for sentence in (words.title, words.reason, words.advice):
                assert re.search(r"[ぁ-ん]", str(sentence)), sentence


def test_the_last_resort_page_needs_neither_request_nor_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = render_to_string("500.html")
    assert "エラーが発生しました" in html
    assert "Something went wrong" in html
    assert inline_code_in(html) == []


def test_the_frame_costs_no_query_for_a_stranger(django_assert_num_queries):
    request = RequestFactory().get("/x/")
    request.viewer = Viewer.anonymous()
    with django_assert_num_queries(0):
        facts = context.page(request)["page"]
    assert not facts.is_signed_in
    assert facts.navigation == ()
    assert facts.account_name == ""


def test_banners_tell_that_this_is_not_production(settings):
    settings.SONAE_ENVIRONMENT = "演習環境"
    html = sign_in_page("ja")
    assert "演習環境" in html
    assert "本番環境ではありません" in html


@pytest.mark.parametrize(("language", "said"), [("ja", "実演環境"), ("en", "Demonstration")])
def test_a_known_environment_is_told_in_words(settings, language, said):
    settings.SONAE_ENVIRONMENT = "demo"
    html = sign_in_page(language)
    assert f"<strong>{said}</strong>" in html
    assert ">demo<" not in html
