"""Officers' pages about notices: what there is, a draft as a whole, publishing, withdrawing."""

from datetime import date

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

EDITS_SHOWN = 20


@require_safe
@notice_editors_only
def notices(request: HttpRequest) -> HttpResponseBase:
    """Every notice: what is in force, what waits, what is being written."""
    today = days.today()
    listed = [
        {
            "notice": notice,
            "current": queries.version_in_force(notice, today),
            "waiting": [each for each in notice.versions.all() if _waits(each, today)],
            "drafts": [
                each for each in notice.versions.all() if each.status == VersionStatus.DRAFT
            ],
        }
        for notice in queries.notices_with_versions()
    ]
    return render(
        request, "notices/drafts/index.html", {"section": "notices-desk", "listed": listed}
    )


@require_POST
@notice_editors_only
@not_now_to("staff-notices")
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begins the next version with the words of the newest."""
    notice = found_notice(slug)
    draft = drafting.start_draft(notice, editing=editing(request))
    messages.success(request, f"Version {draft.number} is started. Nobody but editors sees it yet.")
    return redirect("staff-draft", slug, draft.number)


@require_safe
@notice_editors_only
def draft(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A draft as a whole: what is missing, its parts, how plain its words are, who changed it."""
    version = found_version(slug, number)
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
        "publishers": [each.name for each in User.objects.notice_editors().exclude(pk=user.pk)],
        "sections": [(section, _tells(section.element)) for section in sections],
        "lines": lines,
        "not_applicable": [(each, _tells(each.element)) for each in version.not_applicable.all()],
        "section_order": tokens.order_token(sections),
        "line_order": tokens.order_token(lines),
        "missing": missing_with_links(version, publishing.missing_in(version, days.today())),
        "advice": plain_language.advise(sections, version.young_summary),
        "edits": queries.edits_of(version)[:EDITS_SHOWN],
        "targets": plain_language.targets(),
        "translations": translating.states_of(version),
    }
    return render(request, "notices/drafts/draft.html", context)


@require_safe
@notice_editors_only
def preview(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A draft as the public would read it."""
    version = found_version(slug, number)
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
    """What is missing, with links; where nothing is, the words to read and the button."""
    version = found_version(slug, number)
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
            messages.success(request, f"Version {number} is published.")
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
        "left_out": [each for each in translating.states_of(version) if each.open],
    }
    return render(request, "notices/drafts/publish.html", context)


@require_safe
@notice_editors_only
def version(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A published version: who published it when, and whether it can still be withdrawn."""
    shown = found_version(slug, number)
    if shown.status == VersionStatus.DRAFT:
        return redirect("staff-draft", slug, number)
    context = {
        "section": "notices-desk",
        "version": shown,
        "publication": queries.publication(shown),
        "withdrawal": queries.withdrawal(shown),
        "can_withdraw": publishing.can_withdraw(shown, days.today()),
        "edits": queries.edits_of(shown)[:EDITS_SHOWN],
    }
    return render(request, "notices/drafts/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@notice_editors_only
@not_now_to("staff-notice-version", "slug", "number")
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Withdraws a version that waits for its day, with the reason."""
    shown = found_version(slug, number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        publishing.withdraw(shown.pk, reason=reason, by=officer(request), at=days.now())
        messages.success(request, f"Version {number} is withdrawn. It will not take effect.")
        return redirect("staff-notice-version", slug, number)
    context = {"section": "notices-desk", "version": shown, "form": form}
    status = 422 if form.errors else 200
    return render(request, "notices/drafts/withdraw.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@notice_editors_only
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Throws a draft away, once that is confirmed."""
    shown = found_version(slug, number)
    if request.method == "POST":
        try:
            drafting.discard_draft(shown.pk, editing=editing(request))
        except DraftChangedError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, f"The draft of version {number} is thrown away.")
        return redirect("staff-notices")
    context = {"section": "notices-desk", "version": shown}
    return render(request, "notices/drafts/discard.html", context)


def officer(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def editing(request: HttpRequest) -> Editing:
    """Who edits, and now."""
    return Editing(officer(request), days.now())


def found_notice(slug: str) -> Notice:
    """The notice at this address, or 404."""
    notice = queries.notice(slug)
    if notice is None:
        raise Http404
    return notice


def found_version(slug: str, number: int) -> NoticeVersion:
    """The version at this address in whatever state, or 404."""
    notice = found_notice(slug)
    found = next((each for each in notice.versions.all() if each.number == number), None)
    if found is None:
        raise Http404
    found.notice = notice
    return found


def _waits(version: NoticeVersion, today: date) -> bool:
    return publishing.can_withdraw(version, today)


def _tells(code: str) -> str:
    element = element_of(code)
    return ELEMENT_SENTENCES[element] if element else code
