import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import django_tables2 as tables
import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory, override_settings
from django.utils import translation

from sonae.core.accounts.vocabulary import Role
from sonae.core.web import listing, sheets

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class TypeTable(listing.Table):
    id = listing.NumberColumn()
    model = tables.Column()

    class Meta(listing.Table.Meta):
        model = ContentType
        fields = ("id", "app_label", "model")
        order_by = "model"


class TypeFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("app_label", "model"))

    class Meta:
        model = ContentType
        fields = ("app_label",)


@pytest.fixture(autouse=True)
def page_with_rows(settings):
    templates = [{**settings.TEMPLATES[0], "DIRS": [HERE / "templates"]}]
    with override_settings(TEMPLATES=templates), translation.override("en"):
        yield


@pytest.fixture
def types():
    for number in range(60):
        ContentType.objects.create(app_label="sample", model=f"thing{number:02d}")
    ContentType.objects.create(app_label="sample", model="=cmd|' /c calc'!A0")
    return ContentType.objects.filter(app_label="sample")


def ask(queryset, query="", **headers):
    request = RequestFactory().get(f"/types/{query}", headers=headers)
    request.now = NOW
    return listing.respond(
        request,
        table=TypeTable,
        filterset=TypeFilter,
        queryset=queryset,
        template="listing_page.html",
        filename="types",
    )


def text_of(response):
    return response.content.decode()


def test_a_list_counts_everything_and_shows_one_page(types):
    drawn = text_of(ask(types))
    assert "61 entries" in drawn
    assert "Mon 23 Nov 2026 06:00 JST" in drawn
    assert drawn.count('<td class="numeric">') == 25
    assert 'aria-sort="ascending"' in drawn


def test_pages_do_not_overlap_and_lose_nothing(types):
    seen = []
    for page in (1, 2, 3):
        seen += [row.record.pk for row in rows_of(ask_context(types, f"?page={page}"))]
    assert len(seen) == len(set(seen)) == 61


def test_a_list_that_may_be_empty_says_so():
    assert "There is nothing to show." in text_of(ask(ContentType.objects.none()))


def test_links_of_the_same_text_are_told_apart_by_their_rows_for_who_listens():
    class NamedTable(listing.Table):
        app_label = listing.LinkColumn("types:detail", told_apart_by=("model", "id"))

        class Meta(listing.Table.Meta):
            model = ContentType
            fields = ("app_label",)

    row = ContentType(pk=1_234, app_label="a<b", model="m")
    NamedTable.base_columns["app_label"].link.compose_url = lambda **_: "/x/"
    hidden = '<span class="visually-hidden"> – m, 1,234</span>'
    assert NamedTable([row]).rows[0].get_cell("app_label") == f'<a href="/x/">a&lt;b{hidden}</a>'
    assert NamedTable([row]).rows[0].get_cell_value("app_label") == "a<b"
    row.model, row.pk = "", None
    assert NamedTable([row]).rows[0].get_cell("app_label") == '<a href="/x/">a&lt;b</a>'


def ask_context(queryset, query):
    """The table that a page of the list would draw."""
    drawn = []

    class Spy(TypeTable):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            drawn.append(self)

    request = RequestFactory().get(f"/types/{query}")
    request.now = NOW
    listing.respond(request, table=Spy, queryset=queryset, template="listing_page.html", filename="types")
    return drawn[0]


def rows_of(table):
    return table.paginated_rows


def test_equal_values_keep_their_places(types):
    table = ask_context(types, "?sort=app_label")
    assert tuple(table.data.data.query.order_by) == ("app_label", "pk")


@pytest.mark.parametrize(("page", "shown"), [("0", 1), ("-3", 1), ("x", 1), ("99", 3), ("9" * 30, 1), ("²", 1)])
def test_a_page_that_does_not_exist_leads_to_one_that_does(types, page, shown):
    assert ask_context(types, f"?page={page}").page.number == shown


@pytest.mark.parametrize(("asked", "per_page"), [("50", 50), ("200", 200), ("100000", 25), ("x", 25)])
def test_only_the_offered_page_sizes_are_taken(types, asked, per_page):
    assert ask_context(types, f"?per_page={asked}").paginator.per_page == per_page


