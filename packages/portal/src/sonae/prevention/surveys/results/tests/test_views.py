import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from sonae.core.institutions.models import ImportRun
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import ImportKind, ImportStatus, Population
from sonae.prevention.surveys.results import exports, origin, queries, services
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.results.vocabulary import ResultStage, ResultState

pytestmark = pytest.mark.django_db


def test_an_officer_has_figures_counted_on_a_page_and_sees_all_of_them(campaign, officer, now):
    address = reverse("results:list", args=[campaign.pk])
    page = officer.client.get(address).content.decode()
    assert "Count a new edition" in page
    answer = officer.client.post(
        reverse("results:count", args=[campaign.pk]), {"stage": "preliminary", "as_of": "2026-11-23T17:00"}
    )
    assert answer.status_code == 302, answer.content.decode()
    edition = ResultEdition.objects.get()
    assert edition.state == ResultState.COUNTING
    assert "Cancel the counting" in officer.client.get(address).content.decode()
    services.carry_out(edition.pk, now=now)
    page = officer.client.get(reverse("results:detail", args=[edition.pk]) + "?by=all").content.decode()
    assert "36 <small>100.0%</small>" in page
    assert "＊" not in page
    assert "Tottori" in page


def test_a_moment_that_is_not_over_is_refused_with_a_reason(campaign, officer):
    said = {"stage": "preliminary", "as_of": "2026-11-24T17:00"}
    answer = officer.client.post(reverse("results:count", args=[campaign.pk]), said)
    assert answer.status_code == 422
    assert "at least a minute ago" in answer.content.decode()


def test_others_see_published_figures_with_small_ones_kept_back(edition, officer, manager, now):
    address = reverse("results:detail", args=[edition.pk]) + "?by=prefecture"
    assert manager.client.get(address).status_code == 404
    services.publish(edition.pk, by=officer.viewer, now=now)
    page = manager.client.get(address).content.decode()
    row = page[page.index(">Tottori</th>", page.index('id="q1"')) :].partition("</tr>")[0]
    assert "＊" in row
    assert "kept back" in page


def test_the_page_asks_the_database_as_often_for_many_questions_as_for_one(
    edition, officer, django_assert_max_num_queries
):
    client = officer.client
    client.get(reverse("results:detail", args=[edition.pk]))
    with django_assert_max_num_queries(12):
        client.get(reverse("results:detail", args=[edition.pk]) + "?by=all")


def test_each_share_in_bars_and_maps_stands_beside_its_number_and_denominator(edition, officer):
    page = officer.client.get(reverse("results:question", args=[edition.pk, 1])).content.decode()
    bars = page[page.index('<figure class="chart">') :].partition("</figure>")[0]
    assert "Yes (9 / 36)</text>" in bars
    assert "No (27 / 36)</text>" in bars
    assert "25 %</text>" in bars
    tile = page[page.index('<span class="tile-name">Tottori</span>') :].partition("</li>")[0]
    assert '<span class="visually-hidden">1 / 12</span>' in tile
    rates = officer.client.get(reverse("results:detail", args=[edition.pk])).content.decode()
    tile = rates[rates.index('<span class="tile-name">Tottori</span>') :].partition("</li>")[0]
    assert '<span class="visually-hidden">12 / 12</span>' in tile


def test_the_printed_tables_say_the_denominator_in_each_cell(edition, officer):
    sheet = queries.sheet_of(edition, officer.viewer, position=1)
    with translation.override("en"):
        cells = exports.section_of(sheet, sheet.questions[1])["table"]["rows"][0]
    assert cells == ["All", "36", "9 / 36 (25.0%)", "27 / 36 (75.0%)"]


def test_a_question_alone_has_its_map_and_all_breakdowns(edition, officer):
    page = officer.client.get(reverse("results:question", args=[edition.pk, 1])).content.decode()
    assert "Share by prefecture" in page
    assert officer.client.get(reverse("results:question", args=[edition.pk, 99])).status_code == 404


def test_what_changed_between_two_editions_is_said_figure_by_figure(campaign, edition, officer, now):
    late = an_institution(population=Population.SYNTHETIC)
    assert a_response_of(campaign, late, "yes", now=now) is None, "whoever is not asked is not counted"
    second = an_edition_of(campaign, by=officer.viewer, now=now)
    address = reverse("results:changes", args=[second.pk, edition.pk])
    assert "No figure changed." in officer.client.get(address).content.decode()


def test_the_files_say_what_they_count_and_mark_what_is_kept_back(edition, officer, manager, now):
    services.publish(edition.pk, by=officer.viewer, now=now)
    whole = officer.client.get(reverse("results:export", args=[edition.pk, "csv"]))
    rows = list(csv.DictReader(io.StringIO(whole.getvalue().decode("utf-8-sig"))))
    everybody = next(row for row in rows if row["Question"] == "gate" and row["Class"] == "All")
    assert everybody["As of (Japan time)"] == "2026-11-23 17:58"
    assert everybody["Number of institutions"] == "36"
    public = manager.client.get(reverse("results:export", args=[edition.pk, "csv"])).getvalue().decode("utf-8-sig")
    assert "＊" in public
    book = manager.client.get(reverse("results:export", args=[edition.pk, "xlsx"]))
    sheet = load_workbook(io.BytesIO(b"".join(book.streaming_content)))
    assert sheet.sheetnames == ["Rows of the list", "About this list"]
    pdf = manager.client.get(reverse("results:export", args=[edition.pk, "pdf"]))
    assert pdf.content.startswith(b"%PDF")
    assert manager.client.get(reverse("results:export", args=[edition.pk, "exe"])).status_code == 404


