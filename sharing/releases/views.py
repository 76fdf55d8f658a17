"""The officers' desk: an extract is uploaded, checked, approved, released and handed over."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from notices.queries import item_labels, items_for, notice_titles, purpose_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, other_parameters, page_of, refreshed
from privacy_portal.ground.ui.private_downloads import private_csv, private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.assurances.queries import review_of
from sharing.cover_sheets.making import check_can_make
from sharing.deciding.policy import load
from sharing.disclosures import columns
from sharing.disclosures.sentences import notice_in_words
from sharing.errors import DecisionChangedError, OwnAgreementError, StalledError
from sharing.models import Release
from sharing.releases import (
    checking,
    deleting,
    delivering,
    desk,
    handing_over,
    headings,
    presenters,
    queries,
    reasons,
)
from sharing.releases.extract_files import pasted
from sharing.releases.forms import ExtractForm, HeadingsForm, OverrideForm, SendBackForm
from sharing.releases.request import Request
from sharing.stops.stopping import stop

State = Release.State


@require_safe
@open_to(Action.SEE_RELEASES)
def releases(request: HttpRequest) -> HttpResponseBase:
    """List all releases, newest first."""
    context = {
        "section": "releases",
        "page": page_of(request, queries.releases()),
        "purposes": purpose_labels(),
        "state_in_words": _state_in_words,
        "stop": stop(),
    }
    return render(request, "sharing/releases/index.html", context)


def _state_in_words(release: Release) -> str:
    return presenters.state_in_words(release, desk.waits_for_approval(release))


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
def new_release(request: HttpRequest) -> HttpResponseBase:
    """Upload an extract, or paste one, to have it checked."""
    return _upload(request, ExtractForm, "sharing/releases/new.html")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
def new_override(request: HttpRequest) -> HttpResponseBase:
    """Upload an extract to be released despite opt-outs, for safeguarding or a legal order."""
    return _upload(request, OverrideForm, "sharing/releases/override.html")


def _upload(request: HttpRequest, kind: type[ExtractForm], template: str) -> HttpResponseBase:
    form = kind(initial={"agreement": request.GET.get("agreement")})
    if request.method == "POST":
        fields, files = request.POST, request.FILES  # read now: reading finds what is too large
        form = kind(fields, files=files, too_large=getattr(request, "upload_too_large", False))
        if form.is_valid():
            try:
                return redirect("staff-release", _store(request, form).pk)
            except OwnAgreementError as error:
                form.add_error("agreement", str(error))
            except BadInputError as error:
                for sentence in error.sentences():
                    form.add_error("pasted" if form.cleaned_data["pasted"] else "file", sentence)
    return form_page(request, template, {"section": "releases", "form": form})


def _store(request: HttpRequest, form: ExtractForm) -> Release:
    data = form.cleaned_data
    details = {
        "agreement": data["agreement"],
        "purpose": data["purpose"],
        "reference": data["request_reference"],
        "requested_on": data["requested_on"],
        "by": staff_of(request),
        "override": form.override() if isinstance(form, OverrideForm) else None,
    }
    upload: TemporaryUploadedFile | None = data["file"]
    if upload is None:
        with pasted(data["pasted"]) as path:
            return desk.upload(Request(path, "pasted rows", **details), at=days.now(), pasted=True)
    path, name = Path(upload.temporary_file_path()), upload.name or "extract.csv"
    return desk.upload(Request(path, name, **details), at=days.now())


@require_safe
@open_to(Action.SEE_RELEASES)
def release(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Show what can be released and why, and what this officer can do now."""
    release = get_release(release_id)
    if release.state == State.ASKING:
        return redirect("staff-release-reading", release_id)
    if release.state == State.MATCHING:
        return redirect("staff-release-headings", release_id)
    if release.state in (State.CHECKING, State.FAULTY, State.FAILED):
        return _not_decided(request, release)
    context: dict[str, object] = {"section": "releases", "release": release}
    if not release.decision:
        return render(request, "sharing/releases/gone.html", context)
    user = staff_of(request)
    reason = request.GET.get("reason", "")
    words = request.GET.get("words", "").strip()
    findings = queries.findings_like(release_id, words=words, reason=reason)
    version = release.agreement_version
    approves = may(user, Action.APPROVE)
    context |= {
        "view": presenters.release_in_words(
            release,
            version,
            purposes=purpose_labels(),
            items=item_labels(),
            notices=notice_titles(),
        ),
        "page": page_of(request, findings),
        "query": other_parameters(request),
        "words": words,
        "chosen": reason,
        "can_approve": approves and allowed(desk.check_can_approve, release, user),
        "can_release": allowed(desk.check_can_release, release, user),
        "can_download": allowed(desk.check_can_download, release, user),
        "stop": stop(),
        "can_delete": allowed(deleting.check_can_delete, release, user),
        "state": _state_in_words(release),
        "own": release.requested_by_id == user.pk,
        "can_permit": approves
        and release.state == State.CHECKED
        and release.requested_by_id != user.pk,
        "waits_for_approval": desk.waits_for_approval(release),
        "passphrase": desk.passphrase_for(release, user),
        "agreement": version,
        "assurance": review_of(version.recipient_id, days.today()) if version else None,
        "sentences": columns.sentences(),
        "form": SendBackForm(),
        "unmatched": queries.unmatched_choices(release) if release.state == State.CHECKED else None,
    }
    return render(request, "sharing/releases/release.html", context)


