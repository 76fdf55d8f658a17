"""The public’s pages about privacy notices: the same for everyone, so every cache may keep them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notices import presenters, queries
from notices.comparing import compare
from notices.forms import OnDayForm
from notices.languages import LANGUAGES
from notices.models import Notice, NoticeVersion
from notices.public.feed import feed_of
from privacy_portal.ground import days
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.ui.pdf import pdf_response


@require_safe
@public_page
def index(request: HttpRequest) -> HttpResponse:
    """List every notice, with the version in force today."""
    today = days.today()
    notices = [
        (notice, queries.version_in_force(notice, today), queries.waiting_version(notice, today))
        for notice in queries.notices_with_versions()
    ]
    return render(request, "notices/public/index.html", {"section": "notices", "notices": notices})


@require_safe
@public_page
def in_force(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the version in force today, or say that there is none."""
    notice = _notice(slug)
    version = queries.version_in_force(notice, days.today())
    if version is None:
        context = {"section": "notices", "notice": notice}
        return render(request, "notices/public/none_in_force.html", context)
    return _page(request, notice, version)


@require_safe
@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """List every version ever published, newest first."""
    notice = _notice(slug)
    today = days.today()
    context = {
        "section": "notices",
        "notice": notice,
        "versions": presenters.history(queries.published_versions(notice)),
        "current": queries.version_in_force(notice, today),
        "today": today,
        "form": OnDayForm(),
    }
    return render(request, "notices/public/versions.html", context)


@require_safe
@public_page
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a published version, with a note if it is not the one in force."""
    notice = _notice(slug)
    return _page(request, notice, _version(notice, number))


@require_safe
@public_page
def version_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Return the words of a version as JSON, with their SHA-256."""
    publication = queries.publication(_version(_notice(slug), number))
    document = {"digest": publication.digest, "content": publication.content}
    return JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})


@require_safe
@public_page
def version_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Return a version as PDF/UA."""
    return _pdf(request, _version(_notice(slug), number), f"{slug}-{number}")


@require_safe
@public_page
def translation_pdf(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """Return a version in another language as PDF/UA."""
    name = f"{slug}-{number}-{language}"
    return _pdf(request, _version(_notice(slug), number), name, language)


def _pdf(
    request: HttpRequest, version: NoticeVersion, name: str, language: str = ""
) -> HttpResponse:
    publication = queries.publication(version)
    content = publication.content
    context = {
        "version": version,
        "content": content,
        "words": _translated(content, language) if language else content,
        "language": LANGUAGES[language] if language else None,
        "publication": publication,
        "address": _address(request, version),
        "opt_out": request.build_absolute_uri(reverse("opt-out")),
    }
    return pdf_response(request, "notices/public/pdf.html", context, name=name)


@require_safe
@public_page
def young(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show the short version for young people."""
    notice = _notice(slug)
    version = _version(notice, number)
    content = queries.publication(version).content
    if not content["young_summary"]:
        raise Http404
    context = {"section": "notices", "notice": notice, "version": version, "content": content}
    return render(request, "notices/public/young.html", context)


@require_safe
@public_page
def translation(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """Show a version in another language; if they differ, the English text applies."""
    notice = _notice(slug)
    version = _version(notice, number)
    content = queries.publication(version).content
    context = {
        "section": "notices",
        "notice": notice,
        "version": version,
        "content": content,
        "translation": _translated(content, language),
        "language": LANGUAGES[language],
        "languages": LANGUAGES,
        "state": _state(notice, version, days.today()),
    }
    return render(request, "notices/public/translation.html", context)


@require_safe
@public_page
def changes(request: HttpRequest, slug: str, earlier: int, later: int) -> HttpResponse:
    """Show what changed between any two versions (N5), from the lower number to the higher."""
    if earlier > later:
        return redirect("notice-changes", slug, later, earlier)
    notice = _notice(slug)
    pair = [_version(notice, number) for number in (earlier, later)]
    context = {
        "section": "notices",
        "notice": notice,
        "earlier": pair[0],
        "later": pair[1],
        "comparison": compare(*queries.contents(pair)),
    }
    return render(request, "notices/public/changes.html", context)


@require_safe
@public_page
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the versions of a notice as an Atom feed."""
    notice = _notice(slug)
    published = list(queries.published_versions(notice))
    return feed_of(notice, published, request.build_absolute_uri)


@require_safe
def on_day(request: HttpRequest, slug: str) -> HttpResponse:
    """Redirect to the version that was in force on a date."""
    notice = _notice(slug)
    form = OnDayForm(request.GET)
    vars(request)["for_everyone"] = True
    if form.is_valid():
        version = queries.version_in_force(notice, form.cleaned_data["on"])
        if version:
            return redirect("notice-version", slug, version.number)
        form.add_error("on", "There was no version of this privacy notice on that date")
    context = {"section": "notices", "notice": notice, "form": form}
    return render(request, "notices/public/on_day.html", context, status=422)


def _page(request: HttpRequest, notice: Notice, version: NoticeVersion) -> HttpResponse:
    today = days.today()
    publication = queries.publication(version)
    context: dict[str, object] = {
        "section": "notices",
        "notice": notice,
        "version": version,
        "content": publication.content,
        "publication": publication,
        "languages": LANGUAGES,
        "state": _state(notice, version, today),
        "scheduled": queries.waiting_version(notice, today),
        "last_day": queries.last_day(notice, version),
        "previous": _previous(notice, version),
        "address": _address(request, version),
    }
    return render(request, "notices/public/version.html", context)


def _address(request: HttpRequest, version: NoticeVersion) -> str:
    path = reverse("notice-version", args=[version.notice.slug, version.number])
    return request.build_absolute_uri(path)


def _translated(content: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Return the words of a published version in a language. Raises Http404 if it is not translated."""
    translation: Mapping[str, Any]
    for translation in content.get("translations", []):
        if translation["language"] == language:
            return translation
    raise Http404


def _state(notice: Notice, version: NoticeVersion, today: date) -> str:
    current = queries.version_in_force(notice, today)
    if current and current.number == version.number:
        return "in-force"
    scheduled = version.effective_from is not None and version.effective_from > today
    return "waits" if scheduled else "old"


def _previous(notice: Notice, version: NoticeVersion) -> NoticeVersion | None:
    """Return the published version before this one, by number."""
    earlier = [row for row in queries.published(notice) if row.number < version.number]
    return max(earlier, key=lambda row: row.number, default=None)


def _notice(slug: str) -> Notice:
    return get_object_or_404(queries.notices_with_versions(), slug=slug)


def _version(notice: Notice, number: int) -> NoticeVersion:
    for version in queries.published(notice):
        if version.number == number:
            return version
    raise Http404
