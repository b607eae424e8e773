"""The real published files, where they lie beside the clone."""

import datetime as dt
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from sonae.core.institutions import code_file, queries, services, sources
from sonae.core.institutions.models import ImportProblem, Institution, InstitutionCode, Jurisdiction
from sonae.core.institutions.testing import NOW
from sonae.core.institutions.vocabulary import BedBand, FileRefusal, ImportKind, JurisdictionKind, ProblemReason
from sonae.kernel.errors import BadInput

SHARED = Path(__file__).resolve().parents[7].parent / "shared/data/japan"
REGISTER = SHARED / "mhlw/01-1_hospital_facility_info_20251201.zip"
CODES = SHARED / "codes/202409_all_med_inst_cd.zip"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not REGISTER.exists(), reason="The published lists (../shared/data/japan) are not here."),
]
P = ProblemReason
ODD_ROWS = {
    P.WEBSITE_WITHOUT_SCHEME: 550,
    P.WEBSITE_BLANK: 305,
    P.COORDINATES_ZERO: 265,
    P.BEDS_DO_NOT_ADD_UP: 90,
    P.NAME_SHARED: 90,
    P.CONVALESCENT_PARTS_EXCEED: 69,
    P.TOTAL_BEDS_BLANK: 65,
    P.HOSPITAL_UNDER_20_BEDS: 39,
    P.TOTAL_BEDS_ZERO: 29,
    P.NOT_IN_CP932: 2,
}
BANDS = {
    BedBand.BEDS_0_19: 39,
    BedBand.BEDS_20_49: 872,
    BedBand.BEDS_50_99: 1822,
    BedBand.BEDS_100_199: 2585,
    BedBand.BEDS_200_299: 940,
    BedBand.BEDS_300_399: 616,
    BedBand.BEDS_400_499: 335,
    BedBand.BEDS_500_UP: 366,
}


def some_codes(folder):
    """A few prefectures of the code list, which behave as the nation does, in a tenth of its time."""
    with zipfile.ZipFile(CODES) as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8").splitlines()[:9_000]
    file = folder / "202409_all_med_inst_cd.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file, lines


def test_the_register_is_kept_whole_with_its_odd_rows_inspecting_bodies_and_codes(db, tmp_path):
    check_odd_rows(services.import_register(REGISTER, by=None, now=NOW))
    check_inspecting_bodies()
    check_reading_again()
    check_codes(some_codes(tmp_path)[0])


def check_odd_rows(register):
    """The problem list holds exactly the odd rows."""
    assert queries.problem_counts(register.pk) == ODD_ROWS
    assert (register.rows_read, register.rows_added, register.rows_set_aside) == (7640, 7640, 0)
    shared = ImportProblem.objects.filter(run=register, reason=P.NAME_SHARED)
    assert shared.get(value="井上病院").facts["count"] == 7
    assert sum(problem.facts["count"] for problem in shared) == 216


def check_reading_again():
    """Reading the same list a second time changes nothing."""
    again = services.import_register(REGISTER, by=None, now=NOW)
    assert (again.rows_added, again.rows_changed, again.rows_unchanged, again.rows_vanished) == (0, 0, 7640, 0)
    assert queries.last_import(ImportKind.REGISTER) == again
    assert queries.problem_counts(again.pk) == ODD_ROWS
    for band, count in BANDS.items():
        assert Institution.objects.in_band(band).count() == count
    assert Institution.objects.in_band(BedBand.UNKNOWN).count() == 65


def check_inspecting_bodies():
    """The inspecting body of each hospital is the city in its address."""
    cities = Jurisdiction.objects.exclude(kind=JurisdictionKind.PREFECTURE)
    names = {(city.prefecture, city.name_ja.replace("ヶ", "ケ")) for city in cities}
    assert len(names) == 110
    for institution in Institution.objects.select_related("jurisdiction"):
        body = institution.jurisdiction
        if body.kind == JurisdictionKind.PREFECTURE:
            continue
        # Some addresses leave out the prefecture or write the city with a variant character.
        name = body.name_ja.replace("ヶ", "ケ")
        assert name in institution.address.replace("ヶ", "ケ"), (institution, institution.address)

    # And no hospital that is left to its prefecture lies in such a city.
    left = Institution.objects.filter(jurisdiction__kind=JurisdictionKind.PREFECTURE).select_related("jurisdiction")
    for institution in left:
        within = institution.address.replace("ヶ", "ケ").removeprefix(institution.jurisdiction.name_ja)
        found = [name for prefecture, name in names if prefecture == institution.prefecture and within.startswith(name)]
        assert not found, (institution, institution.address)


def check_codes(file):
    """Every row of a code list is stored or set aside with its reason; hospitals of the register are found in it."""
    run = services.import_codes(file, by=None, now=NOW)
    assert run.rows_read == run.rows_added + run.rows_set_aside == 9_000
    assert InstitutionCode.objects.count() == run.rows_added
    linked = InstitutionCode.objects.exclude(institution=None).values("institution").distinct().count()
    assert linked > 600


def test_of_the_whole_code_list_the_repetitions_are_named():
    rows = list(code_file.read(sources.open_source(CODES)))
    found = Counter(problem.reason for row in rows for problem in row.problems)
    assert found[P.CODE_REPEATED] == 535
    assert len(rows) == 91_181
    assert sum(row.published is not None for row in rows) == 90_646


def test_a_newer_code_list_ends_what_it_lacks_and_a_truncated_one_nothing(db, tmp_path):
    whole, lines = some_codes(tmp_path)
    services.import_codes(whole, by=None, now=NOW)
    held = InstitutionCode.objects.count()
    cut = tmp_path / "202410_all_med_inst_cd.csv"
    cut.write_text("\n".join(lines[: len(lines) - 600]) + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        services.import_codes(cut, by=None, now=NOW)
    assert refused.value.problems[0].reason is FileRefusal.TOO_MANY_CODES_WOULD_END
    assert not InstitutionCode.objects.exclude(valid_until=None).exists()

    cut.write_text("\n".join(line for n, line in enumerate(lines) if n % 100) + "\n", encoding="utf-8")
    run = services.import_codes(cut, by=None, now=NOW)
    ended = InstitutionCode.objects.filter(valid_until=dt.date(2024, 10, 1)).count()
    assert ended == run.rows_vanished + run.rows_changed
    assert 80 < run.rows_vanished <= 90
    assert InstitutionCode.objects.filter(valid_until=None).count() == held - run.rows_vanished
    with pytest.raises(BadInput) as refused:
        services.import_codes(whole, by=None, now=NOW)
    assert refused.value.problems[0].reason is FileRefusal.OLDER_THAN_CODES