def _not_decided(request: HttpRequest, release: Release) -> HttpResponseBase:
    """Show how far the check is, or why it failed. The page reloads itself, without script."""
    context = {
        "section": "releases",
        "release": release,
        "rows": checking.rows_decided(release) if release.state == State.CHECKING else 0,
        "can_delete": allowed(deleting.check_can_delete, release, staff_of(request)),
    }
    response = render(request, "sharing/releases/checking.html", context)
    return refreshed(response) if release.state == State.CHECKING else response


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_RELEASES, change=Action.RELEASE)
@not_now_to("staff-release", "release_id")
def match_headings(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Match each heading that is not recognised to an item for this file, or leave it out."""
    release = get_release(release_id)
    if release.state != State.MATCHING:
        return redirect("staff-release", release_id)
    loaded = load(release.agreement, release.purpose, days.today())
    audience = loaded.version.audience if loaded.version else "pupil"
    form = HeadingsForm(
        request.POST if request.method == "POST" else None,
        headings=headings.unknown_headings(release, loaded),
        items=[(item.code, item.label) for item in items_for(audience)],
        proposals=headings.proposals(release, loaded),
    )
    if request.method == "POST" and form.is_valid():
        headings.assign(release_id, form.items_by_heading(), by=staff_of(request), at=days.now())
        return redirect("staff-release", release_id)
    context = {
        "form": form,
        "section": "releases",
        "release": release,
        "own": release.requested_by_id == staff_of(request).pk,
        "proposed": bool(form.proposals),
    }
    return form_page(request, "sharing/releases/headings.html", context)


@require_safe
@open_to(Action.SEE_RELEASES)
def decision_json(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Return the whole decision as JSON, while its rows are kept; log the download."""
    release = get_release(release_id)
    if not release.decision:
        raise Http404
    log_download("decision", by=staff_of(request), at=days.now(), release=str(release.pk))
    document = presenters.decision_document(release, queries.findings(release_id))
    return JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})


@require_safe
@open_to(Action.SEE_RELEASES)
def rows_csv(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Return the rows that are not released in full, as CSV, with the filters of the page; log the
    download."""
    release = get_release(release_id)
    words, reason = request.GET.get("words", "").strip(), request.GET.get("reason", "")
    findings = queries.findings_like(release.pk, words=words, reason=reason)
    headings = ["Row", "UPN in the file", "Result", "Reason code", "Reason"]
    sentences = columns.sentences()
    rows = (
        [row.row, row.upn, row.outcome, row.reason, sentences[row.reason]]
        for row in findings.iterator()
    )
    log_download("rows", by=staff_of(request), at=days.now(), release=str(release.pk))
    return private_csv(headings, rows, name=f"rows-{release.pk}.csv")


@require_safe
@open_to(Action.SEE_RELEASES)
def row_reason(request: HttpRequest, release_id: UUID, row: int) -> HttpResponseBase:
    """Show why a row is not released in full: rule, agreement, privacy notice, the family's choice."""
    release = get_release(release_id)
    finding = get_object_or_404(queries.findings(release_id), row=row)
    explanation = reasons.of_row(release, finding)
    if explanation.pupil is not None:
        histories.log_look(explanation.pupil, by=staff_of(request), at=days.now())
    context = {
        "section": "releases",
        "release": release,
        "finding": finding,
        "why": explanation,
        "notice": notice_in_words(explanation.notice, notice_titles()),
    }
    return render(request, "sharing/releases/why.html", context)


@require_POST
@open_to(change=Action.APPROVE)
@not_now_to("staff-release", "release_id")
def approve(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Approve a release as the second officer."""
    verb = partial(desk.approve, reveals_meant=bool(request.POST.get("reveals_meant")))
    return _step(request, release_id, verb, "Release approved")


@require_POST
@open_to(change=Action.APPROVE)
@not_now_to("staff-release", "release_id")
def send_back(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Send a release back with a comment, as the second officer."""
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Enter what needs to change")
        return redirect("staff-release", release_id)
    verb = partial(desk.send_back, comment=form.cleaned_data["comment"])
    return _step(request, release_id, verb, "Sent back. The file has been deleted.")


@require_POST
@open_to(change=Action.HAND_OVER)
@not_now_to("staff-release", "release_id")
def release_checked(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Release a checked file, as the officer who requested it."""
    verb = partial(
        desk.release,
        hidden_meant=bool(request.POST.get("hidden_meant")),
        unmatched_seen=bool(request.POST.get("unmatched_seen")),
    )
    return _step(request, release_id, verb, "Released. You can download the file once.")


def _step(
    request: HttpRequest, release_id: UUID, verb: Callable[..., None], done: str
) -> HttpResponseBase:
    get_release(release_id)
    verb(release_id, by=staff_of(request), at=days.now())
    messages.success(request, done)
    return redirect("staff-release", release_id)


@require_POST
@open_to(change=Action.RELEASE)
@not_now_to("staff-release", "release_id")
def delete(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Delete an extract, as the officer who uploaded it."""
    return _step(request, release_id, deleting.delete, "Deleted. Nothing was released.")


@require_POST
@open_to(change=Action.HAND_OVER)
@not_now_to("staff-release", "release_id", errors=(NotNowError, DecisionChangedError, StalledError))
def download(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Hand over the permitted file, once."""
    get_release(release_id)
    check_can_make()
    handover = handing_over.hand_over_release(release_id, by=staff_of(request), clock=days.now)
    stream = delivering.parcel(handover, release_id, clock=days.now)
    name = stream.name
    kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
    return private_file(stream, name=name, content_type=kind, size=stream.size)


def get_release(release_id: UUID) -> Release:
    """Load one release with the agreement it was decided under; 1 query. Raise Http404 if there is
    none."""
    return get_object_or_404(queries.releases_with_agreements(), pk=release_id)
