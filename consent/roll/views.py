"""Pages to import pupils, and schools from the national register."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from consent.models import RollUpload
from consent.queries import schools_of
from consent.roll import desk
from consent.roll.forms import RollForm, SchoolsForm
from consent.roll.headings import TEMPLATE
from consent.roll.schools_importing import SchoolsImport, read_register, store_schools
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import QUESTIONS
from privacy_portal.ground.ui.pages import form_page, posted, refreshed
from privacy_portal.ground.ui.reading_forms import ReadingForm
from privacy_portal.ground.ui.refusals import not_now_to


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_ROLL, change=Action.IMPORT_ROLL)
def roll(request: HttpRequest) -> HttpResponseBase:
    """Upload a file of pupils to have it checked, and list the user's uploads of today."""
    user, form = staff_of(request), RollForm()
    if request.method == "POST":
        fields, files = request.POST, request.FILES  # read now: reading finds what is too large
        form = RollForm(fields, files=files, too_large=getattr(request, "upload_too_large", False))
        if form.is_valid():
            file: TemporaryUploadedFile = form.cleaned_data["file"]
            try:
                uploaded = desk.upload(
                    Path(file.temporary_file_path()),
                    name=file.name or "roll.csv",
                    whole=form.cleaned_data["whole"] == "all",
                    by=user,
                    at=days.now(),
                )
                return redirect("staff-roll-upload", uploaded.pk)
            except NotNowError as error:
                form.add_error("file", str(error))
    context = {
        "section": "pupils",
        "form": form,
        "uploads": desk.uploads_of(user)[:20],
        "schools": [] if user.sees_every_school else list(schools_of(user)),
    }
    return form_page(request, "consent/roll/index.html", context)


@require_safe
@open_to(Action.SEE_ROLL)
def template(request: HttpRequest) -> HttpResponseBase:
    """Download a CSV with every heading of a file of pupils, and no pupil."""
    # The mark at the beginning makes a spreadsheet keep the file in UTF-8.
    heading = ",".join(TEMPLATE)
    return HttpResponse(
        f"\ufeff{heading}\r\n".encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="roll-template.csv"'},
    )


@require_safe
@open_to(Action.IMPORT_ROLL)
def upload(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Show an upload: its progress, its faults, or what it would do or did; log whom it names."""
    uploaded = get_object_or_404(desk.uploads_of(staff_of(request)), pk=number)
    if uploaded.state == RollUpload.State.ASKING:
        return redirect("staff-roll-reading", number)
    return _page(request, uploaded)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.IMPORT_ROLL)
@not_now_to("staff-roll-upload", "number")
def reading(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Ask which sheet of a workbook, or which encoding of a text, is meant."""
    user = staff_of(request)
    uploaded = get_object_or_404(desk.uploads_of(user), pk=number)
    if uploaded.state != RollUpload.State.ASKING:
        return redirect("staff-roll-upload", number)
    form = ReadingForm(posted(request), question=uploaded.asked)
    if form.is_valid():
        desk.answer(uploaded, form.answered(), by=user, at=days.now())
        return redirect("staff-roll-upload", number)
    context = {"section": "pupils", "upload": uploaded, "form": form}
    return form_page(request, "consent/roll/reading.html", context)


def _page(
    request: HttpRequest,
    uploaded: RollUpload,
    *,
    ticked: Collection[str] = (),
    error: str = "",
    leave: bool = False,
    leave_error: str = "",
) -> HttpResponseBase:
    user = staff_of(request)
    checked = uploaded.state == RollUpload.State.CHECKED
    first = uploaded.result.get("shown", {}) if checked else {}
    changes = [*first.get("moved", ()), *first.get("updated", ()), *first.get("left", ())]
    changes += first.get("untold", ())
    people = [person for person, *_ in changes]
    people += [change["person"] for change in uploaded.result.get("identities", ()) if checked]
    histories.log_references(people, by=user, at=days.now())
    running = uploaded.state in desk.RUNNING
    context = {
        "section": "pupils",
        "upload": uploaded,
        "running": running,
        "rows": desk.rows_read(uploaded) if running else 0,
        "changes": desk.changes(uploaded),
        "looks_partial": desk.looks_partial(uploaded),
        "ticked": ticked,
        "error": error,
        "leave": leave,
        "leave_error": leave_error,
        **uploaded.result,
    }
    status = 422 if error or leave_error else 200
    page = render(request, "consent/roll/upload.html", context, status=status)
    return refreshed(page) if running else page


@require_POST
@open_to(change=Action.IMPORT_ROLL)
def confirm(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Import a checked file; each row that may be of another child must be ticked."""
    user = staff_of(request)
    uploaded, same = (
        get_object_or_404(desk.uploads_of(user), pk=number),
        request.POST.getlist("same"),
    )
    leave = "leave" in request.POST
    try:
        desk.confirm(uploaded, same=same, leave=leave, by=user, at=days.now())
    except desk.NotSureError as error:
        return _page(request, uploaded, ticked=same, error=str(error), leave=leave)
    except desk.ManyLeaveError as error:
        return _page(request, uploaded, ticked=same, leave_error=str(error))
    except NotNowError as error:
        messages.warning(request, str(error))
    return redirect("staff-roll-upload", number)


@require_POST
@open_to(change=Action.IMPORT_ROLL)
@not_now_to("staff-roll")
def delete(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Delete an upload that is not to be imported."""
    user = staff_of(request)
    desk.delete(get_object_or_404(desk.uploads_of(user), pk=number), by=user, at=days.now())
    messages.success(request, "File deleted. Nothing was imported.")
    return redirect("staff-roll")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.DECIDE_CASES)
def schools(request: HttpRequest) -> HttpResponseBase:
    """Import schools from the national register, after showing what will change."""
    user, form, preview = staff_of(request), SchoolsForm(), None
    if request.method == "POST":
        fields, files = request.POST, request.FILES
        form = SchoolsForm(
            fields, files=files, too_large=getattr(request, "upload_too_large", False)
        )
        seen = request.POST.get("seen", "")
        if (
            form.is_valid()
            and (preview := _import_schools(form, user, seen))
            and preview.key == seen
        ):
            messages.success(request, preview.sentence)
            return redirect("staff-roll-schools")
    context: dict[str, object] = {
        "section": "pupils",
        "form": form,
        "preview": preview,
        "schools": schools_of(user),
        "today": days.today(),
    }
    return form_page(request, "consent/roll/schools.html", context)


def _import_schools(form: SchoolsForm, user: User, seen: str) -> SchoolsImport | None:
    """Return what the file does, stored only if that is what was `seen`; None where it has faults,
    which the form then shows."""
    file: TemporaryUploadedFile = form.cleaned_data["file"]
    try:
        register = read_register(
            Path(file.temporary_file_path()),
            name=file.name or "schools.csv",
            authority=form.cleaned_data["authority"],
            reading=form.reading(),
            at=days.now(),
            on_page=True,
        )
        return store_schools(register, by=user, at=days.now(), seen=seen)
    except QUESTIONS as question:
        form.ask(question)
    except BadInputError as error:
        form.refuse(error)
    return None
