"""The surveys that ship with this room: skip paths, ids that stay over the years, and what compares with what."""

from itertools import pairwise
from pathlib import Path

import pytest

from sonae.core.assurance import catalogue
from sonae.core.instruments import checks, services, yaml_loader, year_maps
from sonae.core.instruments.definition import Instrument, questions
from sonae.core.instruments.models import Edition
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.vocabulary import Basis, Comparison, FindingReason, Respondent
from sonae.testing.cast import NOW

FORMS = Path(__file__).parent.parent / "instruments"
YEARS = ("R4", "R5", "R6", "R7")
MAP = year_maps.shipped("hospital-survey")
# Answers with which each survey is complete, each question on its longest way.
BACKUPS = {
    "backup_count": "two_or_more", "backup_method": "combined", "backup_offline": "yes",
    "backup_frequency": "within_1_month", "backup_generations": "yes", "backup_leak_protection": "no",
}  # fmt: skip
MEASURES = {"connections_controlled": "no", "risk_lowering": "yes", "log_monitoring": "no"}
PLAN = {"bcp": "yes", "bcp_drilled": "no"}
CIRCLE = {"security_manager": "yes", "contact_system": "yes", "network_known": "yes", "alerts_collected": "no"}
WHOLE = {
    "R4": {
        "guideline_used": "yes", "emergency_procedure": "no", "ehr_in_use": "yes", "backup_made": "yes",
        "backup_disaster_protected": "no", "backup_generations": "yes", "backup_leak_protection": "yes",
        "vpn_present": "yes", "vpn_devices": [{"vpn_maker": "A", "vpn_model": "B-1", "vpn_units": 2}],
        "vpn_log_review": "no",
    },
    "R5": {
        "security_manager": "yes", "ehr_in_use": "yes", "fortios_followed": "yes", **BACKUPS, **MEASURES, **PLAN,
    },
    "R6": {"ehr_in_use": "yes", **CIRCLE, **BACKUPS, **MEASURES, **PLAN},
    "R7": {"ciso": "yes", "ciso_qualified": "no", "ehr_in_use": "yes", **CIRCLE, **BACKUPS, **MEASURES, **PLAN},
}  # fmt: skip


def form(name: str) -> Instrument:
    read = yaml_loader.load((FORMS / f"{name}.yaml").read_bytes(), controls=catalogue.controls())
    assert isinstance(read, Instrument), read
    return read


def survey(year: str) -> Instrument:
    return form(f"survey_hospital_{year.lower()}")


def found(instrument: Instrument, answers: object) -> set[tuple[str, FindingReason]]:
    plan = prepare(instrument)
    assert isinstance(plan, Plan)
    return {(finding.question, finding.reason) for finding in checks.check(plan, answers, now=NOW).found}


def without(answers, *gone, **changed):
    return {name: value for name, value in answers.items() if name not in gone} | changed


@pytest.mark.parametrize("year", YEARS)
def test_a_survey_is_complete_with_every_question_answered(year):
    assert found(survey(year), WHOLE[year]) == set()
    top = {question.id for question in questions(survey(year).items)} - {"vpn_maker", "vpn_model", "vpn_units"}
    assert top == set(WHOLE[year])


@pytest.mark.parametrize("year", YEARS)
def test_every_question_is_missed_when_it_is_asked(year):
    for question in WHOLE[year]:
        assert question in {one for one, _ in found(survey(year), without(WHOLE[year], question))}, question


@pytest.mark.parametrize("year", YEARS)
def test_without_an_electronic_health_record_nobody_is_asked_for_its_backups(year):
    about_backups = [name for name in WHOLE[year] if name.startswith("backup")]
    assert found(survey(year), without(WHOLE[year], *about_backups, ehr_in_use="no")) == set()
    kept = without(WHOLE[year], ehr_in_use="no")
    assert found(survey(year), kept) == {(name, FindingReason.NOT_RELEVANT) for name in about_backups}