def test_an_unknown_order_is_no_order(types):
    assert text_of(ask(types, "?sort=password&sort=-model"))
    assert ask_context(types, "?sort=-model").page.object_list[0].record.model == "thing59"


def test_every_word_of_a_search_must_occur_and_width_does_not_matter(types):
    assert "1 entry" in text_of(ask(types, "?q=sample thing07"))
    assert "1 entry" in text_of(ask(types, "?q=ＴＨＩＮＧ０７"))
    assert "Nothing fits these conditions" in text_of(ask(types, "?q=thing07 thing08"))


def test_a_search_is_text_and_not_a_pattern(types):
    assert "Nothing fits" in text_of(ask(types, "?q=thing%25"))
    assert "Nothing fits" in text_of(ask(types, "?q=thing_7"))


def test_a_search_that_cannot_be_understood_shows_why_and_no_rows(types):
    drawn = text_of(ask(types, "?q=%00"))
    assert "error-summary" in drawn
    assert "Nothing fits" in drawn


def test_links_keep_the_conditions(types):
    drawn = text_of(ask(types, "?q=thing&per_page=50"))
    assert "?q=thing&amp;per_page=50&amp;page=2" in drawn
    assert "?q=thing&amp;per_page=50&amp;sort=id" in drawn
    assert '<input type="hidden" name="per_page" value="50" form="list-filter">' in drawn


def test_htmx_gets_the_rows_alone_and_caches_are_told(types):
    response = ask(types, "?q=thing07", **{"HX-Request": "true"})
    assert "<html" not in text_of(response)
    assert text_of(response).lstrip().startswith('<div id="rows">')
    assert "HX-Request" in response.headers["Vary"]
    assert "HX-Request" in ask(types).headers["Vary"]
    assert "<html" in text_of(ask(types, **{"HX-Request": "true", "HX-History-Restore-Request": "true"}))


def test_the_number_of_queries_does_not_grow_with_the_rows(types, django_assert_num_queries):
    with django_assert_num_queries(2):
        ask(types, "?per_page=25")
    with django_assert_num_queries(2):
        ask(types, "?per_page=200")


def read_csv(response):
    raw = b"".join(response.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def read_xlsx(response):
    raw = b"".join(response.streaming_content)
    response.close()
    return openpyxl.load_workbook(io.BytesIO(raw)).active


def test_csv_holds_every_filtered_row_in_the_order_asked_for(types):
    response = ask(types, "?q=thing&sort=-model&export=csv")
    rows = read_csv(response)
    assert len(rows) == 61
    assert rows[0] == ["ID", "App label", "Python model class name"]
    assert [rows[1][2], rows[-1][2]] == ["thing59", "thing00"]
    assert response.headers["Content-Disposition"] == 'attachment; filename="types-20261123-0600-filtered.csv"'


def test_what_a_spreadsheet_would_run_stays_text(types):
    cells = [row[2] for row in read_csv(ask(types, "?export=csv"))]
    assert "'=cmd|' /c calc'!A0" in cells
    sheet = read_xlsx(ask(types, "?export=xlsx"))
    cell = next(row[2] for row in sheet.iter_rows() if str(row[2].value).startswith("=cmd"))
    assert cell.data_type == "s"


def test_xlsx_holds_numbers_as_numbers(types):
    sheet = read_xlsx(ask(types, "?export=xlsx"))
    assert sheet.max_row == 62
    assert sheet["A2"].data_type == "n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "＝", "＠", "  =1"])
def test_every_start_of_a_formula_is_disarmed(start):
    assert sheets.harmless(f"{start}A1") == f"'{start}A1"


@pytest.mark.parametrize("text", ["", "医療法人 備え会", "a=b", "1-2"])
def test_other_text_is_left_alone(text):
    assert sheets.harmless(text) == text


def test_moments_days_and_long_texts_survive_a_workbook():
    file = io.BytesIO()
    rows = [[NOW, date(2026, 11, 23), None, True, 1.5, "x" * 40_000, "=1+1"]]
    sheets.write_workbook(file, list("abcdefg"), rows)
    values = [cell.value for cell in openpyxl.load_workbook(file).active[2]]
    assert values[0] == datetime(2026, 11, 23, 6, 0)
    assert values[1] == datetime(2026, 11, 23)
    assert values[2:5] == [None, True, 1.5]
    assert len(values[5]) == sheets.LONGEST_CELL
    assert values[5].endswith(sheets.CUT_MARK)
    assert values[6] == "=1+1"


def test_rows_beyond_the_end_of_a_sheet_go_on_in_another(monkeypatch):
    monkeypatch.setattr(sheets, "ROWS_PER_SHEET", 4)
    file = io.BytesIO()
    sheets.write_workbook(file, ["n"], [[number] for number in range(7)])
    book = openpyxl.load_workbook(file)
    found = [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book.worksheets]
    assert found == [[0, 1, 2], [3, 4, 5], [6]]


def test_an_empty_workbook_still_has_its_headings():
    file = io.BytesIO()
    sheets.write_workbook(file, ["n"], [])
    assert openpyxl.load_workbook(file).active["A1"].value == "n"


def test_a_workbook_says_what_it_is_as_of_when_and_what_was_asked_for():
    file = io.BytesIO()
    about = sheets.About(
        title="Register", read_at=NOW, data_as_of=date(2025, 12, 1), conditions=(("Kind", "Hospital"),)
    )
    sheets.write_workbook(file, ["n"], [[1]], about=about)
    book = openpyxl.load_workbook(file)
    assert [row[0].value for row in book.worksheets[0].iter_rows()] == ["n", 1]
    told = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows()}
    assert book.worksheets[-1].title == "About this list"
    assert told["Name of the list"] == "Register"
    assert told["Read at (Japan time)"] == datetime(2026, 11, 23, 6, 0)
    assert told["Published list as of"] == datetime(2025, 12, 1)
    assert told["Kind"] == "Hospital"


