"""Texts of forms in the language that somebody reads."""

import pytest

from sonae.core.instruments.definition import Words


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"ja": "病院", "en": "Hospital"}, "病院"),
        ({"English (en)": "Hospital", "Japanese (ja)": "病院"}, "病院"),
        ({"Japanese (ja)": "病院（長い名）", "ja": "病院"}, "病院"),
        ({"default": "院", "English (en)": "Hospital"}, "院"),
        ({"English (en)": "Hospital"}, "Hospital"),
        ({}, ""),
    ],
)
def test_a_text_is_said_in_the_language_asked_for_however_the_form_names_it(texts, said):
    assert Words.of(texts).text("ja") == said