def test_what_the_older_coding_cannot_hold_is_said(edition, officer):
    content, lost = exports.in_cp932(iter(["一般,葛\U000e0100城,𠮷野\r\n"]))
    assert content.decode("cp932") == "一般,葛〓城,〓野\r\n"
    assert lost == "\U000e0100𠮷"
    answer = officer.client.get(reverse("results:export", args=[edition.pk, "cp932.csv"]))
    assert answer.content.decode("cp932").startswith("Edition,")


def test_before_an_edition_is_out_for_ever_its_page_says_which_one_it_is_and_what_speaks_against_it(
    campaign, edition, officer, now
):
    address = reverse("results:publish", args=[edition.pk])
    assert f'href="{address}"' in officer.client.get(reverse("results:list", args=[campaign.pk])).text
    newer = an_edition_of(campaign, by=officer.viewer, now=now)
    page = officer.client.get(address).text
    for said in ("Preliminary figures, edition 1", "17:58", "36", "100.0%", "not the newest edition", "still open"):
        assert said in page
    edition.refresh_from_db()
    assert edition.published_at is None, "to look is not to publish"
    officer.client.post(reverse("results:publish", args=[newer.pk]))
    newer.refresh_from_db()
    assert newer.published_at is not None


def test_an_edition_to_which_nobody_had_handed_in_is_not_published(campaign, officer, now):
    before_all = now - timedelta(days=2)
    empty = services.begin_edition(
        campaign.pk, stage=ResultStage.PRELIMINARY, as_of=before_all, by=officer.viewer, now=now
    )
    services.carry_out(empty.pk, now=now)
    address = reverse("results:publish", args=[empty.pk])
    assert "Nobody had handed in" in officer.client.get(address).text
    assert "Nobody had handed in" in officer.client.post(address).text
    empty.refresh_from_db()
    assert (empty.submitted_count, empty.published_at) == (0, None)


def a_list_of(day, now):
    """A published list of a day, read into the register before the survey was opened."""
    return ImportRun.objects.create(
        kind=ImportKind.REGISTER, status=ImportStatus.DONE, file_name="list.csv", as_of=day, started_at=now,
        finished_at=now,
    )  # fmt: skip


def test_every_file_says_how_many_were_asked_and_answered_by_which_register_and_when_it_was_counted(
    campaign, edition, officer, now
):
    for day in (date(2025, 10, 1), date(2025, 12, 1), date(2027, 1, 1)):
        a_list_of(day, now)
    a_list_of(date(2026, 1, 1), now + timedelta(days=9))  # read after the survey was opened
    address = lambda form: reverse("results:export", args=[edition.pk, form])  # noqa: E731
    row = next(csv.DictReader(io.StringIO(officer.client.get(address("csv")).getvalue().decode("utf-8-sig"))))
    told = {
        "Edition": "Preliminary figures, edition 1",
        "Institutions asked in all": "36",
        "Institutions that handed in": "36",
        "Response rate in per cent": "100.0",
        "Reference date of the register": "2026-11-23",
        "Published list as of": "2025-12-01",
        "Counted at (Japan time)": "2026-11-23 18:00",
    }
    assert {name: row[name] for name in told} == told
    book = load_workbook(io.BytesIO(b"".join(officer.client.get(address("xlsx")).streaming_content)))
    about = {line[0].value: line[1].value for line in book.worksheets[-1].iter_rows()}
    assert about["Institutions asked"] == "36" and about["Response rate"] == "100.0%"
    assert "2025" in about["Published list behind the register"]
    assert "Published list as of" not in about, "the reference date of a survey is no list's"
    sheet = queries.sheet_of(edition, officer.viewer)
    facts = dict(exports.report_of(sheet)["sections"][0]["facts"])
    assert (facts["Institutions asked"], facts["Institutions that handed in"]) == ("36", "36")
    assert facts["Counted"] == edition.counted_at and facts["Reference date of the register"] == now.date()


def test_where_no_published_list_was_read_the_files_say_so(edition, officer):
    assert origin.origin_of(edition).list_on is None
    page = officer.client.get(reverse("results:detail", args=[edition.pk])).text
    assert "None: entered by hand, or made up" in page


def test_final_figures_before_the_end_are_refused_beside_the_stage(campaign, officer):
    said = {"stage": "final", "as_of": "2026-11-23T17:00"}
    answer = officer.client.post(reverse("results:count", args=[campaign.pk]), said)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == ["stage"] and "Final figures are counted once the survey has closed" in errors["stage"][0]
