"""The officers' desk: an extract is uploaded, checked, approved, released and handed over."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from notices.queries import item_labels, items_for, notice_titles, purpose_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.ui.private_downloads import private_csv, private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.deciding.policy import load
from sharing.disclosures import columns
from sharing.disclosures.sentences import notice_in_words
from sharing.errors import DecisionChangedError, StalledError
from sharing.models import Release
from sharing.releases import (
    checking,
    deleting,
    delivering,
    desk,
    handing_over,
    headings as heading_desk,
    presenters,
    queries as release_queries,
    reasons as whys,
)
from sharing.releases.extract_files import pasted
from sharing.releases.forms import ExtractForm, HeadingsForm, OverrideForm, ReturnForm
from sharing.releases.unmatched import unmatched_about

PER_PAGE = 50
AGAIN_AFTER = "2"
State = Release.State


@require_safe
@officers_only
def releases(request: HttpRequest) -> HttpResponseBase:
    """All releases, newest first."""
    page = Paginator(release_queries.releases(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "releases",
        "page": page,
        "purposes": purpose_labels(),
        "state_in_words": lambda each: presenters.state_in_words(
            each, desk.waits_for_approval(each)
        ),
    }
    return render(request, "sharing/releases/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def new_release(request: HttpRequest) -> HttpResponseBase:
    """Upload an extract, or paste one, to have it checked."""
    return _upload(request, ExtractForm, "sharing/releases/new.html")


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def new_override(request: HttpRequest) -> HttpResponseBase:
    """The same for one that is to go against opt-outs, for safeguarding or a legal order."""
    return _upload(request, OverrideForm, "sharing/releases/override.html")


def _upload(request: HttpRequest, kind: type[ExtractForm], template: str) -> HttpResponseBase:
    form = kind(initial={"agreement": request.GET.get("agreement")})
    if request.method == "POST":
        fields, files = request.POST, request.FILES  # read now: reading finds what is too large
        form = kind(fields, files, too_large=getattr(request, "upload_too_large", False))
        if form.is_valid():
            try:
                return redirect("staff-release", _kept(request, form).pk)
            except BadInputError as error:
                for sentence in error.sentences():
                    form.add_error("pasted" if form.cleaned_data["pasted"] else "file", sentence)
    context = {"section": "releases", "form": form}
    return render(request, template, context, status=422 if form.errors else 200)


def _kept(request: HttpRequest, form: ExtractForm) -> Release:
    data = form.cleaned_data
    known = {
        "agreement": data["agreement"],
        "purpose": data["purpose"],
        "reference": data["request_reference"],
        "requested_on": data["requested_on"],
        "by": staff_of(request),
        "at": days.now(),
        "override": form.override() if isinstance(form, OverrideForm) else None,
    }
    upload: TemporaryUploadedFile | None = data["file"]
    if upload is None:
        with pasted(data["pasted"]) as path:
            return desk.upload(path, name="pasted rows", pasted=True, **known)
    return desk.upload(
        Path(upload.temporary_file_path()), name=upload.name or "extract.csv", **known
    )


@never_cache
@require_safe
@officers_only
def release(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """One release: what would go and why, and what this officer can do now."""
    shown = _release(release_id)
    if shown.state == State.ASKING:
        return redirect("staff-release-reading", release_id)
    if shown.state == State.MATCHING:
        return redirect("staff-release-headings", release_id)
    if shown.state in (State.CHECKING, State.FAULTY, State.FAILED):
        return _not_decided(request, shown)
    if not shown.decision:
        return render(
            request, "sharing/releases/gone.html", {"section": "releases", "release": shown}
        )
    user = staff_of(request)
    found = release_queries.findings(release_id)
    chosen = request.GET.get("reason", "")
    words = request.GET.get("words", "").strip()
    listed = release_queries.findings_like(found, words=words, reason=chosen)
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    labels = item_labels()
    context = {
        "section": "releases",
        "release": shown,
        "view": presenters.release(shown, purpose_labels(), labels, notice_titles()),
        "page": page,
        "query": query.urlencode(),
        "words": words,
        "chosen": chosen,
        "can_approve": allowed(desk.check_can_approve, shown, user),
        "can_release": allowed(desk.check_can_release, shown, user),
        "can_download": allowed(desk.check_can_download, shown, user),
        "can_delete": allowed(deleting.check_can_delete, shown, user),
        "state": presenters.state_in_words(shown, desk.waits_for_approval(shown)),
        "own": shown.requested_by_id == user.pk,
        "waits_for_approval": desk.waits_for_approval(shown),
        "passphrase": desk.passphrase_for(shown, user),
        "agreement": shown.agreement_version,
        "sentences": columns.sentences(),
        "form": ReturnForm(),
        "unmatched": unmatched_about(shown) if shown.state == State.CHECKED else None,
    }
    return render(request, "sharing/releases/release.html", context)


def _not_decided(request: HttpRequest, shown: Release) -> HttpResponseBase:
    """How far the check is, or why there is none. The page asks for itself again, without script."""
    context = {
        "section": "releases",
        "release": shown,
        "rows": checking.rows_decided(shown) if shown.state == State.CHECKING else 0,
        "can_delete": allowed(deleting.check_can_delete, shown, staff_of(request)),
    }
    response = render(request, "sharing/releases/checking.html", context)
    if shown.state == State.CHECKING:
        response["Refresh"] = AGAIN_AFTER
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-release", "release_id")
def headings(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """What stands under headings that no item has: left out, or an item for this file."""
    shown = _release(release_id)
    if shown.state != State.MATCHING:
        return redirect("staff-release", release_id)
    loaded = load(shown.agreement, shown.purpose, days.today())
    audience = loaded.version.audience if loaded.version else "pupil"
    form = HeadingsForm(
        request.POST if request.method == "POST" else None,
        headings=heading_desk.unknown_headings(shown, loaded),
        items=[(each.code, each.label) for each in items_for(audience)],
        proposals=heading_desk.proposals(shown, loaded),
    )
    if request.method == "POST" and form.is_valid():
        heading_desk.assign(release_id, form.chosen(), by=staff_of(request), at=days.now())
        return redirect("staff-release", release_id)
    context = {
        "section": "releases",
        "release": shown,
        "form": form,
        "own": shown.requested_by_id == staff_of(request).pk,
        "proposed": bool(form.proposals),
    }
    status = 422 if form.errors else 200
    return render(request, "sharing/releases/headings.html", context, status=status)


@require_safe
@officers_only
def decision_json(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The whole decision as the contract's JSON, while its rows are kept."""
    shown = _release(release_id)
    if not shown.decision:
        raise Http404
    document = presenters.decision_document(shown, release_queries.findings(release_id))
    return JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})


