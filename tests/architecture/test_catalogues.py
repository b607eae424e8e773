"""The check of the message catalogues sees what it is for. (That ours hold is `./sonae check words`.)"""

import shutil

import pytest

from tools import catalogues

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
GOOD = 'msgid "Good morning."\nmsgstr "おはようございます。"\n\n'
PLURAL = 'msgid "%(n)s bed"\nmsgid_plural "%(n)s beds"\nmsgstr[0] "%(n)s床"\n\n'
CODE = """from django.utils.translation import gettext as _, ngettext
said = [_("Good morning."), ngettext("%(n)s bed", "%(n)s beds", 2)]
"""
needs_gettext = pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed here")


@pytest.fixture
def room(tmp_path):
    (tmp_path / catalogues.CATALOGUE).parent.mkdir(parents=True)
    (tmp_path / "views.py").write_text(CODE, "utf-8")
    return tmp_path


def written(room, *messages):
    (room / catalogues.CATALOGUE).write_text(HEADER + "".join(messages), "utf-8")
    return room


def test_a_complete_catalogue_has_no_problem(room):
    assert catalogues.problems(written(room, GOOD, PLURAL), name="room") == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('#, fuzzy\nmsgid "Hello."\nmsgstr "こんにちは。"\n', "room: “Hello.” is fuzzy."),
        ('msgid "Hello."\nmsgstr ""\n', "room: “Hello.” is not translated."),
        ('#~ msgid "Hello."\n#~ msgstr "こんにちは。"\n', "room: “Hello.” is obsolete."),
    ],
)
def test_a_planted_gap_is_seen(room, message, said):
    assert catalogues.problems(written(room, GOOD, message), name="room") == [said]


def test_one_message_with_two_translations_is_seen(tmp_path):
    rooms = {}
    for name, words in (("first", "おはようございます。"), ("second", "おはよう。"), ("third", "おはようございます。")):
        (tmp_path / name / catalogues.CATALOGUE).parent.mkdir(parents=True)
        rooms[written(tmp_path / name, f'msgid "Good morning."\nmsgstr "{words}"\n\n', PLURAL)] = name
    assert catalogues.disagreements(rooms) == [
        "“Good morning.” is said in more than one way: “おはようございます。” (first, third); “おはよう。” (second)."
    ]


def test_a_message_with_a_context_may_be_translated_otherwise(tmp_path):
    rooms = {}
    for name, context in (("first", "day"), ("second", "ward")):
        (tmp_path / name / catalogues.CATALOGUE).parent.mkdir(parents=True)
        rooms[written(tmp_path / name, f'msgctxt "{context}"\nmsgid "Round"\nmsgstr "{name}"\n\n')] = name
    assert catalogues.disagreements(rooms) == []


def test_a_catalogue_that_cannot_be_read_is_said(room):
    two_forms = 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "甲"\nmsgstr[1] "乙"\n'
    assert "cannot be read" in catalogues.problems(written(room, two_forms), name="room")[0]


@needs_gettext
def test_what_the_code_says_is_what_the_catalogue_holds(room):
    assert catalogues.unextracted(written(room, GOOD, PLURAL), name="room") == []


@needs_gettext
def test_a_message_that_is_not_extracted_is_seen(room):
    said = catalogues.unextracted(written(room, GOOD), name="room")
    assert said == ["room: “%(n)s bed” is in the code, not in the catalogue."]


@needs_gettext
def test_a_message_that_no_code_says_is_seen(room):
    left_over = 'msgid "Gone."\nmsgstr "なくなりました。"\n'
    said = catalogues.unextracted(written(room, GOOD, PLURAL, left_over), name="room")
    assert said == ["room: “Gone.” is in the catalogue, not in the code."]


@needs_gettext
def test_a_room_with_words_and_no_catalogue_is_seen(room):
    assert len(catalogues.unextracted(room, name="room")) == 2


@needs_gettext
def test_an_update_adds_what_is_new_takes_away_what_is_gone_and_touches_nothing_else(room):
    kept = 'msgid ""\n"Good "\n"morning."\nmsgstr "おはよう"\n"ございます。"'
    gone = 'msgid "Gone."\nmsgstr "なくなりました。"'
    path = written(room, "# A word of the reviewer.\n", f"{kept}\n\n", f"{gone}\n") / catalogues.CATALOGUE
    catalogues.update(room)
    added = 'msgid "%(n)s bed"\nmsgid_plural "%(n)s beds"\nmsgstr[0] ""'
    said = path.read_text("utf-8")
    assert kept in said
    assert gone not in said
    assert said.endswith(f"\n\n{added}\n")
    assert catalogues.unextracted(room, name="room") == []


@needs_gettext
def test_an_update_begins_a_catalogue_where_there_is_none(room):
    catalogues.update(room)
    catalogues.update(room)
    assert catalogues.unextracted(room, name="room") == []
    assert (room / catalogues.CATALOGUE).read_text("utf-8").count('msgid "Good morning."') == 1


@needs_gettext
def test_a_room_that_says_nothing_gets_no_catalogue(tmp_path):
    (tmp_path / "rules.py").write_text("ROOM = 1\n", encoding="utf-8")
    catalogues.update(tmp_path)
    assert not (tmp_path / catalogues.CATALOGUE).exists()
