import json
from pathlib import Path

import pytest

from sonae_wire import schema

COMMITTED = Path(__file__).parents[1] / "schema"


def test_the_committed_schemas_are_current():
    assert schema.outdated(COMMITTED) == []


def test_every_schema_refuses_what_it_does_not_know_but_the_problem():
    closed = {name for name, each in schema.schemas().items() if each.get("additionalProperties") is False}
    assert closed == set(schema.MESSAGES) - {"problem"}


def test_the_command_writes_checks_and_says_what_is_old(tmp_path, capsys):
    assert schema.main(["write", str(tmp_path)]) == 0
    assert schema.main(["check", str(tmp_path)]) == 0
    (tmp_path / "sighting.json").write_text(json.dumps({}))
    (tmp_path / "stray.json").write_text("{}")
    assert schema.main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "sighting.json is not current.\nstray.json is not current.\n"


@pytest.mark.parametrize("arguments", [[], ["write"], ["paint", "x"]])
def test_the_command_says_how_it_is_used(arguments, capsys):
    assert schema.main(arguments) == 2
    assert "Usage" in capsys.readouterr().err
