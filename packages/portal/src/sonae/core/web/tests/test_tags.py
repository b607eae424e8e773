import re
from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils.translation import override

from sonae.core.accounts.vocabulary import AccountRefusal, Role
from sonae.core.web import charts
from sonae.core.web.components import DutyCard, Moment, Step, StepState, Tone
from sonae.kernel.decision import ALLOWED, Refused

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
REFUSED = Refused(AccountRefusal.INVITATION_USED)


def draw(source: str, /, language: str = "en", **context: object) -> str:
    with override(language):
        return Template("{% load sonae_web %}" + source).render(Context(context))


def draw_component(name: str, /, **arguments: object) -> str:
    return draw(f'{{% include "web/components/{name}.html" %}}', **arguments)


def test_a_stored_text_is_shown_in_the_words_of_its_vocabulary():
    assert draw('{{ role|labelled:"accounts.Role" }}', role="staff") == "Staff"
    assert draw("{{ role|labelled }}", role=Role.STAFF) == "Staff"
    assert draw("{{ nothing|labelled }}") == ""


def test_moments_and_days_are_machine_readable_too():
    assert draw("{{ at|jst }}", at=NOW) == (
        '<time datetime="2026-11-22T21:00:00+00:00">Mon 23 Nov 2026 06:00 JST</time>'
    )
    assert draw("{{ at|jst }}{{ at|jdate }}", at=None) == ""


@pytest.mark.parametrize("decision", [ALLOWED, REFUSED])
def test_a_button_of_a_row_says_to_who_listens_of_which_row(decision):
    drawn = draw_component("post_button", label="End", of="<b>", action="/x/", decision=decision)
    assert 'End<span class="visually-hidden"> – &lt;b&gt;</span></button>' in drawn
    assert "visually-hidden" not in draw_component("post_button", label="End", action="/x/", decision=decision)


def test_text_from_people_is_escaped_everywhere():
    evil = "<script>alert(1)</script>"
    drawn = "".join(
        [
            draw_component("badge", text=evil),
            draw_component("notice", text=evil, title=evil),
            draw_component("facts", items=[(evil, evil)]),
            draw_component("timeline", items=[Moment(NOW, evil, evil, evil)]),
            draw_component("steps", items=[Step(evil, StepState.TODO)]),
            draw_component("copy", text=evil, label=evil),
            draw_component("stat", value=1, unit=evil, what=evil),
            draw_component("empty", title=evil, text=evil),
            draw_component("button", label=evil),
            draw("{% bar_chart title=evil bars=bars unit=evil %}", evil=evil, bars=[charts.Bar(evil, 1)]),
            draw(
                "{% tile_map title=evil cells=cells unit=evil %}", evil=evil, cells={"01": charts.Cell(1, evil, evil)}
            ),
        ]
    )
    assert "<script" not in drawn


def test_a_refused_button_stays_visible_and_says_why():
    drawn = draw_component("button", label="Accept", decision=REFUSED)
    assert "disabled" in drawn
    assert "This invitation has already been used." in drawn
    allowed = draw_component("button", label="Accept", decision=ALLOWED)
    assert "disabled" not in allowed
    assert draw_component("button", label="Go", href="/x").startswith("<a ")


def test_a_post_button_carries_the_token_or_the_reason():
    drawn = draw_component("post_button", label="End", action="/end", csrf_token="t0ken", confirm="Really?")
    assert 'method="post" action="/end"' in drawn
    assert 'value="t0ken"' in drawn
    assert 'data-confirm="Really?"' in drawn
    assert "<form" not in draw_component("post_button", label="End", action="/end", decision=REFUSED)


@pytest.mark.parametrize(
    ("given", "shown", "css"),
    [
        ("red", "TLP:RED", "red"),
        ("AMBER_STRICT", "TLP:AMBER+STRICT", "amber-strict"),
        ("TLP:AMBER+STRICT", "TLP:AMBER+STRICT", "amber-strict"),
        ("amber-strict", "TLP:AMBER+STRICT", "amber-strict"),
        ("TLP:CLEAR", "TLP:CLEAR", "clear"),
    ],
)
def test_a_tlp_label_is_written_as_first_writes_it(given, shown, css):
    drawn = draw_component("tlp", tlp=given)
    assert f">{shown}<" in drawn
    assert f'class="tlp {css}"' in drawn


