"""What was so of an institution stays known, with the day on which it ended and who said so."""

import csv
import datetime as dt

import pytest

from sonae.core.institutions import queries, services
from sonae.core.institutions.models import Institution, InstitutionChange, Jurisdiction
from sonae.core.institutions.testing import NOW, an_institution
from sonae.core.institutions.vocabulary import ChangedField

pytestmark = pytest.mark.django_db
HEADER = ["ID", "正式名称", "機関区分", "都道府県コード", "市区町村コード", "所在地", "一般病床", "合計病床数"]
SPRING, SUMMER, AUTUMN = dt.date(2026, 3, 1), dt.date(2026, 6, 1), dt.date(2026, 9, 1)


def a_row(code, *, kind="1", prefecture="01", municipality="101", address="北海道札幌市"):
    return [code, f"{code}病院", kind, prefecture, municipality, address, "150", "150"]


def read(tmp_path, day, *rows):
    path = tmp_path / f"list_{day:%Y%m%d}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return services.import_register(path, by=None, now=NOW)


def history(**which):
    rows = InstitutionChange.objects.filter(**which).order_by("id")
    return [(change.field, change.before, change.after, change.as_of) for change in rows]


def then(day, code="A"):
    row = queries.as_of(day).get(register_code=code)
    return row.kind_then, row.prefecture_then, row.jurisdiction_then


def test_a_list_that_moves_an_institution_leaves_its_former_place_in_the_history(tmp_path):
    read(tmp_path, SPRING, a_row("A"), a_row("B"))
    run = read(tmp_path, SUMMER, a_row("A", municipality="202", address="北海道函館市"), a_row("B"))
    assert history() == [
        ("municipality", "01101", "01202", SUMMER),
        ("jurisdiction", "01100", "01202", SUMMER),
        ("address", "北海道札幌市", "北海道函館市", SUMMER),
    ]
    assert {change.import_run for change in InstitutionChange.objects.all()} == {run}


def test_reading_the_same_list_again_adds_no_history(tmp_path):
    read(tmp_path, SPRING, a_row("A"))
    read(tmp_path, SUMMER, a_row("A", municipality="205"))
    once = history()
    read(tmp_path, SUMMER, a_row("A", municipality="205"))
    assert history() == once


def test_the_register_of_a_day_is_answered_between_and_on_the_days_of_two_changes(tmp_path):
    read(tmp_path, SPRING, a_row("A"))
    read(tmp_path, SUMMER, a_row("A", municipality="205"))
    read(tmp_path, AUTUMN, a_row("A", kind="2", prefecture="02", municipality="201", address="青森県青森市"))
    day = dt.timedelta(days=1)
    assert then(SPRING) == then(SUMMER - day) == ("hospital", "01", "01100")
    assert then(SUMMER) == then(AUTUMN - day) == ("hospital", "01", "01000")
    assert then(AUTUMN) == then(AUTUMN + 400 * day) == ("clinic", "02", "02201")
    assert not queries.as_of(SPRING - day).exists()


def test_an_institution_counts_on_the_days_on_which_a_list_had_it(tmp_path):
    read(tmp_path, SPRING, a_row("A"), a_row("B"))
    read(tmp_path, SUMMER, a_row("B"))
    read(tmp_path, AUTUMN, a_row("A"), a_row("B"))
    assert history(institution__register_code="A") == [
        ("status", "listed", "vanished", SUMMER),
        ("status", "vanished", "listed", AUTUMN),
    ]
    listed = [set(queries.as_of(day).values_list("register_code", flat=True)) for day in (SPRING, SUMMER, AUTUMN)]
    assert listed == [{"A", "B"}, {"B"}, {"A", "B"}]


def test_many_moves_of_one_list_take_no_more_queries_than_one(tmp_path, django_assert_max_num_queries):
    read(tmp_path, SPRING, *(a_row(f"A{number}") for number in range(200)))
    with django_assert_max_num_queries(40):
        read(tmp_path, SUMMER, *(a_row(f"A{number}", municipality="205") for number in range(200)))
    assert InstitutionChange.objects.filter(field=ChangedField.JURISDICTION).count() == 200


def test_merging_two_rows_keeps_where_the_older_one_was():
    older = an_institution(register_code="OLD")
    newer = an_institution(register_code="NEW", municipality="01202", address="北海道函館市")
    Institution.objects.filter(pk=older.pk).update(vanished_on=SUMMER)
    kept = services.merge_former_code(newer.pk, absorbed_id=older.pk, by=None, now=NOW)
    assert history(institution=kept) == [
        ("municipality", "01101", "01202", SUMMER),
        ("jurisdiction", Jurisdiction.objects.get(code="01100").code, "01202", SUMMER),
        ("address", "北海道札幌市中央区北一条西1丁目", "北海道函館市", SUMMER),
        ("status", "vanished", "listed", SUMMER),
    ]
    assert {change.import_run for change in InstitutionChange.objects.all()} == {None}
