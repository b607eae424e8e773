"""An upload while it comes in, and the field that takes it."""

import os
from enum import StrEnum
from pathlib import Path

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils import translation

from sonae.core.web import words
from sonae.core.web.uploads import UploadField
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import Refused

LIMIT = 2_000_000
REFUSAL: StrEnum = WebRefusal.BODY_TOO_LARGE


class AForm(forms.Form):
    file = UploadField(most_bytes=LIMIT, refusal=REFUSAL, accept=".txt")


def bound(size: int) -> AForm:
    return AForm({}, {"file": SimpleUploadedFile("a.txt", b"x" * size)})


def test_a_file_of_as_many_bytes_as_are_allowed_is_taken():
    assert bound(LIMIT).is_valid()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_larger_file_is_refused_with_the_words_of_the_room(language):
    with translation.override(language):
        form = bound(LIMIT + 1)
        assert form.errors["file"] == [str(words.of(Refused(REFUSAL, {"limit_bytes": LIMIT})))]


def test_no_file_is_refused_as_everywhere():
    assert AForm({}, {}).errors["file"] == [forms.FileField().error_messages["required"]]


def test_the_browser_offers_files_of_this_ending():
    assert 'accept=".txt"' in str(AForm()["file"])


@pytest.mark.parametrize("size", [1_000, 3_000_000], ids=["in memory", "on disk"])
def test_an_upload_has_its_bytes_and_no_name_in_the_folder_of_temporary_files(size, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = os.urandom(size)
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("名前.bin", content), "other": "said"})
    file = request.FILES["file"]
    assert (file.name, file.size, request.POST["other"]) == ("名前.bin", size, "said")
    assert b"".join(file.chunks()) == content
    file.seek(0)
    assert file.read() == content
    assert list(tmp_path.iterdir()) == []
    request.close()
    assert file.closed
