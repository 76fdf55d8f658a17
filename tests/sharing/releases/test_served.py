"""A hand-over by the real server: the whole file once, and none where nobody waits for it (H1, H3).

Real commits, several connections and a process of its own.
"""

import socket
from time import sleep

import pytest
from django.conf import settings as portal_settings
from django.db import transaction
from django.test import Client

from consent.models import Pupil
from privacy_portal.ground.log.models import Head
from sharing.models import Release
from sharing.releases import desk
from tests.example import NOON, UPN
from tests.log_entries import events
from tests.races import decide_now, wait_until, waits_for_a_lock
from tests.releases import check_extract
from tests.servers import Portal

pytestmark = pytest.mark.parametrize("scene", ["few"], indirect=True)
CSRF = "a" * 32


@pytest.fixture
def release(scene):
    known = {
        "agreement": scene.agreement, "purpose": scene.purpose, "reference": "", "by": scene.by,
    }  # fmt: skip
    release = check_extract(scene.path, name="extract.csv", at=NOON, **known)
    desk.release(release.pk, by=scene.by, at=NOON)
    return release


@pytest.fixture
def asks(committed, tmp_path, release, scene):
    """Asks for the file as its officer; gives the connection."""
    client = Client()
    client.force_login(scene.by)
    name = portal_settings.SESSION_COOKIE_NAME
    cookies = f"csrftoken={CSRF}; {name}={client.cookies[name].value}"
    portal = Portal(
        committed, tmp_path / "data", threads=4, SECRET_KEY=portal_settings.SECRET_KEY,
        PORTAL_DATA_DIR=str(portal_settings.DATA_DIR),
    )  # fmt: skip
    portal.application = "tests.at_noon:application"
    portal.has_jobs = False  # their clock would end the release
    portal.start()

    def asks():
        body = f"csrfmiddlewaretoken={CSRF}"
        connection = socket.create_connection(("127.0.0.1", portal.port), timeout=30)
        connection.sendall(
            f"POST /staff/releases/{release.pk}/download/ HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{portal.port}\r\nConnection: close\r\nCookie: {cookies}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        return connection

    yield asks
    portal.kill()


def all_of(connection):
    with connection:
        text = b""
        while piece := connection.recv(1 << 16):
            text += piece
    return text.decode()


def permitted():
    return list((portal_settings.PRIVATE_DIR / "permitted").glob("*"))


def test_the_whole_file_leaves_once(asks, release):
    head, _, content = all_of(asks()).partition("\r\n\r\n")
    assert "200 OK" in head
    assert UPN in content
    wait_until(lambda: Release.objects.get().left_bytes is not None)
    release.refresh_from_db()
    assert release.state == Release.State.HANDED_OVER
    assert release.left_bytes == release.file_bytes == len(content.encode())
    assert "200 OK" not in all_of(asks())
    assert permitted() == []
    assert events().count("disclosure") == 1


def test_one_that_nobody_waited_for_is_undone(asks, release):
    with transaction.atomic():
        Head.objects.select_for_update().get()
        connection = asks()
        wait_until(waits_for_a_lock)
        connection.close()
        sleep(0.3)
    wait_until(lambda: events()[-1] == "hand-over-undone")
    release.refresh_from_db()
    assert release.state == Release.State.VOID
    assert release.left_bytes == 0
    assert permitted() == []


def test_an_opt_out_that_came_first_counts(asks, release):
    with transaction.atomic():
        decide_now("opt-out", Pupil.objects.get(upns__upn=UPN))
        connection = asks()
        wait_until(waits_for_a_lock)
    assert "200 OK" not in all_of(connection)
    release.refresh_from_db()
    assert release.state == Release.State.VOID
    assert permitted() == []
