"""A list goes into the register whole or not at all, and a second reading changes nothing."""

import csv
import datetime as dt

import pytest
from django.db import transaction

from sonae.core.audit.models import Entry
from sonae.core.institutions import queries, services
from sonae.core.institutions.models import (
    BedCount,
    FormerName,
    ImportProblem,
    ImportRun,
    Institution,
    InstitutionCode,
    Jurisdiction,
)
from sonae.core.institutions.services import register_list
from sonae.core.institutions.testing import NOW, an_institution
from sonae.core.institutions.vocabulary import (
    Beds,
    FileRefusal,
    ImportKind,
    ImportStatus,
    InstitutionKind,
    Prefecture,
    ProblemReason,
)
from sonae.kernel.errors import BadInput, NotAllowed

pytestmark = pytest.mark.django_db
HEADER = ["ID", "正式名称", "機関区分", "都道府県コード", "市区町村コード", "所在地", "一般病床", "合計病床数"]


def a_list(tmp_path, rows, *, name="list_20251201.csv"):
    path = tmp_path / name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def a_row(number, *, name=None, beds="150", kind="1", municipality="101"):
    return [f"T{number}", name or f"第{number}病院", kind, "01", municipality, "北海道札幌市", beds, beds]


def read(tmp_path, rows, *, name="list_20251201.csv", **how):
    return services.import_register(a_list(tmp_path, rows, name=name), by=None, now=NOW, **how)


def test_every_row_becomes_an_institution_with_its_beds_and_its_inspecting_body(tmp_path):
    run = read(tmp_path, [a_row(1), a_row(2, municipality="205", beds="60")])
    assert (run.status, run.rows_read, run.rows_added, run.as_of) == (ImportStatus.DONE, 2, 2, dt.date(2025, 12, 1))
    sapporo, muroran = Institution.objects.order_by("register_code")
    assert sapporo.jurisdiction.code == "01100"
    assert muroran.jurisdiction.code == "01000"
    assert queries.licensed_beds_on(muroran.pk, on=dt.date(2025, 12, 1)) == 60
    assert queries.licensed_beds_on(muroran.pk, on=dt.date(2025, 11, 30)) is None
    assert Entry.objects.get(verb="institutions.import_register").facts["added"] == 2


def test_reading_the_same_list_again_changes_nothing(tmp_path):
    read(tmp_path, [a_row(n) for n in range(5)])
    before = list(Institution.objects.order_by("pk").values()), list(BedCount.objects.order_by("pk").values())
    again = read(tmp_path, [a_row(n) for n in range(5)])
    assert (again.rows_added, again.rows_changed, again.rows_unchanged, again.rows_vanished) == (0, 0, 5, 0)
    assert (list(Institution.objects.order_by("pk").values()), list(BedCount.objects.order_by("pk").values())) == before


def test_a_later_list_changes_names_and_beds_and_keeps_what_was(tmp_path):
    read(tmp_path, [a_row(1), a_row(2)])
    later = read(tmp_path, [a_row(1, name="新病院", beds="120"), a_row(2)], name="list_20261101.csv")
    assert (later.rows_changed, later.rows_unchanged) == (1, 1)
    institution = Institution.objects.get(register_code="T1")
    assert (institution.name, institution.licensed_beds) == ("新病院", 120)
    assert institution.licensed_beds_as_of == dt.date(2026, 11, 1)
    assert institution.listed_on == dt.date(2025, 12, 1)
    assert FormerName.objects.get().name == "第1病院"
    assert queries.licensed_beds_on(institution.pk, on=dt.date(2026, 10, 31)) == 150
    assert queries.licensed_beds_on(institution.pk, on=dt.date(2026, 11, 1)) == 120
    assert Institution.objects.matching("新病院").get() == institution
    assert not Institution.objects.matching("第1病院").exists()


def test_a_corrected_list_of_the_same_day_replaces_the_beds_of_that_day(tmp_path):
    read(tmp_path, [a_row(1)])
    read(tmp_path, [a_row(1, beds="140")])
    assert BedCount.objects.get().total == 140