def test_without_a_remote_gateway_the_survey_of_2022_stops():
    assert found(survey("R4"), without(WHOLE["R4"], "vpn_devices", "vpn_log_review", vpn_present="no")) == set()


@pytest.mark.parametrize("year", ["R5", "R6", "R7"])
def test_who_makes_no_backup_is_not_asked_how(year):
    others = [name for name in BACKUPS if name != "backup_count"]
    assert found(survey(year), without(WHOLE[year], *others, backup_count="none")) == set()
    online = without(WHOLE[year], "backup_frequency", backup_offline="no")
    assert found(survey(year), online) == set()


@pytest.mark.parametrize("year", ["R5", "R6", "R7"])
def test_only_who_has_a_plan_is_asked_whether_it_is_drilled(year):
    assert found(survey(year), without(WHOLE[year], "bcp_drilled", bcp="no")) == set()


def test_only_who_has_an_information_security_officer_is_asked_for_the_qualification():
    assert found(survey("R7"), without(WHOLE["R7"], "ciso_qualified", ciso="no")) == set()


@pytest.mark.parametrize("year", YEARS)
def test_a_survey_is_in_two_languages_with_a_source_to_be_confirmed(year):
    read = survey(year)
    assert (read.id, read.edition, read.respondent) == ("hospital-survey", year, Respondent.FACILITY)
    assert read.source.unverified
    assert read.source.url.startswith("https://")
    for question in questions(read.items):
        assert question.words.text("ja") and question.words.text("en"), question.id
        assert question.words.text("ja") != question.words.text("en")


@pytest.mark.parametrize(("beds", "is_asked"), [(399, False), (400, True), (401, True)])
def test_the_dedicated_manager_of_the_programme_is_asked_of_400_beds_or_more(beds, is_asked):
    answers = {"inspection_points_measures": "yes", "beds": beds}
    missing = found(form("survey_programme_examples"), answers)
    assert missing == ({("dedicated_manager", FindingReason.MISSING)} if is_asked else set())


def test_the_map_names_every_question_of_every_edition_and_nothing_else():
    for year in YEARS:
        assert set(MAP.was_read[year]) == set(WHOLE[year])
    assert set(MAP.was_read) == set(YEARS)


def test_every_id_of_the_map_exists_in_its_edition_and_each_pair_stands_once():
    seen = set()
    for earlier, later, pair in ((*years, pair) for years, pairs in MAP.pairs.items() for pair in pairs):
        assert YEARS.index(later) == YEARS.index(earlier) + 1
        assert pair.question in WHOLE[earlier], pair
        assert pair.became in WHOLE[later], pair
        assert pair.why.ja and pair.why.en
        assert pair.basis is Basis.SHIPPED
        key = (earlier, pair.question, later, pair.became)
        assert key not in seen
        seen.add(key)


def compared(earlier, question, later, became):
    pairs = MAP.pairs[earlier, later]
    return next((one.comparison for one in pairs if (one.question, one.became) == (question, became)), None)


def test_an_id_that_stays_is_compared_and_only_what_was_read_is_called_the_same():
    for earlier, later in pairwise(YEARS):
        for question in WHOLE[earlier].keys() & WHOLE[later].keys():
            found = compared(earlier, question, later, question)
            assert found is not None, (earlier, question)
            if found is Comparison.SAME and earlier != "R4":
                assert MAP.was_read[earlier][question]
                assert MAP.was_read[later][question]


def test_what_two_years_ask_differently_is_told_apart():
    assert compared("R4", "backup_made", "R5", "backup_count") is Comparison.REWORDED
    assert compared("R6", "security_manager", "R7", "ciso") is Comparison.NOT_COMPARABLE
    assert compared("R4", "guideline_used", "R5", "bcp") is None


def test_the_surveys_come_with_sonae_once(db):
    services.load_shipped(now=NOW)
    editions = Edition.objects.filter(instrument="hospital-survey").order_by("rank").values_list("edition", flat=True)
    assert list(editions) == list(YEARS)
    assert services.load_shipped(now=NOW) == 0
