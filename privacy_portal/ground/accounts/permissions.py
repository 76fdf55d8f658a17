"""Who may do what: one check each, from which the decorators and the menus derive."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from privacy_portal.ground.accounts.models import User

View = Callable[..., HttpResponseBase]


def check_staff(user: User) -> None:
    """Raise PermissionDenied unless the user is a member of staff."""
    if not user.role:
        raise PermissionDenied("Only school staff and council officers can use this page.")


def check_officer(user: User) -> None:
    """Raise PermissionDenied unless the user is a council officer."""
    if not user.is_officer:
        raise PermissionDenied("Only council officers can use this page.")


def check_notice_editor(user: User) -> None:
    """Raise PermissionDenied unless the user is an officer with the notice role."""
    check_officer(user)
    if not user.edits_notices:
        raise PermissionDenied("Only council officers who edit privacy notices can use this page.")


def check_protected_records(user: User) -> None:
    """Raise PermissionDenied unless the user is an officer with the role for protected records (P2)."""
    check_officer(user)
    if not user.protected_records:
        raise PermissionDenied(
            "Only council officers who look after protected records can use this page."
        )


def staff_of(request: HttpRequest) -> User:
    """Return the user who opened a guarded page."""
    assert isinstance(request.user, User)
    return request.user


def staff_only(view: View) -> View:
    """Make a view for any member of staff; others are asked to sign in."""
    return _guarded(view, check_staff)


def officers_only(view: View) -> View:
    """Make a view for council officers; strangers are asked to sign in, school staff are refused."""
    return _guarded(view, check_officer)


def notice_editors_only(view: View) -> View:
    """Make a view for officers with the notice role; others as `officers_only`."""
    return _guarded(view, check_notice_editor)


def protected_records_only(view: View) -> View:
    """Make a view for officers with the role for protected records; others as `officers_only`."""
    return _guarded(view, check_protected_records)


def _guarded(view: View, check: Callable[[User], None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        check(request.user)
        return view(request, *args, **kwargs)

    vars(guarded)["guarded_by"] = check
    return guarded