def test_beds_stated_by_hand_for_a_later_day_stay(tmp_path):
    read(tmp_path, [a_row(1)])
    pk = Institution.objects.get().pk
    services.change_beds(pk, Beds(total=99), as_of=dt.date(2026, 11, 2), by=None, now=NOW)
    read(tmp_path, [a_row(1, name="新病院", beds="120")], name="list_20261101.csv")
    assert Institution.objects.get().licensed_beds == 99


def test_an_institution_missing_from_a_later_list_is_marked_and_may_come_back(tmp_path):
    rows = [a_row(n) for n in range(30)]
    read(tmp_path, rows)
    later = read(tmp_path, rows[1:], name="list_20260601.csv")
    assert later.rows_vanished == 1
    gone = Institution.objects.get(register_code="T0")
    assert gone.vanished_on == dt.date(2026, 6, 1)
    assert gone not in Institution.objects.listed()
    back = read(tmp_path, rows, name="list_20261101.csv")
    assert back.rows_changed == 1
    assert Institution.objects.get(register_code="T0").vanished_on is None


def test_a_list_of_another_kind_makes_nothing_vanish(tmp_path):
    read(tmp_path, [a_row(1)])
    read(tmp_path, [a_row(2, kind="2", beds="")], name="clinics_20251101.csv")
    assert Institution.objects.listed().count() == 2
    assert Institution.objects.get(register_code="T2").kind == InstitutionKind.CLINIC


def test_institutions_entered_by_hand_and_synthetic_ones_never_vanish(tmp_path):
    an_institution()
    services.generate_synthetic_sector(10, seed=1, now=NOW)
    read(tmp_path, [a_row(1)])
    assert Institution.objects.listed().count() == 12


def test_a_list_that_would_make_too_many_vanish_is_refused_until_somebody_agrees(tmp_path):
    rows = [a_row(n) for n in range(30)]
    read(tmp_path, rows)
    with pytest.raises(BadInput) as refused:
        read(tmp_path, rows[:5], name="list_20260601.csv")
    problem = refused.value.problems[0]
    assert (problem.reason, problem.facts["found"]) == (FileRefusal.TOO_MANY_WOULD_VANISH, 25)
    assert Institution.objects.listed().count() == 30
    assert read(tmp_path, rows[:5], name="list_20260601.csv", may_vanish=25).rows_vanished == 25


def test_an_older_list_does_not_undo_a_newer_one(tmp_path):
    read(tmp_path, [a_row(1)], name="list_20261101.csv")
    with pytest.raises(BadInput) as refused:
        read(tmp_path, [a_row(1, name="旧病院")])
    assert refused.value.problems[0].reason is FileRefusal.OLDER_THAN_REGISTER
    assert Institution.objects.get().name == "第1病院"


def test_a_list_without_a_date_needs_one(tmp_path):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, [a_row(1)], name="list.csv")
    assert refused.value.problems[0].reason is FileRefusal.DATE_UNKNOWN
    assert read(tmp_path, [a_row(1)], name="list.csv", as_of=dt.date(2026, 1, 1)).as_of == dt.date(2026, 1, 1)


def test_odd_rows_are_listed_with_line_field_value_and_none_is_lost(tmp_path):
    rows = [a_row(1, name="同名病院"), a_row(2, name="同名病院", beds=""), a_row(1), a_row(3, kind="9")]
    run = read(tmp_path, rows)
    assert run.rows_read == run.rows_added + run.rows_set_aside == 4
    found = list(ImportProblem.objects.filter(run=run).values_list("line", "field", "value", "reason", "facts"))
    assert (2, "正式名称", "同名病院", ProblemReason.NAME_SHARED, {"count": 2, "lines": [2, 3]}) in found
    assert (3, "合計病床数", "", ProblemReason.TOTAL_BEDS_BLANK, {"sum": 0}) in found
    assert (4, "ID", "T1", ProblemReason.REGISTER_CODE_REPEATED, {}) in found
    assert ImportProblem.objects.get(reason=ProblemReason.KIND_UNKNOWN).row == a_row(3, kind="9")
    named = dict(ImportProblem.objects.filter(run=run).values_list("reason", "institution_name"))
    assert (named[ProblemReason.NAME_SHARED], named[ProblemReason.KIND_UNKNOWN]) == ("同名病院", "第3病院")
    assert queries.problem_counts(run.pk)[ProblemReason.NAME_SHARED] == 1


