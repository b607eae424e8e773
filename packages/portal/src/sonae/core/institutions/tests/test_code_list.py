"""A list states every code of its prefectures: what a newer one lacks or words otherwise ends, nothing is lost."""

import datetime as dt

import pytest

from sonae.core.institutions import services
from sonae.core.institutions.models import ImportRun, InstitutionCode
from sonae.core.institutions.testing import NOW, an_institution
from sonae.core.institutions.vocabulary import FileRefusal, ImportStatus, Prefecture
from sonae.kernel.errors import BadInput

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = dt.date(2024, 9, 1), dt.date(2024, 10, 1)


def a_code(number, *, prefecture="13", name=None):
    return f"{prefecture}{number:07d},{number:07d},{name or f'第{number}医院'},1000001,千代田区"


def read(tmp_path, rows, *, name="202409_codes.csv", **how):
    path = tmp_path / name
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return services.import_codes(path, by=None, now=NOW, **how)


def refusal_of(tmp_path, rows, **how):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, rows, **how)
    return refused.value.problems[0]


def states(**which):
    rows = InstitutionCode.objects.filter(**which).order_by("valid_from")
    return [(code.listed_name, code.valid_from, code.valid_until) for code in rows]


def test_a_list_older_than_the_newest_one_of_its_prefectures_is_refused(tmp_path):
    read(tmp_path, [a_code(1, name="新しい医院")], name="202410_codes.csv")
    problem = refusal_of(tmp_path, [a_code(1, name="古い医院")], name="202409_codes.csv")
    assert problem.reason is FileRefusal.OLDER_THAN_CODES
    assert problem.facts == {"as_of": "2024-09-01", "codes_as_of": "2024-10-01"}
    assert states() == [("新しい医院", OCTOBER, None)]
    assert ImportRun.objects.filter(status=ImportStatus.REFUSED).count() == 1


def test_an_older_list_of_another_prefecture_is_read(tmp_path):
    read(tmp_path, [a_code(1)], name="202410_codes.csv")
    read(tmp_path, [a_code(1, prefecture="14")], name="202409_codes.csv")
    assert states(prefecture="14") == [("第1医院", SEPTEMBER, None)]


def test_a_refused_newer_list_hinders_no_older_one(tmp_path):
    refusal_of(tmp_path, ["garbage"], name="202410_codes.csv")
    read(tmp_path, [a_code(1)], name="202409_codes.csv")
    assert states() == [("第1医院", SEPTEMBER, None)]


def test_a_code_that_a_newer_list_lacks_ends_on_its_day(tmp_path):
    read(tmp_path, [a_code(1), a_code(2), a_code(1, prefecture="14")])
    run = read(tmp_path, [a_code(2)], name="202410_codes.csv")
    assert (run.rows_vanished, run.rows_unchanged) == (1, 1)
    assert states(prefecture="13", value="0000001") == [("第1医院", SEPTEMBER, OCTOBER)]
    assert states(prefecture="13", value="0000002") == [("第2医院", SEPTEMBER, None)]
    # The newer list says nothing of Kanagawa.
    assert states(prefecture="14") == [("第1医院", SEPTEMBER, None)]


def test_a_code_that_comes_back_begins_anew(tmp_path):
    read(tmp_path, [a_code(1), a_code(2)])
    read(tmp_path, [a_code(2)], name="202410_codes.csv")
    read(tmp_path, [a_code(1), a_code(2)], name="202411_codes.csv")
    assert states(value="0000001") == [("第1医院", SEPTEMBER, OCTOBER), ("第1医院", dt.date(2024, 11, 1), None)]


def test_a_changed_row_ends_the_old_one_and_keeps_its_link(tmp_path):
    institution = an_institution(name="第1医院", prefecture=Prefecture.TOKYO)
    read(tmp_path, [a_code(1)])
    run = read(tmp_path, [a_code(1, name="医療法人 改名医院")], name="202410_codes.csv")
    assert (run.rows_changed, run.rows_added, run.rows_vanished) == (1, 0, 0)
    assert states(institution=institution) == [
        ("第1医院", SEPTEMBER, OCTOBER),
        ("医療法人 改名医院", OCTOBER, None),
    ]


def test_a_code_that_can_be_linked_later_is_linked_without_a_new_row(tmp_path):
    read(tmp_path, [a_code(1)])
    institution = an_institution(name="第1医院", prefecture=Prefecture.TOKYO)
    run = read(tmp_path, [a_code(1)], name="202410_codes.csv")
    assert (run.rows_changed, run.rows_linked) == (1, 1)
    assert states(institution=institution) == [("第1医院", SEPTEMBER, None)]


def test_a_list_cut_off_inside_a_prefecture_ends_nothing(tmp_path):
    # Of all codes the missing ones are a small share; of their own prefecture they are not.
    tokyo = [a_code(number) for number in range(600)]
    kanagawa = [a_code(number, prefecture="14") for number in range(40)]
    read(tmp_path, [*tokyo, *kanagawa])
    problem = refusal_of(tmp_path, [*tokyo, *kanagawa[:19]], name="202410_codes.csv")
    assert problem.reason is FileRefusal.TOO_MANY_CODES_WOULD_END
    assert problem.facts == {"found": 21, "known": 40, "limit": 20, "name": "神奈川県"}
    assert not InstitutionCode.objects.exclude(valid_until=None).exists()


def test_as_many_codes_may_end_as_somebody_states(tmp_path):
    read(tmp_path, [a_code(number) for number in range(40)])
    few = [a_code(number) for number in range(10)]
    problem = refusal_of(tmp_path, few, name="202410_codes.csv", may_vanish=29)
    assert problem.reason is FileRefusal.MORE_CODES_WOULD_END_THAN_STATED
    assert problem.facts == {"found": 30, "limit": 29}
    assert read(tmp_path, few, name="202410_codes.csv", may_vanish=30).rows_vanished == 30


def test_a_list_with_ten_digits_speaks_of_its_own_fee_table_only(tmp_path):
    medical, dental = "1310000001,0000001,甲医院,1000001,千代田区", "1330000001,0000001,乙歯科,1000001,千代田区"
    read(tmp_path, [medical], name="202410_medical.csv")
    read(tmp_path, [dental], name="202409_dental.csv")
    assert states(valid_until=None) == [("乙歯科", SEPTEMBER, None), ("甲医院", OCTOBER, None)]


def test_many_changed_rows_take_no_more_queries_than_one(tmp_path, django_assert_max_num_queries):
    read(tmp_path, [a_code(number) for number in range(300)])
    for number in range(100, 110):
        an_institution(name=f"第{number}医院", prefecture=Prefecture.TOKYO)
    later = [a_code(number, name=f"改{number}医院" if number < 100 else None) for number in range(290)]
    with django_assert_max_num_queries(40):
        run = read(tmp_path, later, name="202410_codes.csv")
    assert (run.rows_changed, run.rows_vanished, run.rows_unchanged) == (110, 10, 180)
