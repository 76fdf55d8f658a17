"""Mails of the example: files that their folder keeps private, and a page of the newest."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import override_settings

from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.mail import files
from tests.factories.ground import UserFactory


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path):
        with override_settings(
            EMAIL_FILE_PATH=str(tmp_path / "outbox"),
            EMAIL_BACKEND="privacy_portal.ground.mail.files.EmailBackend",
        ):
            yield tmp_path / "outbox"

    def test_a_mail_is_one_private_file(self, folder: Path):
        EmailMessage("Grüße – für Zoë", "Hallo, łąka\n", to=["zoe@example.org"]).send()
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        (kept,) = files.newest(10)
        assert (kept.to, kept.subject) == ("zoe@example.org", "Grüße – für Zoë")
        assert kept.text == "Hallo, łąka\n"

    @pytest.mark.django_db
    def test_staff_of_the_example_see_all_mails_and_nobody_elsewhere(
        self, folder, client, secretary
    ):
        EmailMessage(
            "Hello <b>", "See https://portal.example.org/x/\n", to=["a@example.org"]
        ).send()
        client.force_login(secretary)
        page = client.get("/staff/outbox/").text
        assert "Hello &lt;b&gt;" in page
        assert '<a href="https://portal.example.org/x/"' in page
        with override_settings(EXAMPLE=False):
            assert client.get("/staff/outbox/").status_code == 404

    @pytest.mark.django_db
    def test_who_sees_no_pupils_sees_mails_to_people_who_sign_in(self, folder, client):
        administrator = UserFactory(email="a@example.org", roles=[Role.ADMINISTRATOR])
        EmailMessage("About Ella", "x\n", to=["parent@example.org"]).send()
        EmailMessage("Set up your account", "x\n", to=["A@example.org"]).send()
        client.force_login(administrator)
        page = client.get("/staff/outbox/").text
        assert "Set up your account" in page
        assert "About Ella" not in page

    @pytest.mark.django_db
    def test_an_empty_outbox_says_so(self, folder, client, officer):
        client.force_login(officer)
        assert "There are no emails yet" in client.get("/staff/outbox/").text
