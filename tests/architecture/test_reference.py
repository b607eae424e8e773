"""The reference pages say what the code does, no more and no less, in both languages."""

import pytest

from sonae.response.incidents.rules import TRANSITIONS
from tools import reference


def page(language, name):
    return (reference.REFERENCE / language / name).read_text("utf-8")


@pytest.mark.parametrize("language", reference.LANGUAGES)
def test_every_setting_has_a_row_and_every_row_a_setting(language):
    assert reference.settings_told(page(language, "settings.md")) == reference.settings_read(reference.ROOT)


def test_a_setting_is_seen_wherever_it_is_read(tmp_path):
    for place, text in (
        ("sonae", "echo $SONAE_IN_THE_LAUNCHER"),
        ("tools/one.py", 'os.environ["SONAE_IN_A_TOOL"]'),
        ("packages/portal/src/sonae/site/settings.py", 'os.environ.get("SONAE_IN_THE_SETTINGS")'),
        ("packages/portal/src/sonae/site/tests/test_one.py", '"SONAE_IN_A_TEST"'),
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text, "utf-8")
    assert reference.settings_read(tmp_path) == {"SONAE_IN_THE_LAUNCHER", "SONAE_IN_A_TOOL", "SONAE_IN_THE_SETTINGS"}


@pytest.mark.parametrize("language", reference.LANGUAGES)
def test_every_command_and_option_is_explained(language):
    assert reference.commands_told(page(language, "commands.md")) == reference.commands()


def test_the_commands_of_both_programs_are_seen():
    commands = reference.commands()
    assert "--once" in commands["sonae demo"]
    assert "--token-file" in commands["sonae-collector run"]
    assert commands["sonae audit verify"] == {"--kept"}


@pytest.mark.parametrize("language", reference.LANGUAGES)
def test_the_page_of_roles_is_what_the_matrix_says_today(language):
    assert page(language, "roles.md") == reference.roles_page(language), "`just docs` writes it anew"


@pytest.mark.parametrize("language", reference.LANGUAGES)
def test_the_page_of_phases_is_drawn_from_the_machine_of_today(language):
    drawn = reference.phases_page(language)
    assert page(language, "phases.md") == drawn, "`just docs` writes it anew"
    assert drawn.count(" --> ") == len(TRANSITIONS) + 1
