"""Scans of paper forms: kept as they came, shown to who may see them, deleted with nothing left."""

import io
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from consent.keying import scans
from consent.models import Decision, Scan
from tests.consent.keying.scan_folder import files_in_folder, files_of_scans
from tests.example import NOON
from tests.factories.ground import SchoolStaffFactory
from tests.forms import PAPERS, SCAN, paper
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


def image(kind):
    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, kind)
    return out.getvalue()


class TestScans:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [(SCAN, "application/pdf"), (image("PNG"), "image/png"), (image("JPEG"), "image/jpeg")],
    )
    def test_it_is_known_by_its_content_and_given_back_as_it_was(
        self, pupil, at_school, client, content, content_type
    ):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("x.exe", content)})
        scan = Scan.objects.get()
        assert scan.content_type == content_type
        (path,) = files_of_scans()
        assert path.stat().st_mode & 0o777 == 0o600
        response = client.get(f"/staff/opt-outs/scans/{scan.decision_id}/")
        assert response.content == content
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response["Content-Security-Policy"]
        assert entries()[-1]["event"] == "pupil-opened"

    @pytest.mark.parametrize(
        "content",
        [b"", b"MZ\x90\x00", b"<svg onload=x>", image("GIF"), image("PNG")[:40], b"%PDF-1.7 cut"],
    )
    def test_anything_else_is_refused_and_nothing_kept(self, pupil, at_school, client, content):
        scan = SimpleUploadedFile("scan.pdf", content, content_type="application/pdf")
        page = client.post(PAPERS, {**paper(pupil), "scan": scan})
        assert page.status_code == 422
        assert "must be a PDF, JPG or PNG" in page.text
        assert not Decision.objects.exists()

    def test_one_too_large_is_refused(self, pupil, at_school, client, monkeypatch):
        monkeypatch.setattr(scans, "MOST_BYTES", 10)
        page = client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        assert "smaller than 10MB" in page.text

    def test_staff_of_another_school_do_not_get_it(self, pupil, at_school, client):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        client.force_login(SchoolStaffFactory(email="other@example.org"))
        number = Decision.objects.get().pk
        assert client.get(f"/staff/opt-outs/scans/{number}/").status_code == 404

    def test_one_that_was_changed_is_not_shown(self, pupil, at_school, client):
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        (path,) = files_of_scans()
        path.write_bytes(SCAN + b"!")
        number = Decision.objects.get().pk
        assert client.get(f"/staff/opt-outs/scans/{number}/").status_code == 404

    def test_a_refused_decision_leaves_no_file_and_orphans_go_after_a_day(
        self, pupil, at_school, client
    ):
        before = files_in_folder()
        client.post(PAPERS, {**paper(pupil, by="pupil"), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        assert files_in_folder() == before
        client.post(PAPERS, {**paper(pupil), "scan": SimpleUploadedFile("a.pdf", SCAN)})
        (file,) = files_of_scans()
        orphan = file.with_name(str(uuid4()))
        orphan.write_bytes(SCAN)
        old = (NOON - timedelta(days=2)).timestamp()
        for path in (file, orphan):
            os.utime(path, (old, old))
        scans.forget_orphans(at=NOON)
        assert file.exists()
        assert not orphan.exists()
