from datetime import date

import pytest

from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.instruments.definition import Instrument, Section, questions
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.tests.workbooks import pyxform_accepts
from sonae.core.instruments.vocabulary import (
    AnswerKind,
    DefinitionProblem,
    ExpressionFault,
    FormProblem,
    Respondent,
    Target,
)
from sonae.core.instruments.xlsform.reader import read
from sonae.core.instruments.xlsform.writer import write
from sonae.core.instruments.yaml_loader import load
from sonae.core.web import words
from sonae.kernel.decision import Refused
from tools import effort

D, P = DataFileProblem, FormProblem
CHECKLIST = """\
id: checklist
edition: "2025-05-14"
title: {ja: チェックリスト, en: Checklist}
respondent: facility
fiscal_year: 2025
valid_from: 2025-05-14
default_language: ja
source:
  ja: 令和7年度版
  en: Fiscal 2025
  as_of: 2026-11-22
  unverified: false
choices:
  - name: kinds
    choices:
      - {value: vpn, label: {ja: VPN装置}, columns: {of: net}}
      - {value: edr, label: {ja: EDR}, columns: {of: pc}}
items:
  - question: gate
    kind: yes_no
    label: {ja: 医療情報システムを導入、運用している}
    required: true
  - section: organisation
    number: "1"
    label: {ja: 体制, en: Organisation}
    relevant: ${gate} = 'yes'
    items:
      - question: manager
        kind: yes_no
        number: 1-①
        label: {ja: 責任者を設置している}
        targets: [server, pc]
        controls: [mfa]
        dates: {rounds: 2}
        required: true
        may_be_out_of_scope: true
      - question: kind
        kind: multiple
        choices: kinds
        label: {ja: 種類}
        choice_filter: of = 'net'
      - question: beds
        kind: number
        label: {ja: 病床数}
        unit: {ja: 床}
        whole: true
        least: 0
        most: 3000
        may_be_unknown: true
        constraint: . >= 20
        constraint_message: {ja: 20床以上です}
      - question: devices
        kind: table
        label: {ja: 機器}
        least_rows: 1
        most_rows: 9
        columns:
          - {question: maker, kind: text, label: {ja: 製造元}}
          - {question: units, kind: number, label: {ja: 台数}, least: 1}
  - section: sites
    label: {ja: 拠点}
    count: ${beds}
    items:
      - {question: site, kind: text, label: {ja: 名称}}
"""


def faults(text, **facts):
    found = load(text.encode(), **facts)
    assert not isinstance(found, Instrument)
    assert all(words.of(Refused(fault.reason, fault.facts)) for fault in found)
    return [(fault.reason, fault.row, fault.header) for fault in found]


def test_a_checklist_of_the_repository_is_read_whole():
    instrument = load(CHECKLIST.encode(), controls={"mfa"})
    assert isinstance(instrument, Instrument), instrument
    assert (instrument.id, instrument.edition, instrument.fiscal_year) == ("checklist", "2025-05-14", 2025)
    assert instrument.respondent is Respondent.FACILITY
    assert instrument.source.as_of == date(2026, 11, 22)
    assert not instrument.source.unverified
    gate, manager, kind, beds, devices, *_ = questions(instrument.items)
    assert gate.required == "true()"
    assert (manager.number, manager.targets, manager.controls) == ("1-①", (Target.SERVER, Target.PC), ("mfa",))
    assert (manager.dates.rounds, manager.dates.needs_target) == (2, True)
    assert [found.id for found in questions(instrument.items) if found.may_be_out_of_scope] == ["manager"]
    assert [found.id for found in questions(instrument.items) if found.may_be_unknown] == ["beds"]
    assert kind.kind is AnswerKind.MULTIPLE
    assert (beds.bounds.least, beds.bounds.most, beds.bounds.is_whole) == (0.0, 3000.0, True)
    assert [column.id for column in devices.table.columns] == ["maker", "units"]
    assert isinstance(instrument.items[2], Section)
    assert instrument.items[2].is_repeat
    assert isinstance(prepare(instrument), Plan)


def test_it_goes_out_as_a_workbook_and_comes_back_equal():
    instrument = load(CHECKLIST.encode())
    written = write(instrument)
    assert pyxform_accepts(written)
    assert read(written, name="x.xlsx") == instrument


