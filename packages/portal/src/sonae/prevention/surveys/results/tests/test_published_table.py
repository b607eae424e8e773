"""The table that the ministry published of its survey of February and March 2024, from answers made to its margins.

Sources: wic-net.com/material/document/15057/7 and /9; 8,171 asked and 5,353 answered as reported of the working group
of 2024-06-10. Not published, and ours: how many of each class of beds answered, and the classes without a share.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from sonae.core.instruments import checks, yaml_loader
from sonae.core.instruments.plan import Plan
from sonae.prevention.surveys.results import queries, rules, tables
from sonae.prevention.surveys.results.columns import columns_of
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, Given, Rate, Stratum
from sonae.prevention.surveys.vocabulary import Band, Dimension

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FORM = Path(__file__).parents[2] / "instruments" / "survey_hospital_r6.yaml"
ASKED = 8_171
# By class: answered, and of them with an EHR, with the responsible person, with a plan (BCP), and having drilled it.
MADE = {
    Band.BEDS_20_99: (1_900, 1_083, 1_539, 475, 150),
    Band.BEDS_100_199: (1_800, 1_300, 1_580, 430, 135),
    Band.BEDS_200_299: (600, 450, 540, 152, 50),
    Band.BEDS_300_399: (480, 390, 440, 158, 55),
    Band.BEDS_400_499: (273, 233, 245, 98, 36),
    Band.BEDS_500_UP: (300, 291, 260, 132, 65),
}
BACKUP = {
    "backup_count": "one", "backup_method": "one_kind", "backup_offline": "no", "backup_generations": "yes",
    "backup_leak_protection": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan():
    found = yaml_loader.prepared(FORM.read_bytes())
    assert isinstance(found, Plan), found
    return found


def answers():
    """One response after the other: how many say yes stands in the table above, the rest say no."""
    for band, (answered, ehr, manager, bcp, drilled) in MADE.items():
        for number in range(answered):
            said = {
                "security_manager": "yes" if number < manager else "no",
                "contact_system": "yes",
                "network_known": "yes" if number % 100 < 92 else "no",
                "alerts_collected": "yes",
                "ehr_in_use": "yes" if number < ehr else "no",
                "connections_controlled": "yes",
                "risk_lowering": "yes",
                "log_monitoring": "no",
                "bcp": "yes" if number < bcp else "no",
            }
            said |= BACKUP if said["ehr_in_use"] == "yes" else {}
            said |= {"bcp_drilled": "yes" if number < drilled else "no"} if said["bcp"] == "yes" else {}
            yield Stratum(band, f"{1 + number % 47:02}", "hospital"), said


@pytest.fixture(scope="module")
def sheet(plan):
    known: dict[tuple[object, ...], frozenset[str]] = {}

    def givens():
        for stratum, said in answers():
            key = tuple(sorted(said.items()))
            if key not in known:
                findings = checks.check(plan, said, now=NOW)
                assert findings.is_sound, (said, findings.found)
                known[key] = frozenset(question for question, _ in findings.not_asked)
            yield Given(stratum, said, known[key])

    strata, cubes = rules.count(columns_of(plan), givens())
    questions = {at: rules.margins_of(cube, strata) for at, cube in enumerate(cubes)}
    answered = questions[0].rows[EVERYBODY][0]
    return queries.Sheet(None, plan, questions, {EVERYBODY: Rate(ASKED, answered)}, is_whole=True)


def printed(sheet, question):
    """The table of a question by beds as a reader sees it: by class the denominator, and yes with its share."""
    margins = next(one for one in sheet.questions.values() if one.column.question == question)
    with translation.override("en"):
        drawn = tables.cross_table(sheet, margins, Dimension.BAND, tables.Names(), label=question)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', drawn)
    return {
        name: re.findall(r">([\d,]+(?: <small>[\d.]+%</small>)?)<", cells.replace("</td>", "<")) for name, cells in rows
    }


def share(cell):
    return round(float(re.search(r"([\d.]+)%", cell)[1]))


@pytest.mark.parametrize(
    ("question", "shares"),
    [
        ("ehr_in_use", {"All": 70, "20 to 99 beds": 57, "500 beds or more": 97}),
        ("security_manager", {"All": 86, "20 to 99 beds": 81}),
        ("network_known", {"All": 92}),
        (
            "bcp",
            {
                "All": 27, "20 to 99 beds": 25, "300 to 399 beds": 33, "400 to 499 beds": 36, "500 beds or more": 44,
            },
        ),
        ("bcp_drilled", {"All": 34, "500 beds or more": 49}),
    ],
)  # fmt: skip
def test_the_report_prints_the_published_shares(sheet, question, shares):
    table = printed(sheet, question)
    assert {name: share(table[name][1]) for name in shares} == shares


def test_each_share_stands_beside_the_number_of_those_who_were_asked(sheet):
    assert printed(sheet, "ehr_in_use")["All"][0] == "5,353"
    assert printed(sheet, "bcp")["All"][:2] == ["5,353", "1,445 <small>27.0%</small>"]
    # Only who has a plan is asked whether it was drilled, and only who has an EHR about its backups.
    assert printed(sheet, "bcp_drilled")["All"][:2] == ["1,445", "491 <small>34.0%</small>"]
    assert printed(sheet, "bcp_drilled")["500 beds or more"][0] == "132"
    assert printed(sheet, "backup_count")["All"][0] == "3,747"


def test_the_response_rate_is_that_of_all_who_were_asked(sheet):
    with translation.override("en"):
        drawn = tables.rate_table(dict(sheet.rates), Dimension.BAND, tables.Names(), label="rate")
    assert '<td class="numeric">8,171</td><td class="numeric">5,353 <small>65.5%</small></td>' in drawn
