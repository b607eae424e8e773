"""A form that is corrected while it is asked: what the newer version adds is counted, and says of whom."""

import csv
import io
from datetime import timedelta

import pytest

from sonae.core.instruments.plan import prepare
from sonae.core.instruments.testing import an_edition
from sonae.core.instruments.yaml_loader import load
from sonae.prevention.surveys.results import recounts, versions
from sonae.prevention.surveys.results.identities import Identity, identities_of, identities_over
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.results.vocabulary import (
    ALL,
    EVERYBODY,
    FIRST_OPTION,
    Column,
    Margins,
    RecountState,
    Shape,
)
from sonae.prevention.surveys.testing import a_campaign, an_answer

FIRST = """\
id: readiness
edition: "2026"
title: {ja: 備えの確認, en: Readiness}
respondent: facility
fiscal_year: 2026
source: {ja: 試験用, en: For tests, as_of: 2026-11-22, unverified: true}
choices:
  - name: media
    choices: [{value: disk, label: {ja: ディスク, en: Disk}}, {value: tape, label: {ja: テープ, en: Tape}}]
items:
  - question: gate
    kind: yes_no
    label: {ja: 医療情報システムを運用している, en: Systems in use}
  - question: media
    kind: single
    label: {ja: 保存先, en: Where it is kept}
    choices: media
  - question: remark
    kind: text
    label: {ja: 備考, en: Remark}
"""
CLOUD = "{value: cloud, label: {ja: クラウド, en: Cloud}}, {value: disk"
NEW = """\
  - question: drill
    kind: yes_no
    label: {ja: 訓練, en: Drill}
    relevant: ${gate} = 'yes'
  - question: remark
"""
SECOND = FIRST.replace("{value: disk", CLOUD).replace("  - question: remark\n", NEW)
WITHOUT_TAPE = SECOND.replace(", {value: tape, label: {ja: テープ, en: Tape}}", "")


def plan_of(form):
    return prepare(load(form.encode()))


@pytest.fixture
def campaign(officer, hospital, other_hospital, now):
    first = an_edition(by=officer.viewer, now=now, form=FIRST)
    return a_campaign(officer=officer.viewer, now=now, edition_id=first.pk)


@pytest.fixture
def both(campaign, officer, manager, hospital, other_hospital, now):
    """One hospital answered the first version, the other one the second; both are counted."""
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now, gate="yes", media="tape")
    second = an_edition(by=officer.viewer, now=now, form=SECOND)
    said = {"gate": "yes", "media": "cloud", "drill": "yes"}
    a_response_of(campaign, other_hospital, "yes", now=now, answers=said, edition_id=second.pk)
    return an_edition_of(campaign, by=officer.viewer, now=now + timedelta(hours=1))


def test_questions_and_options_stand_in_the_order_of_the_newest_and_none_is_lost():
    columns = versions.columns_over([plan_of(WITHOUT_TAPE), plan_of(FIRST)])
    assert [column.question for column in columns] == ["gate", "media", "drill", "remark"]
    assert columns[1].options == ("cloud", "disk", "tape")
    assert [one.question for one in versions.columns_over([plan_of(FIRST), plan_of(SECOND)])][2] == "drill"


def test_what_was_one_of_some_and_becomes_any_of_them_is_counted_as_any_of_them():
    many = FIRST.replace("kind: single", "kind: multiple")
    assert versions.columns_over([plan_of(many), plan_of(FIRST)])[1].shape is Shape.MANY
    assert versions.columns_over([plan_of(FIRST), plan_of(many)])[1].shape is Shape.MANY


def test_which_versions_have_a_question_and_an_option_is_known():
    found = versions.since({1: plan_of(FIRST), 2: plan_of(WITHOUT_TAPE)})
    assert found.questions == {"drill": (2,)}
    assert found.options == {"media": {"cloud": (2,), "tape": (1,)}}
    assert versions.since({1: plan_of(FIRST)}) == versions.Since()


def test_the_gates_of_all_versions_count():
    assert versions.gates_over([plan_of(FIRST), plan_of(SECOND)])["drill"] == {"gate"}
    assert versions.gates_over([plan_of(SECOND), plan_of(FIRST)])["drill"] == {"gate"}