@pytest.mark.parametrize("tone", Tone)
def test_every_tone_has_a_shape_besides_its_colour(tone):
    assert "<svg" in draw_component("badge", text="x", tone=tone)


def test_a_number_says_what_it_counts_of_how_many_and_as_of_when():
    drawn = draw_component("stat", value=5120, unit="institutions", what="Opened", of=7640, as_of=NOW)
    text = re.sub(r"<[^>]+>", " ", drawn)
    for part in ("Opened", "5,120", "institutions", "of 7,640 (67.0%)", "As of Mon 23 Nov 2026 06:00 JST"):
        assert part in text


def test_an_unverified_source_is_marked():
    assert "To be confirmed" in draw_component("citation", source="s", unverified=True)
    assert "To be confirmed" not in draw_component("citation", source="s")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://example.jp", "//example.jp", ""])
def test_a_source_links_to_the_web_alone(url):
    assert "href" not in draw_component("citation", source="s", url=url)
    assert 'href="https://example.jp/a"' in draw_component("citation", source="s", url="https://example.jp/a")


def test_a_duty_shows_its_end_its_reason_and_its_rule():
    duty = DutyCard(
        "Read it", datetime(2026, 11, 23, 15, 0, tzinfo=UTC), "because", "Guideline", "/d/1", place="Hospital"
    )
    drawn = draw('{% include "web/components/duty_card.html" with duty=duty only %}', duty=duty)
    assert "until" in drawn
    for part in ("Read it", "because", "Guideline", "/d/1", "Hospital"):
        assert part in drawn


CHARTS = {
    "bars": (
        "{% bar_chart title='T' bars=rows unit='u' %}",
        [charts.Bar("first", 3, "/x"), charts.Bar("second", 1200)],
    ),
    "stacks": ("{% stacked_chart title='T' series=series rows=rows unit='u' %}", [charts.Stack("first", (3, 1200))]),
    "line": ("{% line_chart title='T' points=rows unit='u' %}", [charts.Point("first", 3), charts.Point("x", 1200)]),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_name_a_description_and_a_twin_table_with_the_same_numbers(name):
    source, rows = CHARTS[name]
    drawn = draw(source, rows=rows, series=["a", "b"])
    assert '<svg role="img"' in drawn
    assert "<title>T</title>" in drawn
    assert "<desc>" in drawn
    table = drawn[drawn.index("<table") :]
    assert "first" in table
    assert "1,200" in table
    assert "style=" not in drawn


def test_every_tile_with_an_address_can_be_reached_with_the_keyboard():
    drawn = draw(
        "{% tile_map title='T' cells=cells unit='u' %}",
        cells={"13": charts.Cell(5, "/tokyo"), "27": charts.Cell(7, "/osaka"), "01": charts.Cell(3)},
    )
    assert drawn.count("<li class=") >= 47
    assert 'href="/tokyo"' in drawn
    assert drawn.count("<a ") == 2


def test_a_sparkline_and_a_heat_table_are_drawn():
    assert "<title>T</title>" in draw("{% sparkline title='T' values=values %}", values=[1, 2, 3])
    drawn = draw(
        "{% heat_table title='T' columns=columns rows=rows unit='u' %}",
        columns=["4"],
        rows=[charts.HeatRow("r", (10,))],
    )
    assert "level-5" in drawn
    assert 'scope="row"' in drawn


def test_capture_fills_the_title_and_the_heading_from_one_block():
    assert draw("{% capture x %} a <b> {% endcapture %}[{{ x }}|{{ x }}]") == "[a <b>|a <b>]"


def test_ago_due_and_percent_are_written_out():
    class Request:
        now = NOW

    drawn = draw(
        "{% ago at %}|{% due end %}|{% percent 1 4 %}|{{ 1500|filesize_short }}|{{ none|number }}",
        at=datetime(2026, 11, 22, 18, 0, tzinfo=UTC),
        end=datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
        request=Request(),
        none=None,
    )
    assert "3 hours ago" in drawn
    assert 'class="due overdue"' in drawn
    assert "25.0% (1 of 4)" in drawn
    assert "1.5 kB|–" in drawn
