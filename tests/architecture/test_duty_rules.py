"""Every rule of every room leads to a page that this installation has."""

from uuid import uuid4

import pytest
from django.urls import reverse

from sonae.core.duties import catalogue


@pytest.mark.parametrize("rule", catalogue.editions().values(), ids=lambda rule: f"{rule.id}-{rule.edition}")
def test_the_page_where_the_work_is_done_exists(rule):
    if rule.link is not None:
        assert reverse(rule.link.url_name, args=[uuid4()] if rule.link.takes_subject else [])


@pytest.mark.parametrize("rule", catalogue.editions().values(), ids=lambda rule: f"{rule.id}-{rule.edition}")
def test_what_ends_by_itself_says_where(rule):
    assert rule.link is not None or rule.ending == "by_hand"
