"""Officers' pages about tables of counts: from a file or the roll, made safe, handed over."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices.queries import notice_titles, purpose_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.faults import BadInputError
from privacy_portal.ground.files.reading import QUESTIONS, Reading, as_table
from privacy_portal.ground.files.workbooks import PAGE_SECONDS, Sheet, SheetChoiceError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from privacy_portal.ground.ui.private_downloads import CSV, private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.cover_sheets.making import check_can_make
from sharing.disclosures.sentences import notice_in_words
from sharing.errors import DecisionChangedError, OwnAgreementError, StalledError
from sharing.models import CountsRelease, Profile
from sharing.statistics import deciding, desk
from sharing.statistics.across.earlier import About
from sharing.statistics.forms import ALL_SHEETS, CountsForm
from sharing.statistics.roll import DIMENSIONS, count_roll, open_questions
from sharing.stops.stopping import stop

CHART_ROWS = 40
COUNTED_ON_ROLL = "Pupils on roll"


@require_safe
@open_to(Action.SEE_RELEASES)
def statistics(request: HttpRequest) -> HttpResponseBase:
    """List all tables of statistics, newest first."""
    page = page_of(request, desk.counts_releases())
    context = {
        "section": "releases", "page": page, "purposes": purpose_labels(), "stop": stop(),
    }  # fmt: skip
    return render(request, "sharing/statistics/index.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
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
            except OwnAgreementError as error:
                form.add_error("agreement", str(error))
            except QUESTIONS as question:
                form.ask(question)
            except deciding.ContributorsMissingError:
                form.add_error("contributors", "Select where schools and others are in the table")
            except BadInputError as error:
                form.refuse(error)
    return form_page(request, "sharing/statistics/new.html", {"section": "releases", "form": form})


@contextmanager
def _sheets(path: Path, name: str, reading: Reading) -> Iterator[list[tuple[str, Sheet]]]:
    """Yield the sheets that are meant: the one that was chosen, or all that are not hidden."""
    with ExitStack() as stack:

        def opened(chosen: Reading) -> Sheet:
            return stack.enter_context(as_table(path, name, chosen, ask=True, seconds=PAGE_SECONDS))

        if reading.sheet != ALL_SHEETS:
            yield [(name, opened(reading))]
            return
        try:
            yield [(name, opened(replace(reading, sheet="")))]
        except SheetChoiceError as several:
            names = [sheet for sheet, hidden in several.sheets if not hidden]
            yield [(name, opened(replace(reading, sheet=sheet))) for sheet in names]


def _stored(request: HttpRequest, form: CountsForm) -> CountsRelease:
    data, today = form.cleaned_data, days.today()
    agreement: str = data["agreement"]
    upload: TemporaryUploadedFile | None = data["file"]
    about = About(data["counted_on"] or today, data["counted"], data["counted_group"])
    questions: list[int] = []
    if upload is not None:
        path, name = Path(upload.temporary_file_path()), upload.name or "table.csv"
        with _sheets(path, name, form.reading()) as sheets:
            decision = deciding.check(
                sheets, agreement, today, about=about, contributors=data["contributors"]
            )
    else:
        rows_by, columns_by = data["rows_by"], data["columns_by"]
        name = f"Pupils by {DIMENSIONS[rows_by].lower()} and {DIMENSIONS[columns_by].lower()}"
        urns = [data["school"]] if data["school"] else []
        table = count_roll(rows_by, columns_by, today, schools=urns)
        questions = open_questions(schools=urns)
        where = {rows_by: "rows", columns_by: "columns"}.get("school", "nobody")
        decision = deciding.protect(
            deciding.permission(agreement, today),
            [deciding.NamedTable(name, table)],
            about=replace(about, counted=about.counted or COUNTED_ON_ROLL, counted_on=today),
            contributors=where,
        )
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


@require_safe
@open_to(Action.SEE_RELEASES)
def counts(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Show one table: what may be released, as table and chart, and the warnings."""
    release = _counts(release_id)
    charts = [list(desk.chart(release, table)) for table in release.safe]
    context = {
        "section": "releases",
        "release": release,
        "charts": [
            (table, bars[:CHART_ROWS], max(0, len(bars) - CHART_ROWS))
            for table, bars in zip(release.safe, charts, strict=True)
        ],
        "purpose": purpose_labels().get(release.purpose, release.purpose),
        "notice": notice_in_words(release.decision.get("notice"), notice_titles()),
        "method": dict(Profile.choices).get(release.decision.get("profile"), ""),
        "can_hand_over": allowed(
            desk.check_can_hand_over, release, staff_of(request), at=days.now()
        ),
        "stop": stop(),
    }
    return render(request, "sharing/statistics/table.html", context)


@require_POST
@open_to(change=Action.HAND_OVER)
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