def test_a_file_of_which_too_much_is_unusable_is_refused(tmp_path):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, [a_row(n, kind="x") for n in range(30)])
    assert refused.value.problems[0].reason is FileRefusal.TOO_MANY_ROWS_SET_ASIDE
    assert not Institution.objects.exists()


def test_a_list_without_a_usable_row_is_refused(tmp_path):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, [a_row(1, kind="x")])
    assert refused.value.problems[0].reason is FileRefusal.FILE_EMPTY


def test_a_refused_file_leaves_a_run_that_says_why_and_nothing_else(tmp_path):
    path = a_list(tmp_path, [a_row(1)])
    path.write_bytes(path.read_bytes() + b'"T2,')
    with pytest.raises(BadInput):
        services.import_register(path, by=None, now=NOW)
    run = ImportRun.objects.get()
    assert (run.status, run.problem_count) == (ImportStatus.REFUSED, 1)
    assert ImportProblem.objects.get().reason == FileRefusal.ENDS_IN_MID_ROW
    assert not Institution.objects.exists()


def test_a_failure_while_writing_leaves_the_register_as_it_was(tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    read(tmp_path, [a_row(1)])
    monkeypatch.setattr(register_list, "_mark_vanished", fail)
    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, [a_row(1, name="新病院"), a_row(2)], name="list_20261101.csv")
    assert Institution.objects.get().name == "第1病院"
    assert ImportRun.objects.first().status == ImportStatus.WRITING
    # The next import closes what the killed one left open.
    services.begin_import(ImportKind.REGISTER, file_name="x", by=None, now=NOW + dt.timedelta(hours=2))
    assert ImportRun.objects.filter(status=ImportStatus.REFUSED).count() == 1
    assert ImportProblem.objects.get(reason=FileRefusal.INTERRUPTED)


def test_an_import_that_was_killed_is_carried_out_from_its_beginning_and_one_that_is_over_stays(tmp_path):
    path = a_list(tmp_path, [a_row(1), a_row(2)])
    run = services.begin_import(ImportKind.REGISTER, file_name=path.name, by=None, now=NOW)
    ImportRun.objects.filter(pk=run.pk).update(status=ImportStatus.READING, rows_read=1, rows_set_aside=1)
    run.refresh_from_db()
    assert services.carry_out_register(run, path, now=NOW).rows_read == 2
    path.unlink()
    assert services.carry_out_register(run, path, now=NOW).rows_added == 2


def test_progress_is_told_from_reading_to_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(services.imports, "CHUNK", 10)
    told = []
    read(tmp_path, [a_row(n) for n in range(35)], progress=lambda progress: told.append(progress.percent))
    assert told == sorted(told)
    assert told[-1] == 99
    assert len(told) == 3 + 4


def test_an_import_stops_when_somebody_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(services.imports, "CHUNK", 10)
    run = services.begin_import(ImportKind.REGISTER, file_name="list_20251201.csv", by=None, now=NOW)

    def cancel(_):
        services.cancel_import(run.pk, by=None, now=NOW)

    path = a_list(tmp_path, [a_row(n) for n in range(35)])
    with pytest.raises(BadInput):
        services.carry_out_register(run, path, now=NOW, progress=cancel)
    run.refresh_from_db()
    assert run.status == ImportStatus.CANCELLED
    assert not Institution.objects.exists()
    with pytest.raises(NotAllowed):
        services.cancel_import(run.pk, by=None, now=NOW)


@pytest.mark.parametrize("chunks", [4, 6, 7, 8])
def test_an_import_that_is_not_wanted_any_more_stops_while_it_writes_and_is_undone(tmp_path, monkeypatch, chunks):
    monkeypatch.setattr(services.imports, "CHUNK", 10)
    run = services.begin_import(ImportKind.REGISTER, file_name="list_20251201.csv", by=None, now=NOW)
    asked = []

    def is_wanted():
        asked.append(ImportRun.objects.get(pk=run.pk).status)
        return len(asked) <= chunks

    path = a_list(tmp_path, [a_row(n) for n in range(35)])
    with pytest.raises(BadInput):
        services.carry_out_register(run, path, now=NOW, is_wanted=is_wanted)
    assert asked[-1] == ImportStatus.WRITING
    run.refresh_from_db()
    assert run.status == ImportStatus.CANCELLED
    assert not Institution.objects.exists()
    # The worker heard of it before it could be written down who asked.
    services.cancel_import(run.pk, by=None, now=NOW)
    assert Entry.objects.filter(verb="institutions.cancel_import").count() == 1
    with pytest.raises(NotAllowed):
        services.cancel_import(run.pk, by=None, now=NOW)


