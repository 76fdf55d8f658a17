"""A version as a tagged PDF."""

import io
import shutil

import pytest
from django.conf import settings
from pypdf import PdfReader

from privacy_portal.ground.ui import pdf
from tests.factories.notices import publish
from tests.translations import a_translated_draft, translate

pytestmark = pytest.mark.django_db


def test_a_version_is_a_tagged_pdf_with_its_words(policy, client):
    response = client.get("/notices/pupils/versions/3.pdf")
    assert response["Content-Type"] == "application/pdf"
    made = PdfReader(io.BytesIO(response.content))
    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert made.trailer["/Root"]["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in made.trailer["/Root"]
    assert b"pdfuaid" in made.trailer["/Root"]["/Metadata"].get_data()
    assert made.metadata.title == "How we use information about pupils, version 3"
    text = " ".join(" ".join(page.extract_text() for page in made.pages).split())
    for words in ("Education and Skills Act 2008", "Wigan Council public health", "New Town Hall"):
        assert words in text
    fonts = {str(font["/BaseFont"]) for font in made.pages[0]["/Resources"]["/Font"].values()}
    assert all("+Notice-" in font for font in fonts), fonts
    digest = client.get("/notices/pupils/versions/3.json").json()["digest"]
    assert digest in text.replace(" ", "")


def test_a_translation_is_a_pdf_in_its_own_language_and_letters(
    policy, client, officer, second_officer
):
    draft = a_translated_draft(officer)
    translate(draft, draft.sections.first(), officer, body="ہم آپ کی معلومات *کبھی* نہیں بیچتے۔")
    publish(draft, by=second_officer)
    address = "/notices/pupils/versions/4/ur.pdf"
    assert address in client.get("/notices/pupils/versions/4/ur/").text
    response = client.get(address)
    assert response["Content-Type"] == "application/pdf"
    made = PdfReader(io.BytesIO(response.content))
    assert made.trailer["/Root"]["/Lang"] == "ur"
    assert b"pdfuaid" in made.trailer["/Root"]["/Metadata"].get_data()
    fonts = {
        str(font["/BaseFont"])
        for page in made.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("+Notice-arabic" in font for font in fonts), fonts
    assert all("+Notice-" in font for font in fonts), fonts
    assert client.get("/notices/pupils/versions/4/pl.pdf").status_code == 404
    assert client.get("/notices/pupils/versions/3/ur.pdf").status_code == 404


def test_a_pdf_is_made_once(policy, client, monkeypatch):
    first = client.get("/notices/pupils/versions/3.pdf").content
    monkeypatch.setattr("privacy_portal.ground.ui.pdf.as_pdf", lambda html: b"made again")
    assert client.get("/notices/pupils/versions/3.pdf").content == first


def test_letters_are_unpacked_once_and_again_when_their_file_changes(tmp_path):
    file = tmp_path / "letters.woff2"
    files = settings.BASE_DIR / "static" / "dist"
    shutil.copy(files / "noto-sans-latin-400-normal.woff2", file)
    first = pdf.unpacked(file, 1)
    assert first.startswith(b"\0\1\0\0")
    shutil.copy(files / "noto-sans-latin-700-normal.woff2", file)
    assert pdf.unpacked(file, 1) is first
    assert pdf.unpacked(file, 2) not in (first, file.read_bytes())


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_nothing_is_fetched_from_elsewhere(caplog):
    made = pdf.as_pdf(
        '<html lang="en"><title>t</title><img alt="a" src="https://example.org/x.png">'
        '<img alt="b" src="file:///etc/hostname"><p>words'
    )
    assert made.startswith(b"%PDF")
    assert caplog.text.count("nothing from elsewhere") == 2


def test_a_server_without_pango_says_so(policy, client, monkeypatch, caplog):
    import builtins

    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    response = client.get("/notices/pupils/versions/3.pdf")
    assert response.status_code == 503
    assert "print the web page instead" in response.text
    assert "Pango" not in response.text
    assert "Pango is not installed on this server" in caplog.text
