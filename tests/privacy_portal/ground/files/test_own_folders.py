"""What lies in the data folder is for the portal's own user; sessions that expired are gone."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from privacy_portal.ground import days
from privacy_portal.ground.accounts.tasks import forget_sessions
from privacy_portal.ground.files import own_folders


def modes(folder):
    return {
        str(path.relative_to(folder)): oct(path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if not path.is_symlink()
    }


@pytest.mark.parametrize(("passage", "top"), [(False, "0o700"), (True, "0o711")])
def test_folders_from_before_are_closed_to_others(tmp_path, passage, top):
    data, outside = tmp_path / "data", tmp_path / "outside"
    scans = data / "private" / "scans"
    scans.mkdir(parents=True)
    for folder in (data, data / "private", scans):
        folder.chmod(0o755)
    outside.touch(mode=0o644)
    (scans / "one").touch(mode=0o644)
    (scans / "link").symlink_to(outside)
    (data / "others").mkdir(mode=0o755)
    own_folders.guard(data, data / "private", data / "outbox", passage=passage)
    assert oct(data.stat().st_mode & 0o777) == top
    assert modes(data) == {
        "private": "0o700", "private/scans": "0o700", "private/scans/one": "0o600",
        "outbox": "0o700", "others": "0o755",
    }  # fmt: skip
    assert outside.stat().st_mode & 0o777 == 0o644


@pytest.mark.django_db
def test_sessions_that_expired_are_deleted_and_others_stay():
    for step, later in (("a", -1), ("b", 1)):
        Session.objects.create(
            session_key=step, session_data="", expire_date=days.now() + timedelta(hours=later)
        )
    forget_sessions.func(timestamp=0)
    kept = set(Session.objects.values_list("session_key", flat=True))
    assert "b" in kept
    assert "a" not in kept