def test_the_inspecting_bodies_are_loaded_once_and_updated():
    first = services.ensure_jurisdictions()
    Jurisdiction.objects.filter(code="13000").update(name_ja="別", as_of=dt.date(2020, 1, 1))
    assert services.ensure_jurisdictions() == first
    assert Jurisdiction.objects.get(code="13000").name_ja == "東京都"
    assert len(first) == 157


# --- codes


def codes(tmp_path, *rows, name="202409_codes.csv"):
    path = tmp_path / name
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return services.import_codes(path, by=None, now=NOW)


def test_a_code_is_linked_to_the_one_institution_it_names(tmp_path):
    named = an_institution(name="医療法人　髙﨑病院", prefecture=Prefecture.TOKYO, address="東京都千代田区千代田１－１")
    placed = an_institution(name="丸の内病院", prefecture=Prefecture.TOKYO, address="東京都千代田区丸の内１")
    an_institution(name="丸の内病院", prefecture=Prefecture.TOKYO, address="東京都八王子市元町")
    run = codes(
        tmp_path,
        "130000001,0000001,医療法人 高崎病院,1000001,千代田区千代田１",
        "130000002,0000002,医療法人社団甲会 丸の内病院,1000001,千代田区丸の内１丁目",
        "130000003,0000003,丸の内病院,1000001,港区",
        "130000004,0000004,どこにもない診療所,1000001,港区",
        "130000004,0000004,どこにもない診療所,1000001,港区",
    )
    assert dict(InstitutionCode.objects.values_list("value", "institution_id")) == {
        "0000001": named.pk,
        "0000002": placed.pk,
        "0000003": None,
        "0000004": None,
    }
    assert (run.rows_read, run.rows_added, run.rows_set_aside, run.rows_linked) == (5, 4, 1, 2)
    assert queries.problem_counts(run.pk) == {ProblemReason.CODE_NAMES_SEVERAL: 1, ProblemReason.CODE_REPEATED: 1}
    named = dict(ImportProblem.objects.filter(run=run).values_list("reason", "institution_name"))
    assert named == {ProblemReason.CODE_NAMES_SEVERAL: "丸の内病院", ProblemReason.CODE_REPEATED: "どこにもない診療所"}


def test_reading_the_same_codes_again_changes_nothing_and_a_later_list_changes_what_differs(tmp_path):
    rows = ["130000001,0000001,甲病院,1000001,千代田区", "130000002,0000002,乙病院,1000001,千代田区"]
    codes(tmp_path, *rows)
    again = codes(tmp_path, *rows)
    assert (again.rows_added, again.rows_changed, again.rows_unchanged) == (0, 0, 2)
    institution = an_institution(name="甲病院", prefecture=Prefecture.TOKYO, address="東京都千代田区")
    later = codes(tmp_path, rows[0], rows[1].replace("乙", "丙"), name="202410_codes.csv")
    assert (later.rows_changed, later.rows_linked) == (2, 1)
    assert InstitutionCode.objects.get(value="0000001").institution == institution
    assert InstitutionCode.objects.get(value="0000002", valid_until=None).listed_name == "丙病院"


def test_a_list_of_most_prefectures_names_the_missing_ones(tmp_path):
    rows = [f"{number:02d}0000001,0000001,甲病院,1,x" for number in range(1, 46)]
    run = codes(tmp_path, *rows)
    missing = ImportProblem.objects.filter(run=run, reason=ProblemReason.PREFECTURE_MISSING)
    assert [(one.line, one.value, one.facts) for one in missing] == [
        (0, "46", {"name": "鹿児島県"}),
        (0, "47", {"name": "沖縄県"}),
    ]


def test_an_import_inside_a_larger_transaction_goes_with_it(tmp_path):
    path = a_list(tmp_path, [a_row(1)])
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 - the failure comes after the import
        services.import_register(path, by=None, now=NOW)
        raise RuntimeError
    assert not Institution.objects.exists()
    assert not ImportRun.objects.exists()