@require_safe
@officers_only
def rows_csv(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The rows that do not go whole, as CSV, with the filter of the page."""
    shown = _release(release_id)
    listed = release_queries.findings_like(
        release_queries.findings(shown.pk),
        words=request.GET.get("words", "").strip(),
        reason=request.GET.get("reason", ""),
    )
    headings = ["Row", "UPN in the file", "Outcome", "Reason", "Why"]
    sentences = columns.sentences()
    rows = (
        [each.row, each.upn, each.outcome, each.reason, sentences[each.reason]]
        for each in listed.iterator()
    )
    return private_csv(headings, rows, name=f"rows-{shown.pk}.csv")


@require_safe
@officers_only
def why(request: HttpRequest, release_id: UUID, row: int) -> HttpResponseBase:
    """Why a row does not go whole: the rule, the agreement's clause, the notice, the decision."""
    shown = _release(release_id)
    finding = release_queries.findings(release_id).filter(row=row).first()
    if finding is None:
        raise Http404
    found = whys.of_row(shown, finding)
    if found.pupil is not None:
        histories.looked_at(found.pupil, by=staff_of(request), at=days.now())
    context = {
        "section": "releases",
        "release": shown,
        "finding": finding,
        "why": found,
        "notice": notice_in_words(found.notice, notice_titles()),
    }
    return render(request, "sharing/releases/why.html", context)


@require_POST
@officers_only
@not_now_to("staff-release", "release_id")
def approve(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """A second officer approves."""
    return _step(request, release_id, desk.approve, "You approved this release.")


@require_POST
@officers_only
@not_now_to("staff-release", "release_id")
def send_back(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """A second officer returns it with a comment."""
    form = ReturnForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Write what is to be mended, so that it can be returned.")
        return redirect("staff-release", release_id)
    comment = form.cleaned_data["comment"]

    def verb(release_id: UUID, *, by: User, at: datetime) -> None:
        desk.send_back(release_id, comment=comment, by=by, at=at)

    return _step(request, release_id, verb, "You returned this release. Its file is deleted.")


@require_POST
@officers_only
@not_now_to("staff-release", "release_id")
def let_go(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The officer who asked releases it."""
    hidden_meant = bool(request.POST.get("hidden_meant"))
    unmatched_seen = bool(request.POST.get("unmatched_seen"))

    def verb(release_id: UUID, *, by: User, at: datetime) -> None:
        desk.release(
            release_id, hidden_meant=hidden_meant, unmatched_seen=unmatched_seen, by=by, at=at
        )

    return _step(request, release_id, verb, "Released. You can download the file once.")


def _step(
    request: HttpRequest, release_id: UUID, verb: Callable[..., None], done: str
) -> HttpResponseBase:
    _release(release_id)
    verb(release_id, by=staff_of(request), at=days.now())
    messages.success(request, done)
    return redirect("staff-release", release_id)


@require_POST
@officers_only
@not_now_to("staff-release", "release_id")
def delete(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The officer who uploaded an extract deletes it."""
    return _step(request, release_id, deleting.delete, "Deleted. Nothing was released.")


@require_POST
@officers_only
@not_now_to("staff-release", "release_id", errors=(NotNowError, DecisionChangedError, StalledError))
def download(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The hand-over itself: the permitted file, once."""
    _release(release_id)
    done = handing_over.hand_over_release(release_id, by=staff_of(request), clock=days.now)
    if done.file is None:
        messages.warning(request, "The rules now forbid this release. Nothing has left.")
        return redirect("staff-release", release_id)
    stream = delivering.parcel(done, release_id, clock=days.now)
    name = stream.sent.name
    kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
    return private_file(stream, name=name, content_type=kind, size=stream.sent.size)


def _release(release_id: UUID) -> Release:
    found = release_queries.release(release_id)
    if found is None:
        raise Http404
    return found
