"""The officers' desk: releases, and what was disclosed."""

from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices.queries import purpose_labels
from privacy_portal import days
from privacy_portal.accounts.models import User
from privacy_portal.accounts.permissions import officers_only
from privacy_portal.faults import BadInputError
from sharing import desk, presenters, queries
from sharing.deciding import TooManyRowsError
from sharing.errors import DecisionChangedError, NotNowError
from sharing.forms import ExtractForm
from sharing.models import Release

PER_PAGE = 50


@require_safe
@officers_only
def releases(request: HttpRequest) -> HttpResponseBase:
    """All releases, newest first."""
    desk.expire_due(at=days.now())
    page = Paginator(queries.releases(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "releases", "page": page, "purposes": purpose_labels()}
    return render(request, "sharing/releases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def new_release(request: HttpRequest) -> HttpResponseBase:
    """Upload an extract and have it checked."""
    if request.method != "POST":
        return _upload_page(request, ExtractForm())
    fields, files = request.POST, request.FILES  # read now: reading finds what is too large
    form = ExtractForm(fields, files, too_large=getattr(request, "upload_too_large", False))
    if not form.is_valid():
        return _upload_page(request, form)
    upload: TemporaryUploadedFile = form.cleaned_data["file"]
    try:
        checked = desk.check(
            Path(upload.temporary_file_path()),
            name=upload.name or "extract.csv",
            agreement=form.cleaned_data["agreement"],
            purpose=form.cleaned_data["purpose"],
            reference=form.cleaned_data["request_reference"],
            by=_officer(request),
            at=days.now(),
        )
    except BadInputError as error:
        for sentence in error.sentences():
            form.add_error("file", sentence)
        return _upload_page(request, form)
    except TooManyRowsError as error:
        form.add_error("file", f"{upload.name}: {error}. Split it into smaller files.")
        return _upload_page(request, form)
    return redirect("staff-release", checked.pk)


def _upload_page(request: HttpRequest, form: ExtractForm) -> HttpResponseBase:
    context = {"section": "releases", "form": form}
    return render(request, "sharing/release_new.html", context, status=422 if form.errors else 200)


@require_safe
@officers_only
def release(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """One release: what would go and why, and what this officer can do now."""
    desk.expire_due(at=days.now())
    shown = _release(release_id)
    user = _officer(request)
    rows = Paginator(queries.findings(release_id), PER_PAGE)
    context = {
        "section": "releases",
        "release": shown,
        "view": presenters.release(shown, purpose_labels()),
        "page": rows.get_page(request.GET.get("page")),
        "can_approve": desk.allowed(desk.check_can_approve, shown, user),
        "can_release": desk.allowed(desk.check_can_release, shown, user),
        "can_download": desk.allowed(desk.check_can_download, shown, user),
        "own": shown.requested_by_id == user.pk,
        "sentences": presenters.sentences(),
    }
    return render(request, "sharing/release.html", context)


@require_safe
@officers_only
def decision_json(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The whole decision as the contract's JSON, while its rows are kept."""
    shown = _release(release_id)
    document = presenters.decision_document(shown, queries.findings(release_id))
    return JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})


@require_POST
@officers_only
def approve(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """A second officer approves."""
    return _step(request, release_id, desk.approve, "You approved this release.")


@require_POST
@officers_only
def let_go(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The officer who asked releases it."""
    return _step(request, release_id, desk.release, "Released. You can download the file once.")


def _step(request: HttpRequest, release_id: UUID, verb: Any, done: str) -> HttpResponseBase:
    _release(release_id)
    try:
        verb(release_id, by=_officer(request), at=days.now())
    except NotNowError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, done)
    return redirect("staff-release", release_id)


@require_POST
@officers_only
def download(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """The hand-over itself: the permitted file, once."""
    shown = _release(release_id)
    try:
        done = desk.download(release_id, by=_officer(request), clock=days.now)
    except (NotNowError, DecisionChangedError) as error:
        messages.warning(request, str(error))
        return redirect("staff-release", release_id)
    if done.file is None:
        messages.warning(request, "The rules now forbid this release. Nothing has left.")
        return redirect("staff-release", release_id)
    name = f"{shown.agreement}-{done.disclosure.on}-{done.disclosure.entry}.csv"
    response = FileResponse(
        _opened_once(done.file), as_attachment=True, filename=name, content_type="text/csv"
    )
    response["Cache-Control"] = "no-store"
    return response


def _opened_once(file: Path) -> BinaryIO:
    """The file opened for reading and already deleted: it can be read this once (H3)."""
    opened = file.open("rb")
    file.unlink()
    return opened


@require_safe
@officers_only
def disclosures(request: HttpRequest) -> HttpResponseBase:
    """Everything handed over or refused, newest first."""
    page = Paginator(queries.disclosures(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "sharing/disclosures.html", {"section": "disclosures", "page": page})


@require_safe
@officers_only
def disclosure(request: HttpRequest, entry: int) -> HttpResponseBase:
    """One entry in words, with its why."""
    shown = queries.disclosure(entry)
    if shown is None:
        raise Http404
    context = {
        "section": "disclosures",
        "disclosure": shown,
        "view": presenters.disclosure(shown, queries.reason_counts(shown)),
        "late": queries.late_pupils(shown),
    }
    return render(request, "sharing/disclosure.html", context)


def _officer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _release(release_id: UUID) -> Release:
    found = queries.release(release_id)
    if found is None:
        raise Http404
    return found
