"""The public's pages about notices."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices import queries
from notices.models import Notice, NoticeVersion, VersionStatus
from privacy_portal import days


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every notice, with the version in force today."""
    today = days.today()
    listed = [
        (notice, queries.version_in_force(notice, today))
        for notice in queries.notices_with_versions()
    ]
    return render(request, "notices/index.html", {"section": "notices", "listed": listed})


@require_safe
def in_force(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force today; where none is, a page that says so."""
    notice = _notice(slug)
    today = days.today()
    version = queries.version_in_force(notice, today)
    if version is None:
        context = {"section": "notices", "notice": notice}
        return render(request, "notices/none_in_force.html", context)
    return _page(request, notice, version, version, today)


@require_safe
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The history: every version ever published, newest first."""
    notice = _notice(slug)
    published = list(queries.published_versions(notice))
    today = days.today()
    context = {
        "section": "notices",
        "notice": notice,
        "versions": published,
        "current": queries.version_in_force(notice, today),
        "today": today,
    }
    return render(request, "notices/versions.html", context)


@require_safe
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One published version, with a note where it is not the one in force."""
    notice = _notice(slug)
    found = queries.published_versions(notice).filter(number=number).first()
    if found is None:
        raise Http404
    today = days.today()
    return _page(request, notice, found, queries.version_in_force(notice, today), today)


def _page(
    request: HttpRequest,
    notice: Notice,
    shown: NoticeVersion,
    current: NoticeVersion | None,
    today: date,
) -> HttpResponse:
    assert shown.status == VersionStatus.PUBLISHED
    context: dict[str, Any] = {
        "section": "notices",
        "notice": notice,
        "version": shown,
        "current": current,
        "waits": shown.effective_from is not None and shown.effective_from > today,
        "sections": list(shown.sections.all()),
        "table": list(queries.table_of(shown)),
    }
    return render(request, "notices/version.html", context)


def _notice(slug: str) -> Notice:
    notice = queries.notice(slug)
    if notice is None:
        raise Http404
    return notice
