import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.html import escape

from sonae.prevention.detection import commands

GUIDES = Path(__file__).parents[7] / "docs" / "how-to"


def blocks_of(language):
    text = (GUIDES / language / "connect-a-collector.md").read_text(encoding="utf-8")
    return [tuple(block.strip().splitlines()) for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_guide_and_the_page_of_the_token_name_the_same_commands(language):
    named = commands.commands(commands.EXAMPLE_PORTAL)
    blocks = blocks_of(language)
    for said in (named.install, named.keep_token, named.start, (commands.STATUS,)):
        assert said in blocks


def test_the_page_of_the_token_shows_each_command_with_its_own_address(manager, hospital, settings, now):
    settings.BASE_URL = "https://portal.example.jp/"
    said = {"name": "サーバ室", "institution": hospital.pk}
    page = manager.client.post(reverse("detection:enrol"), said).text
    named = commands.commands("https://portal.example.jp")
    for command in (*named.install, *named.keep_token, *named.start):
        assert str(escape(command)) in page
    assert commands.EXAMPLE_PORTAL not in page


def test_the_list_of_collectors_names_the_same_command_as_the_guide(manager, hospital, now):
    manager.client.post(reverse("detection:enrol"), {"name": "サーバ室", "institution": hospital.pk})
    assert commands.STATUS in manager.client.get(reverse("detection:collectors")).text
