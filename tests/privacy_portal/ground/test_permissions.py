"""Who may open which pages: each check by itself, and what the database knows of roles."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from privacy_portal.ground.accounts import permissions
from privacy_portal.ground.accounts.models import Role, User
from tests.factories.ground import OfficerFactory

GUARDS = (permissions.staff_only, permissions.officers_only, permissions.notice_editors_only)


@pytest.mark.parametrize(
    ("user", "pages"),
    [
        (User(role=""), 0),
        (User(role=Role.SCHOOL_STAFF), 1),
        (User(role=Role.OFFICER), 2),
        (User(role=Role.OFFICER, edits_notices=True), 3),
        (User(role=Role.SCHOOL_STAFF, edits_notices=True), 1),
    ],
)
def test_a_role_opens_its_pages_and_no_role_opens_none(rf, user, pages):
    request = rf.get("/staff/")
    request.user = user
    for number, guard in enumerate(GUARDS):
        view = guard(lambda request: HttpResponse("open"))
        if number < pages:
            assert view(request).content == b"open"
        else:
            with pytest.raises(PermissionDenied):
                view(request)


@pytest.mark.parametrize("role", ["", "auditor"])
def test_no_user_has_a_role_that_there_is_not(db, role):
    user = OfficerFactory()
    with pytest.raises(IntegrityError, match="user_role_known"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(role=role)
