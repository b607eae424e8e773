"""A clone without compiled catalogues finds its words in the process that compiles them."""

import os

from django.utils.translation import gettext, override

from sonae.site import catalogues

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
# Not written inside the call: it would be extracted as a word of the pages.
SAID = "A word of this test"
WORD = f'msgid "{SAID}"\nmsgstr "この試験の語"\n'


def test_what_is_compiled_is_read_although_another_word_was_asked_before(tmp_path, settings):
    with override("ja"):
        assert gettext(SAID) == SAID
    place = tmp_path / "locale" / "ja" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.po").write_text(HEADER + WORD, "utf-8")
    settings.LOCALE_PATHS = [str(tmp_path / "locale")]
    assert catalogues.compile_stale(tmp_path) == 1
    with override("ja"):
        assert gettext(SAID) == "この試験の語"


def test_only_what_changed_is_compiled_again(tmp_path):
    place = tmp_path / "locale" / "ja" / "LC_MESSAGES"
    place.mkdir(parents=True)
    source = place / "django.po"
    source.write_text(HEADER + WORD, "utf-8")
    assert [catalogues.compile_stale(tmp_path), catalogues.compile_stale(tmp_path)] == [1, 0]
    moment = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (moment, moment))
    assert catalogues.compile_stale(tmp_path) == 1
