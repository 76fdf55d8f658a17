"""Show editors and publishers the privacy notices and a draft as a whole; publish, withdraw and delete."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices import queries
from notices.drafts import drafting, plain_language, publishing, tokens, translating
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing
from notices.drafts.forms import WithdrawForm
from notices.drafts.presenters import missing_with_links
from notices.drafts.publishing import can_withdraw
from notices.errors import DraftChangedError, NotCompleteError
from notices.models import NoticeVersion, VersionStatus
from notices.rules import ELEMENT_SENTENCES, element_of, may_publish
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.refusals import not_now_to

EDITS_ON_PAGE = 20


@require_safe
@open_to(Action.SEE_DRAFTS)
def notices(request: HttpRequest) -> HttpResponseBase:
    """List every notice with its version in force, its scheduled versions and its draft."""
    today = days.today()
    entries = [
        {
            "notice": notice,
            "current": queries.version_in_force(notice, today),
            "scheduled": [row for row in notice.versions.all() if can_withdraw(row, today)],
            "drafts": [row for row in notice.versions.all() if row.status == VersionStatus.DRAFT],
        }
        for notice in queries.notices_with_versions()
    ]
    context = {"section": "notices-desk", "entries": entries}
    return render(request, "notices/drafts/index.html", context)


@require_POST
@open_to(change=Action.EDIT_NOTICES)
@not_now_to("staff-notices")
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Create a draft of the next version with the words of the newest."""
    notice = get_object_or_404(queries.notices_with_versions(), slug=slug)
    draft = drafting.start_draft(notice, editing=editing(request))
    messages.success(request, f"Draft of version {draft.number} created. The public cannot see it.")
    return redirect("staff-draft", slug, draft.number)


@require_safe
@open_to(Action.SEE_DRAFTS)
def draft(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a draft: what is missing, its parts, advice on its words, and who changed it."""
    version = version_at(slug, number)
    if version.status != VersionStatus.DRAFT:
        return redirect("staff-notice-version", slug, number)
    sections = list(version.sections.all())
    lines = list(queries.table_of(version))
    edit = drafting.last_edit(version.notice_id, version.number)
    user = staff_of(request)
    editor = edit.by_id if edit else None
    return page_about(
        request,
        "draft",
        version,
        can_publish=may(user, Action.PUBLISH_NOTICES) and may_publish(editor, user.pk),
        own_edit=editor == user.pk,
        publishers=_publishers(user, editor),
        sections=[(section, _subject(section.element)) for section in sections],
        lines=lines,
        not_applicable=[(mark, _subject(mark.element)) for mark in version.not_applicable.all()],
        section_order=tokens.order_token(sections),
        line_order=tokens.order_token(lines),
        missing=missing_with_links(version, publishing.missing_in(version, days.today())),
        advice=plain_language.advise(sections, version.young_summary),
        edits=queries.edits_of(version)[:EDITS_ON_PAGE],
        targets=plain_language.targets(),
        translations=translating.states_of(version),
    )


@require_safe
@open_to(Action.SEE_DRAFTS)
def preview(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a draft as the public would read it."""
    version = version_at(slug, number)
    return page_about(request, "preview", version, content=content_of(version))


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_DRAFTS, change=Action.PUBLISH_NOTICES)
@not_now_to("staff-publish", "slug", "number")
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """List what is missing; where nothing is, show the notice with the button that publishes it."""
    version = version_at(slug, number)
    if version.status != VersionStatus.DRAFT:
        return redirect("staff-notice-version", slug, number)
    user = staff_of(request)
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
    return page_about(
        request,
        "publish",
        version,
        missing=missing_with_links(version, missing),
        last_edit=edit,
        may_publish=may_publish(edit.by_id if edit else None, user.pk),
        publishers=_publishers(user, edit.by_id if edit else None),
        content=content,
        digest=digest_of(content),
        incomplete=[state for state in translating.states_of(version) if state.open],
    )


@require_safe
@open_to(Action.SEE_DRAFTS)
def version_page(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show a published version: who published it when, and whether it can be withdrawn."""
    version = version_at(slug, number)
    if version.status == VersionStatus.DRAFT:
        return redirect("staff-draft", slug, number)
    return page_about(
        request,
        "version",
        version,
        publication=queries.publication(version),
        withdrawal=queries.withdrawal(version),
        can_withdraw=can_withdraw(version, days.today()),
        edits=queries.edits_of(version)[:EDITS_ON_PAGE],
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.PUBLISH_NOTICES)
@not_now_to("staff-notice-version", "slug", "number")
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Withdraw a version that is not in force yet, for a reason."""
    version = version_at(slug, number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        publishing.withdraw(version.pk, reason=reason, by=staff_of(request), at=days.now())
        messages.success(request, f"Version {number} withdrawn")
        return redirect("staff-notice-version", slug, number)
    return page_about(request, "withdraw", version, 422 if form.errors else 200, form=form)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Delete a draft, once that is confirmed."""
    version = version_at(slug, number)
    if request.method != "POST":
        return page_about(request, "discard", version)
    verb = partial(drafting.discard_draft, version.pk, editing=editing(request))
    tell_outcome(request, verb, f"Draft of version {number} deleted")
    return redirect("staff-notices")


def page_about(
    request: HttpRequest, page: str, version: NoticeVersion, status: int = 200, **context: object
) -> HttpResponseBase:
    """Return the page of this name about a version of a notice."""
    context |= {"section": "notices-desk", "version": version}
    return render(request, f"notices/drafts/{page}.html", context, status=status)


def tell_outcome(request: HttpRequest, verb: Callable[[], None], success: str) -> None:
    """Run a verb, and tell the editor on the next page that it was done or why it was not."""
    try:
        verb()
    except DraftChangedError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, success)


def editing(request: HttpRequest) -> Editing:
    """Return who is signed in as the editor, at this moment."""
    return Editing(staff_of(request), days.now())


def version_at(slug: str, number: int) -> NoticeVersion:
    """Return the version at this address, whatever its status. Raises Http404."""
    notice = get_object_or_404(queries.notices_with_versions(), slug=slug)
    version = next((row for row in notice.versions.all() if row.number == number), None)
    if version is None:
        raise Http404
    version.notice = notice
    return version


def _publishers(user: User, editor: int | None) -> list[str]:
    """Return the names of those who can publish a draft of this last editor, without the user's own."""
    publishers = User.objects.notice_publishers()
    return [other.name for other in publishers if other != user and may_publish(editor, other.pk)]


def _subject(code: str) -> str:
    element = element_of(code)
    return ELEMENT_SENTENCES[element] if element else code
