"""Officers' pages about tables of counts: from a file or the roll, made safe, handed over."""

from pathlib import Path
from typing import Unpack
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.queries import schools
from notices.queries import notice_titles, purpose_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import QUESTIONS, as_table
from privacy_portal.ground.files.workbooks import PAGE_SECONDS
from privacy_portal.ground.ui.fields import FileField, SelectField
from privacy_portal.ground.ui.form_arguments import Data, FileOptions
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from privacy_portal.ground.ui.private_downloads import CSV, private_file
from privacy_portal.ground.ui.reading_forms import AskingForm
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.cover_sheets.making import check_can_make
from sharing.deciding.request_form import RequestedForm
from sharing.disclosures.sentences import notice_in_words
from sharing.errors import DecisionChangedError, StalledError
from sharing.models import CountsRelease, Profile
from sharing.statistics import deciding, desk
from sharing.statistics.roll import DIMENSIONS, count_roll, open_questions

CHART_ROWS = 40
BY = [("", "Select"), *DIMENSIONS.items()]


class CountsForm(AskingForm, RequestedForm):
    """A table of statistics to check: from a file, or counted from pupil records."""

    field_order = (
        "agreement", "file", "rows_by", "columns_by", "school", "request_reference", "requested_on",
    )  # fmt: skip
    aggregate = "aggregate"
    file = FileField(
        "Upload a table",
        hint="CSV or Excel with labels in the first row and column. It can include totals and subtotals.",
    )
    rows_by = SelectField("Or count pupil records: rows", choices=BY)
    columns_by = SelectField("Columns", choices=BY)
    school = SelectField("School")

    def __init__(self, data: Data = None, **more: Unpack[FileOptions]):
        super().__init__(data, **more)
        choose(
            self,
            "school",
            [("", "All schools"), *((school.urn, school.name) for school in schools())],
        )

    def clean_file(self) -> "UploadedFile[bytes] | None":
        return super().clean_file() if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if self.errors.get("file"):
            return data
        rows_by, columns_by = data.get("rows_by"), data.get("columns_by")
        if data.get("file"):
            if rows_by or columns_by:
                self.add_error("rows_by", "Select a file or count pupil records, not both")
        elif not rows_by and not columns_by:
            self.add_error("file", "Select a file, or rows and columns to count")
        elif not rows_by or not columns_by:
            missing = "rows_by" if not rows_by else "columns_by"
            self.add_error(missing, "Select both rows and columns")
        elif rows_by == columns_by:
            self.add_error("columns_by", "Rows and columns must be different")
        return data


@require_safe
@officers_only
def statistics(request: HttpRequest) -> HttpResponseBase:
    """List all tables of statistics, newest first."""
    page = page_of(request, desk.counts_releases())
    context = {"section": "releases", "page": page, "purposes": purpose_labels()}
    return render(request, "sharing/statistics/index.html", context)


@require_http_methods(FORM_METHODS)
@officers_only
def new(request: HttpRequest) -> HttpResponseBase:
    """Upload a table, or count pupil records, to have it protected."""
    form = CountsForm()
    if request.method == "POST":
        fields, files = request.POST, request.FILES  # read now: reading finds what is too large
        form = CountsForm(
            fields, files=files, too_large=getattr(request, "upload_too_large", False)
        )
        if form.is_valid():
            try:
                return redirect("staff-counts", _stored(request, form).pk)
            except QUESTIONS as question:
                form.ask(question)
            except BadInputError as error:
                form.refuse(error)
    return form_page(request, "sharing/statistics/new.html", {"section": "releases", "form": form})


def _stored(request: HttpRequest, form: CountsForm) -> CountsRelease:
    data, today = form.cleaned_data, days.today()
    agreement: str = data["agreement"]
    upload: TemporaryUploadedFile | None = data["file"]
    questions: list[int] = []
    if upload is not None:
        path, name = Path(upload.temporary_file_path()), upload.name or "table.csv"
        with as_table(path, name, form.reading(), ask=True, seconds=PAGE_SECONDS) as sheet:
            decision = deciding.check(sheet, name, agreement, today)
    else:
        rows_by, columns_by = data["rows_by"], data["columns_by"]
        name = f"Pupils by {DIMENSIONS[rows_by].lower()} and {DIMENSIONS[columns_by].lower()}"
        urns = [data["school"]] if data["school"] else []
        table = count_roll(rows_by, columns_by, today, schools=urns)
        questions = open_questions(schools=urns)
        decision = deciding.protect(deciding.permission(agreement, today), table)
    return desk.store(
        decision,
        name=name,
        agreement=agreement,
        reference=data["request_reference"],
        requested_on=data["requested_on"],
        by=staff_of(request),
        at=days.now(),
        open_questions=questions,
    )


@never_cache
@require_safe
@officers_only
def counts(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Show one table: what may be released, as table and chart, and the warnings."""
    release = _counts(release_id)
    bars = list(desk.chart(release))
    context = {
        "section": "releases",
        "release": release,
        "bars": bars[:CHART_ROWS],
        "more_bars": max(0, len(bars) - CHART_ROWS),
        "purpose": purpose_labels().get(release.purpose, release.purpose),
        "notice": notice_in_words(release.decision.get("notice"), notice_titles()),
        "method": dict(Profile.choices).get(release.decision.get("profile"), ""),
        "can_hand_over": allowed(
            desk.check_can_hand_over, release, staff_of(request), at=days.now()
        ),
    }
    return render(request, "sharing/statistics/table.html", context)


@require_POST
@officers_only
@not_now_to("staff-counts", "release_id", errors=(NotNowError, DecisionChangedError, StalledError))
def hand_over(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Hand over the safe table as CSV, once; logged before it leaves."""
    _counts(release_id)
    check_can_make()
    stream = desk.hand_over(
        release_id,
        warnings_meant=bool(request.POST.get("warnings_meant")),
        by=staff_of(request),
        clock=days.now,
    )
    return private_file(stream, name=stream.name, content_type=CSV)


def _counts(release_id: UUID) -> CountsRelease:
    return get_object_or_404(desk.counts_releases(), pk=release_id)