@pytest.mark.parametrize(
    ("old", "new", "reason", "line", "path"),
    [
        ("id: checklist\n", "", D.FIELD_MISSING, 1, "id"),
        ("title: {ja: チェックリスト, en: Checklist}\n", "", D.FIELD_MISSING, 1, "title"),
        ("respondent: facility", "respondent: nobody", D.NOT_A_CHOICE, 4, "respondent"),
        ("fiscal_year: 2025", "fiscal_year: R7", D.NOT_A_NUMBER, 5, "fiscal_year"),
        ("valid_from: 2025-05-14", "valid_from: 2025-13-14", D.NOT_A_DATE, 6, "valid_from"),
        (
            "valid_from: 2025-05-14",
            "valid_until: 2025-05-14\nvalid_from: 2026-05-14",
            DefinitionProblem.ENDS_BEFORE_IT_BEGINS,
            6,
            "valid_until",
        ),
        ("default_language: ja", "default_language: ja\ncolour: red", D.FIELD_UNKNOWN, 8, "colour"),
        ("default_language: ja", "default_language: ja\nid: other", D.FIELD_TWICE, 8, "id"),
        ("unverified: false", "unverified: maybe", D.NOT_YES_OR_NO, 12, "source.unverified"),
        ("  as_of: 2026-11-22\n", "", D.FIELD_MISSING, 9, "source.as_of"),
        ("value: edr", "value: vpn", P.CHOICE_TWICE, 17, "choices[1].choices[2].value"),
        ("question: gate", "question: 1gate", P.NAME_MALFORMED, 19, "items[1].question"),
        ("scope: true", "scope: perhaps", D.NOT_YES_OR_NO, 36, "items[2].items[1].may_be_out_of_scope"),
        (
            "unknown: true",
            "out_of_scope: true",
            DefinitionProblem.NEVER_OUT_OF_SCOPE,
            49,
            "items[2].items[3].may_be_out_of_scope",
        ),
        ("question: kind\n", "question: manager\n", D.ID_TWICE, 37, "items[2].items[2].question"),
        ("kind: multiple", "kind: several", D.NOT_A_CHOICE, 38, "items[2].items[2].kind"),
        ("choices: kinds", "choices: none", DefinitionProblem.CHOICES_MISSING, 39, "items[2].items[2].choices"),
        ("targets: [server, pc]", "targets: [server, fax]", D.NOT_A_CHOICE, 32, "items[2].items[1].targets"),
        ("targets: [server, pc]", "targets: server", D.NOT_A_LIST, 32, "items[2].items[1].targets"),
        (
            "controls: [mfa]",
            "controls: [mfa, none]",
            DefinitionProblem.CONTROL_UNKNOWN,
            33,
            "items[2].items[1].controls",
        ),
        ("least: 0", "least: 9000", DefinitionProblem.BOUNDS_CROSSED, 47, "items[2].items[3].least"),
        ("least: 0", "least: none", D.NOT_A_NUMBER, 47, "items[2].items[3].least"),
        ("relevant: ${gate} = 'yes'", "relevant: ${gate} =", ExpressionFault.ENDS_EARLY, 26, "items[2].relevant"),
        ("relevant: ${gate} = 'yes'", "relevant: ${beds} > 1", DefinitionProblem.CYCLE, None, None),
        ("count: ${beds}", "count: ${none}", ExpressionFault.UNKNOWN_NAME, 62, "items[3].count"),
        ("        columns:\n", "        rows:\n", D.FIELD_MISSING, 52, "items[2].items[4].columns"),
        ("  - section: sites", "  - just a text\n  - section: sites", D.NOT_A_MAPPING, 60, "items[3]"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(old, new, reason, line, path):
    assert old in CHECKLIST
    found = faults(CHECKLIST.replace(old, new, 1), controls={"mfa"})
    if line is None:
        assert reason in [one for one, _, _ in found]
    else:
        assert (reason, line, path) in found


def test_every_mistake_is_named_at_once():
    text = (
        CHECKLIST.replace("respondent: facility", "respondent: x").replace(". >= 20", "(").replace("2025-05-14", "soon")
    )
    assert {reason for reason, _, _ in faults(text)} >= {D.NOT_A_CHOICE, D.NOT_A_DATE, ExpressionFault.ENDS_EARLY}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", D.NOT_A_MAPPING),
        (b"- a\n", D.NOT_A_MAPPING),
        (b"a: [", D.UNREADABLE),
        (b"a: 1\n\tb: 2", D.UNREADABLE),
        (b"a: &a [x]\nb: [*a, *a]", P.YAML_ALIAS),
        (b"a: " + b"[" * 100 + b"]" * 100, P.YAML_TOO_DEEP),
        (b"a: " + b"[" * 100_000, P.YAML_TOO_DEEP),
        (b"id: " + b"x" * 1_000_001, P.FILE_TOO_LARGE),
        ("id: 病院".encode("cp932"), P.NOT_UTF8),
        (b"--- {a: 1}\n--- {b: 2}\n", D.UNREADABLE),
        (b"id: !!python/object/apply:os.system [ls]", D.FIELD_MISSING),
    ],
)
def test_a_hostile_file_is_refused_at_once(content, reason):
    began = effort.begun()
    found = load(content)
    began.at_most(1)
    assert reason in [fault.reason for fault in found]
