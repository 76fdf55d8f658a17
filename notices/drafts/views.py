"""Show officers the privacy notices and a draft as a whole; publish, withdraw and delete."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices import queries
from notices.drafts import drafting, plain_language, publishing, tokens, translating
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing
from notices.drafts.forms import WithdrawForm
from notices.drafts.presenters import missing_with_links
from notices.errors import DraftChangedError, NotCompleteError
from notices.models import Notice, NoticeVersion, VersionStatus
from notices.rules import ELEMENT_SENTENCES, element_of, may_publish
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import notice_editors_only
from privacy_portal.ground.ui.refusals import not_now_to

EDITS_ON_PAGE = 20


@require_safe
@notice_editors_only
def notices(request: HttpRequest) -> HttpResponseBase:
    """List every notice with its version in force, its scheduled versions and its draft."""
    today = days.today()
    entries = [
        {
            "notice": notice,
            "current": queries.version_in_force(notice, today),
            "scheduled": [
                version
                for version in notice.versions.all()
                if publishing.can_withdraw(version, today)
            ],
            "drafts": [
                version
                for version in notice.versions.all()
                if version.status == VersionStatus.DRAFT
            ],
        }
        for notice in queries.notices_with_versions()
    ]
    context = {"section": "notices-desk", "entries": entries}
    return render(request, "notices/drafts/index.html", context)


@require_POST
@notice_editors_only
@not_now_to("staff-notices")
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Create a draft of the next version with the words of the newest."""
    notice = notice_at(slug)
    draft = drafting.start_draft(notice, editing=editing(request))
    messages.success(request, f"Draft of version {draft.number} created. Only editors can see it.")
    return redirect("staff-draft", slug, draft.number)


@require_safe
@notice_editors_only
def draft(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a draft: what is missing, its parts, advice on its words, and who changed it."""
    version = version_at(slug, number)
    if version.status != VersionStatus.DRAFT:
        return redirect("staff-notice-version", slug, number)
    sections = list(version.sections.all())
    lines = list(queries.table_of(version))
    edit = drafting.last_edit(version.notice_id, version.number)
    user = officer(request)
    context = {
        "section": "notices-desk",
        "version": version,
        "can_publish": may_publish(edit.by_id if edit else None, user.pk),
        "publishers": [editor.name for editor in User.objects.notice_editors().exclude(pk=user.pk)],
        "sections": [(section, _subject(section.element)) for section in sections],
        "lines": lines,
        "not_applicable": [(mark, _subject(mark.element)) for mark in version.not_applicable.all()],
        "section_order": tokens.order_token(sections),
        "line_order": tokens.order_token(lines),
        "missing": missing_with_links(version, publishing.missing_in(version, days.today())),
        "advice": plain_language.advise(sections, version.young_summary),
        "edits": queries.edits_of(version)[:EDITS_ON_PAGE],
        "targets": plain_language.targets(),
        "translations": translating.states_of(version),
    }
    return render(request, "notices/drafts/draft.html", context)


@require_safe
@notice_editors_only
def preview(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a draft as the public would read it."""
    version = version_at(slug, number)
    context = {
        "section": "notices-desk",
        "version": version,
        "content": content_of(version),
    }
    return render(request, "notices/drafts/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@notice_editors_only
@not_now_to("staff-publish", "slug", "number")
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """List what is missing; where nothing is, show the notice with the button that publishes it."""
    version = version_at(slug, number)
    if version.status != VersionStatus.DRAFT:
        return redirect("staff-notice-version", slug, number)
    user = officer(request)
    missing = publishing.missing_in(version, days.today())
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            publishing.publish(version.pk, seen=seen, by=user, at=days.now())
        except NotCompleteError as error:
            missing = error.missing
            messages.warning(request, str(error))
        else:
            messages.success(request, f"Version {number} published")
            return redirect("staff-notice-version", slug, number)
    edit = drafting.last_edit(version.notice_id, version.number)
    content = content_of(version)
    context = {
        "section": "notices-desk",
        "version": version,
        "missing": missing_with_links(version, missing),
        "last_edit": edit,
        "may_publish": may_publish(edit.by_id if edit else None, user.pk),
        "content": content,
        "digest": digest_of(content),
        "incomplete": [state for state in translating.states_of(version) if state.open],
    }
    return render(request, "notices/drafts/publish.html", context)


@require_safe
@notice_editors_only
def version_page(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a published version: who published it when, and whether it can be withdrawn."""
    version = version_at(slug, number)
    if version.status == VersionStatus.DRAFT:
        return redirect("staff-draft", slug, number)
    context = {
        "section": "notices-desk",
        "version": version,
        "publication": queries.publication(version),
        "withdrawal": queries.withdrawal(version),
        "can_withdraw": publishing.can_withdraw(version, days.today()),
        "edits": queries.edits_of(version)[:EDITS_ON_PAGE],
    }
    return render(request, "notices/drafts/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@notice_editors_only
@not_now_to("staff-notice-version", "slug", "number")
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Withdraw a version that is not in force yet, for a reason."""
    version = version_at(slug, number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        publishing.withdraw(version.pk, reason=reason, by=officer(request), at=days.now())
        messages.success(request, f"Version {number} withdrawn")
        return redirect("staff-notice-version", slug, number)
    context = {"section": "notices-desk", "version": version, "form": form}
    status = 422 if form.errors else 200
    return render(request, "notices/drafts/withdraw.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@notice_editors_only
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Delete a draft, once that is confirmed."""
    version = version_at(slug, number)
    if request.method == "POST":
        try:
            drafting.discard_draft(version.pk, editing=editing(request))
        except DraftChangedError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, f"Draft of version {number} deleted")
        return redirect("staff-notices")
    context = {"section": "notices-desk", "version": version}
    return render(request, "notices/drafts/discard.html", context)


def officer(request: HttpRequest) -> User:
    """Return the officer who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def editing(request: HttpRequest) -> Editing:
    """Return the officer who is signed in as the editor, at this moment."""
    return Editing(officer(request), days.now())


def notice_at(slug: str) -> Notice:
    """Return the notice at this address. Raises Http404."""
    notice = queries.notice(slug)
    if notice is None:
        raise Http404
    return notice


def version_at(slug: str, number: int) -> NoticeVersion:
    """Return the version at this address, whatever its status. Raises Http404."""
    notice = notice_at(slug)
    version = next((row for row in notice.versions.all() if row.number == number), None)
    if version is None:
        raise Http404
    version.notice = notice
    return version


def _subject(code: str) -> str:
    element = element_of(code)
    return ELEMENT_SENTENCES[element] if element else code
