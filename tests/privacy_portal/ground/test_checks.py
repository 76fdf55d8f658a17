"""What keeps the portal from starting, or `migrate` from beginning."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from privacy_portal.ground.checks import OLDER, made_by_an_older_version, safe_settings
from privacy_portal.ground.hooks import Hook, _hooks, hooks_are_answered
from privacy_portal.readiness import not_ready


@pytest.fixture
def older_database(db):
    """A database to which a migration was applied that the portal no longer has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('consent', '0026_names_folded_anew', now())"
        )


def test_a_database_of_now_is_taken(db):
    assert not made_by_an_older_version()
    assert not_ready() == []


def test_the_database_of_an_older_version_is_refused_in_one_sentence(older_database):
    assert not_ready() == [OLDER]
    with pytest.raises(SystemCheckError, match="made by an older version"):
        call_command("migrate", skip_checks=False, verbosity=0)


def test_a_database_that_lacks_a_migration_is_not_served(db, client):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id IN "
            "(SELECT max(id) FROM django_migrations WHERE app = 'sharing')"
        )
    said = ["Database migrations have not been run: run `manage.py migrate`."]
    assert not_ready() == said
    page = client.get("/readyz")
    assert (page.status_code, page.json()) == (503, {"ready": False, "missing": said})


def test_a_migration_of_a_library_that_is_gone_keeps_nobody_out(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('sessions', '0099_gone', now())"
        )
    assert not made_by_an_older_version()


def test_a_hook_that_no_app_answers_keeps_the_portal_from_starting():
    assert hooks_are_answered() == []
    hook = Hook("Which way is the sea?")
    try:
        (error,) = hooks_are_answered()
        assert "Which way is the sea?" in error.msg
        with pytest.raises(LookupError, match="Which way is the sea"):
            hook()
    finally:
        _hooks.remove(hook)


@pytest.mark.parametrize(
    ("host", "options", "safe"),
    [
        ("db.example.org", {}, False), ("db.example.org", {"sslmode": "require"}, False),
        ("192.0.2.7", {"sslmode": "prefer"}, False), ("", {"host": "db.example.org"}, False),
        ("db.example.org", {"sslmode": "verify-full"}, True), ("127.0.0.2", {}, True),
        ("localhost", {}, True), ("::1", {}, True), ("", {}, True), ("", {"host": "/run"}, True),
        ("%2Frun%2Fpostgresql", {}, True),
    ],
)  # fmt: skip
def test_a_database_elsewhere_is_reached_by_tls_with_a_certificate_that_is_checked(
    settings, monkeypatch, host, options, safe
):
    for name, value in (("HOST", host), ("OPTIONS", options)):
        monkeypatch.setitem(settings.DATABASES["default"], name, value)
    assert ("portal.E008" not in {error.id for error in safe_settings()}) == safe


@pytest.mark.parametrize(
    ("host", "tls", "ssl", "safe"),
    [
        ("mail.example.org", False, False, False), ("mail.example.org", True, False, True),
        ("mail.example.org", False, True, True), ("localhost", False, False, True),
    ],
)  # fmt: skip
def test_mails_go_elsewhere_encrypted_alone(settings, host, tls, ssl, safe):
    settings.SENDING_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = host, tls, ssl
    assert ("portal.E009" not in {error.id for error in safe_settings()}) == safe
