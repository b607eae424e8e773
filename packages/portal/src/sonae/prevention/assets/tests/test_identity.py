"""Which asset a row is: never guessed, and the same as a slow reader would say who compares every pair."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.prevention.assets.intake.rules import Judge, Ledger, key_of
from sonae.prevention.assets.intake.vocabulary import (
    DEFAULT_PRIORITY,
    WEAK,
    Device,
    Identity,
    RowProblem,
    Verdict,
)

FIELDS = ("asset_number", "serial", "external_key", "hostname", "mac_address", "name", "place")
values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["x", "Y", "z"]), max_size=7)
ledgers = st.lists(values, max_size=4)
LASTING = (Identity.ASSET_NUMBER, Identity.SERIAL)


def slow_match(assets, row):
    """Every asset against the row, one identity after the other."""
    keys = {one: key_of(one, row) for one in DEFAULT_PRIORITY}
    if not any(keys.values()):
        return RowProblem.NO_IDENTITY

    def shares(asset, identities):
        return any(keys[one] and keys[one] == key_of(one, asset) for one in identities)

    strong = [one for one in DEFAULT_PRIORITY if one not in WEAK]
    named = [number for number, asset in enumerate(assets) if shares(asset, strong)]
    if len(named) == 1:
        asset = assets[named[0]]
        differs = any(keys[one] and key_of(one, asset) and keys[one] != key_of(one, asset) for one in LASTING)
        return RowProblem.CONTRADICTORY if differs else named[0]
    if named:
        several = any(sum(shares(asset, [one]) for asset in assets) > 1 for one in strong)
        return RowProblem.AMBIGUOUS if several else RowProblem.CONTRADICTORY
    alike = [
        number
        for number, asset in enumerate(assets)
        if shares(asset, [Identity.NAME_PLACE]) and not any(keys[one] and key_of(one, asset) for one in strong)
    ]
    if len(alike) > 1:
        return RowProblem.AMBIGUOUS
    return alike[0] if alike else None


@given(ledgers, values)
def test_a_row_is_what_comparing_it_with_every_asset_says(assets, row):
    ledger = Ledger(((UUID(int=number), asset) for number, asset in enumerate(assets)), DEFAULT_PRIORITY)
    found = ledger.match(row)
    said = found.problem.reason if found.problem else found.asset_id.int if found.asset_id is not None else None
    assert said == slow_match(assets, row)


@given(ledgers, st.lists(values, max_size=5))
def test_no_asset_is_written_by_two_rows_and_no_row_is_lost(assets, rows):
    ledger = Ledger(((UUID(int=number), asset) for number, asset in enumerate(assets)), DEFAULT_PRIORITY)
    judge = Judge(ledger)
    judged = {line: judge.judge(Device(line, row)) for line, row in enumerate(rows, 1)}
    standing = [
        one.asset_id
        for line, one in judged.items()
        if line not in judge.repeated and one.verdict in (Verdict.CHANGED, Verdict.UNCHANGED) and one.asset_id
    ]
    assert len(standing) == len(set(standing))
    assert set(judge.repeated) <= set(judged)
    # What a row may mean has not vanished.
    for row, one in zip(rows, judged.values(), strict=True):
        if one.verdict is Verdict.NOT_UNDERSTOOD and one.problems[0].reason is not RowProblem.REPEATED:
            assert ledger.named_by(row) <= judge.seen


@pytest.mark.parametrize(
    ("known", "row", "is_the_same"),
    [
        ({"name": "受付1", "place": "外来"}, {"name": "受付1", "place": "外来", "serial": "S1"}, True),
        ({"name": "受付1", "place": "外来", "serial": "S0"}, {"name": "受付1", "place": "外来", "serial": "S1"}, False),
        ({"name": "受付1", "place": "外来"}, {"name": "受付1", "place": "病棟"}, False),
        ({"name": "受付1", "place": "外来"}, {"name": "受付1"}, False),
        (
            {"hostname": "pc1", "mac_address": "a"},
            {"hostname": "PC1", "mac_address": "a", "name": "y"},
            True,
        ),
        ({"hostname": "pc1", "name": "x"}, {"hostname": "pc1", "name": "y"}, False),
    ],
)
def test_a_name_and_a_place_do_only_where_nothing_stronger_stands_on_both_sides(known, row, is_the_same):
    found = Ledger([(UUID(int=7), known)], DEFAULT_PRIORITY).match(row)
    assert (found.asset_id == UUID(int=7), found.problem) == (is_the_same, None)
