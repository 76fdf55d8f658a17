"""The public's pages about notices: the same for everyone, so every cache may keep them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notices import presenters, queries
from notices.comparing import compare
from notices.forms import OnDayForm
from notices.languages import LANGUAGES, Language
from notices.models import Notice, NoticeVersion, Publication
from notices.public.feed import feed_of
from privacy_portal.ground import days
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.ui.pdf import pdf_response


@require_safe
@public_page
def index(request: HttpRequest) -> HttpResponse:
    """Every notice, with the version in force today."""
    today = days.today()
    notices = [
        (notice, queries.version_in_force(notice, today), queries.waiting_version(notice, today))
        for notice in queries.notices_with_versions()
    ]
    return render(request, "notices/public/index.html", {"section": "notices", "notices": notices})


@require_safe
@public_page
def in_force(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force today; where none is, a page that says so."""
    notice = _notice(slug)
    version = queries.version_in_force(notice, days.today())
    if version is None:
        context = {"section": "notices", "notice": notice}
        return render(request, "notices/public/none_in_force.html", context)
    return _page(request, notice, version)


@require_safe
@public_page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The history: every version ever published, newest first."""
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
    """One published version, with a note where it is not the one in force."""
    notice = _notice(slug)
    return _page(request, notice, _version(notice, number))


@require_safe
@public_page
def version_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The words of a version as a document, with their SHA-256."""
    publication = queries.publication(_version(_notice(slug), number))
    document = {"digest": publication.digest, "content": publication.content}
    return JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})


@require_safe
@public_page
def version_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A version as PDF/UA."""
    shown = _version(_notice(slug), number)
    publication = queries.publication(shown)
    return _pdf(request, shown, publication, publication.content, None, f"{slug}-{number}")


@require_safe
@public_page
def translation_pdf(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """A version in another language as PDF/UA."""
    shown = _version(_notice(slug), number)
    publication = queries.publication(shown)
    words = _translated(publication.content, language)
    name = f"{slug}-{number}-{language}"
    return _pdf(request, shown, publication, words, LANGUAGES[language], name)


def _pdf(
    request: HttpRequest,
    shown: NoticeVersion,
    publication: Publication,
    words: Mapping[str, Any],
    language: Language | None,
    name: str,
) -> HttpResponse:
    context = {
        "version": shown,
        "content": publication.content,
        "words": words,
        "language": language,
        "publication": publication,
        "address": request.build_absolute_uri(
            reverse("notice-version", args=[shown.notice.slug, shown.number])
        ),
        "opt_out": request.build_absolute_uri(reverse("opt-out")),
    }
    return pdf_response(request, "notices/public/pdf.html", context, name=name)


@require_safe
@public_page
def young(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A version in short, for young people."""
    notice = _notice(slug)
    shown = _version(notice, number)
    content = queries.publication(shown).content
    if not content["young_summary"]:
        raise Http404
    context = {"section": "notices", "notice": notice, "version": shown, "content": content}
    return render(request, "notices/public/young.html", context)


@require_safe
@public_page
def translation(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """A version in another language; the English text is the one that counts."""
    notice = _notice(slug)
    shown = _version(notice, number)
    content = queries.publication(shown).content
    context = {
        "section": "notices",
        "notice": notice,
        "version": shown,
        "content": content,
        "translation": _translated(content, language),
        "language": LANGUAGES[language],
        "languages": LANGUAGES,
        "state": _state(notice, shown, days.today()),
    }
    return render(request, "notices/public/translation.html", context)


@require_safe
@public_page
def changes(request: HttpRequest, slug: str, earlier: int, later: int) -> HttpResponse:
    """What changed between any two versions (N5), from the lower number to the higher."""
    if earlier > later:
        return redirect("notice-changes", slug, later, earlier)
    notice = _notice(slug)
    shown = [_version(notice, number) for number in (earlier, later)]
    context = {
        "section": "notices",
        "notice": notice,
        "earlier": shown[0],
        "later": shown[1],
        "comparison": compare(*queries.contents(shown)),
    }
    return render(request, "notices/public/changes.html", context)


@require_safe
@public_page
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions of a notice as an Atom feed."""
    notice = _notice(slug)
    published = list(queries.published_versions(notice))
    return feed_of(notice, published, request.build_absolute_uri)


@require_safe
def on_day(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads to the version that was in force on a day."""
    notice = _notice(slug)
    form = OnDayForm(request.GET)
    vars(request)["for_everyone"] = True
    if form.is_valid():
        found = queries.version_in_force(notice, form.cleaned_data["on"])
        if found:
            return redirect("notice-version", slug, found.number)
        form.add_error("on", "There was no version of this privacy notice on that date")
    context = {"section": "notices", "notice": notice, "form": form}
    return render(request, "notices/public/on_day.html", context, status=422)


def _page(request: HttpRequest, notice: Notice, shown: NoticeVersion) -> HttpResponse:
    today = days.today()
    publication = queries.publication(shown)
    context: dict[str, object] = {
        "section": "notices",
        "notice": notice,
        "version": shown,
        "content": publication.content,
        "publication": publication,
        "languages": LANGUAGES,
        "state": _state(notice, shown, today),
        "scheduled": queries.waiting_version(notice, today),
        "previous": _previous(notice, shown),
        "address": request.build_absolute_uri(
            reverse("notice-version", args=[notice.slug, shown.number])
        ),
    }
    return render(request, "notices/public/version.html", context)


def _translated(content: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """The words of a published version in a language; 404 where it is not translated."""
    for each in content.get("translations", []):
        if each["language"] == language:
            found: Mapping[str, Any] = each
            return found
    raise Http404


def _state(notice: Notice, shown: NoticeVersion, today: date) -> str:
    current = queries.version_in_force(notice, today)
    if current and current.number == shown.number:
        return "in-force"
    waits = shown.effective_from is not None and shown.effective_from > today
    return "waits" if waits else "old"


def _previous(notice: Notice, shown: NoticeVersion) -> NoticeVersion | None:
    """The published version before this one, by number."""
    numbers = [each.number for each in notice.versions.all() if each.number < shown.number]
    earlier = (queries.published_number(notice, number) for number in sorted(numbers, reverse=True))
    return next((each for each in earlier if each), None)


def _notice(slug: str) -> Notice:
    notice = queries.notice(slug)
    if notice is None:
        raise Http404
    return notice


def _version(notice: Notice, number: int) -> NoticeVersion:
    found = queries.published_number(notice, number)
    if found is None:
        raise Http404
    return found
