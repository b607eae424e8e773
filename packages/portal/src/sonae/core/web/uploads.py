"""An upload: where it lies while it comes in, and the field of a form that takes it."""

import tempfile
from enum import StrEnum
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from sonae.core.web import words
from sonae.kernel.decision import Refused

LONGEST_NAME = 255


class NamelessFile(FileUploadHandler):
    """Writes an upload to a file on disk that has no name.

    Django's own has one, and a server that is killed (-9) in the middle of a body would leave it behind for ever. What
    has no name is gone with the process that wrote it, and nobody else on the machine can open it.
    """

    _file: "UploadedFile[bytes] | None" = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        on_disk = tempfile.TemporaryFile()  # noqa: SIM115  (the request closes it with its files)
        self._file = UploadedFile(on_disk, self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  (so Django calls it)
        assert self._file is not None, "a file begins before its bytes"
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        found, self._file = self._file, None
        assert found is not None, "a file begins before it ends"
        found.seek(0)
        found.size = file_size
        return found

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()


class UploadField(forms.FileField):
    """A file of at most `most_bytes`; of a larger one the field says `refusal`, before anybody reads it.

    The facts of the refusal are `most` (in millions of bytes), `size_bytes` and `limit_bytes`. `accept` is what the
    browser offers to choose.
    """

    def __init__(self, *, most_bytes: int, refusal: StrEnum, accept: str, **kwargs: Any) -> None:
        self.most_bytes, self.refusal = most_bytes, refusal
        widget = forms.ClearableFileInput(attrs={"accept": accept})
        given: dict[str, Any] = {"label": _("File"), "max_length": LONGEST_NAME, "widget": widget} | kwargs
        super().__init__(**given)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        size = getattr(file, "size", None) or 0
        if size > self.most_bytes:
            facts = {"most": self.most_bytes // 1_000_000, "size_bytes": size, "limit_bytes": self.most_bytes}
            raise forms.ValidationError(words.of(Refused(self.refusal, facts)))
        return file
