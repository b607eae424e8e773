"""Where an upload lies while it comes in, once it is too large to be held in memory."""

import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


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