def test_the_name_of_a_file_tells_the_minute_and_that_it_is_not_the_whole_list(types):
    whole, part = ask(types, "?export=csv"), ask(types, "?export=csv&q=thing0")
    assert re.search(r'filename="types-\d{8}-\d{4}\.csv"', whole.headers["Content-Disposition"])
    assert re.search(r'filename="types-\d{8}-\d{4}-filtered\.csv"', part.headers["Content-Disposition"])


class ColumnTable(listing.Table):
    role = listing.EnumColumn(Role)
    day = listing.DateColumn()
    at = listing.MomentColumn()
    hidden = tables.Column(exclude_from_export=True)


def test_columns_show_words_and_export_values():
    table = ColumnTable([{"role": "staff", "day": date(2026, 11, 23), "at": NOW, "hidden": "x"}])
    cells = [str(cell) for cell in table.rows[0]]
    assert cells[0] == "Staff"
    assert "Mon 23 Nov 2026" in cells[1]
    assert "06:00 JST" in cells[2]
    assert sheets.header_of(table) == ["Role", "Day", "At"]
    assert list(sheets.rows_of(table)) == [["Staff", date(2026, 11, 23), NOW]]
    assert "2026-11-23,2026-11-23 06:00" in "".join(sheets.csv_lines(["h"], sheets.rows_of(table)))


def test_a_file_speaks_the_language_of_the_request_even_when_it_is_sent_later():
    with translation.override("ja"):
        rows = sheets.rows_of(ColumnTable([{"role": "staff", "day": None, "at": None, "hidden": ""}]))
        japanese = str(listing.EnumColumn(Role).value("staff"))
        next_row = next(rows)
    assert next_row[0] == japanese


def test_a_filter_offers_the_words_of_a_vocabulary():
    class RoleFilter(listing.FilterSet):
        codename = listing.EnumFilter(Role, field_name="codename")

        class Meta:
            model = Permission
            fields = ()

    drawn = str(RoleFilter({}, queryset=Permission.objects.all()).form)
    assert ">Inspector</option>" in drawn
    assert ">All</option>" in drawn


def test_the_search_stands_before_the_other_conditions():
    assert list(TypeFilter.base_filters) == ["q", "app_label"]
