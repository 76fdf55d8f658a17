"""Uploads: kept in private files, and cut off at the largest size allowed."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes an upload to a private temporary file; drops one over `UPLOAD_MAX_BYTES`.

    A dropped file leaves `request.upload_too_large` true, for the form to say so. Each other one has
    the `request` that it came with.
    """

    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            vars(self.request)["upload_too_large"] = True
            self.file.close()
            raise SkipFile
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        upload = super().file_complete(file_size)
        if upload is not None:
            vars(upload)["request"] = self.request
        return upload