def test_earlier_figures_are_read_in_the_places_of_the_newer_form():
    before = Margins(Column("media", Shape.ONE, ("disk", "tape")), {EVERYBODY: (9, 1, 0, 0, 8, 5, None)})
    newer = Column("media", Shape.ONE, ("cloud", "disk", "tape"))
    found = versions.aligned(before, newer)
    assert found is not None
    assert found.rows == {(ALL, ALL): (9, 1, 0, 0, 8, 0, 5, None)}
    assert versions.aligned(found, before.column) is None, "it counts an option that this one does not have"


@pytest.mark.django_db
def test_a_new_option_and_a_new_question_are_counted_and_say_whom_they_could_be_asked(both, officer):
    edition = both
    assert edition.answered_under == [2, 1]
    figures = {row.question: (row.options, row.as_figures().rows[EVERYBODY]) for row in edition.questions.all()}
    assert figures["media"] == (["cloud", "disk", "tape"], (2, 0, 0, 0, 2, 1, 0, 1))
    assert figures["drill"] == (["yes", "no"], (1, 0, 0, 0, 1, 1, 0)), "the first hospital was not asked it"
    assert figures["gate"][1][0] == 2

    client = officer.client
    shown = client.get(f"/surveys/results/{edition.pk}/").content.decode()
    assert "answered under versions 1, 2" in shown
    assert "Asked under version 2 alone" in shown
    assert "“Cloud” was offered under version 2 alone." in shown
    assert "Drill" in shown
    answer = client.get(f"/surveys/results/{edition.pk}/file.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert all("answered under versions 1, 2" in row[0] for row in rows[1:])
    assert ["drill", "Drill"] in [row[2:4] for row in rows]
    position = edition.questions.get(question="drill").position
    alone = client.get(f"/surveys/results/{edition.pk}/questions/{position}/").content.decode()
    assert "Asked under version 2 alone" in alone


@pytest.mark.django_db
def test_an_edition_under_one_version_says_nothing_of_versions(campaign, officer, manager, hospital, now):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now, gate="yes", media="tape")
    an_edition(by=officer.viewer, now=now, form=SECOND)
    edition = an_edition_of(campaign, by=officer.viewer, now=now + timedelta(hours=1))
    assert edition.answered_under == [1]
    assert not edition.questions.filter(question="drill").exists(), "nobody was asked it"
    assert "answered under" not in officer.client.get(f"/surveys/results/{edition.pk}/").content.decode()


@pytest.mark.django_db
def test_counting_again_finds_the_same_over_versions(both, officer, now):
    recount = recounts.begin_recount(both.pk, by=officer.viewer, now=now)
    assert recounts.carry_out(recount.pk, now=now) is RecountState.COUNTED
    recount.refresh_from_db()
    assert recount.found() == ()


def _with(condition, form):
    return plan_of(form + f'  - {{question: kept, kind: text, label: {{ja: 保管}}, relevant: "{condition}"}}\n')


def test_the_second_gate_knows_what_holds_in_every_version():
    disk, tape = "${media} = 'disk'", "${media} = 'tape'"
    old, same = _with(disk, FIRST), _with(disk, SECOND)
    column = {one.question: one for one in versions.columns_over([same, old])}["media"]
    at = {value: place for place, value in enumerate(column.options, FIRST_OPTION)}
    assert Identity("kept", "media", (at["disk"],)) in identities_over([same, old])
    # Nobody of the old version chose what it did not offer.
    wider = _with("${media} = 'disk' or ${media} = 'cloud'", SECOND)
    assert Identity("kept", "media", tuple(sorted((at["disk"], at["cloud"])))) in identities_over([wider, old])
    # Whoever answered the old version with tape was not asked.
    other = _with(f"{disk} or {tape}", SECOND)
    assert not [one for one in identities_over([other, old]) if one.question == "kept"]
    # Who answered the version before was never asked.
    assert not [one for one in identities_over([same, plan_of(FIRST)]) if one.question == "kept"]
    assert identities_over([old]) == identities_of(old)
