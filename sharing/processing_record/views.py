"""The record of processing activities (UK GDPR Article 30): page, workbook and JSON-LD. It is about
organisations and kinds of data, and names no pupil, so a download is no entry in the log (L6)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.ui.pages import other_parameters, page_of
from sharing.processing_record import presenters
from sharing.processing_record.gathering import record_on
from sharing.processing_record.linked_data import as_linked_data
from sharing.processing_record.rules import missing_in_activity, missing_in_record
from sharing.processing_record.workbook import as_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def record(request: HttpRequest) -> HttpResponse:
    """Show the record as it is today, with what is missing; all activities, or those with gaps."""
    today = days.today()
    whole = record_on(today)
    gaps = [activity for activity in whole.activities if missing_in_activity(activity)]
    only_gaps = request.GET.get("gaps") == "yes"
    page = page_of(request, gaps if only_gaps else whole.activities)
    context = {
        "section": "agreements",
        "record": whole,
        "today": today,
        "officer": presenters.contact_in_words(whole.officer),
        "enquiries": presenters.contact_in_words(whole.enquiries),
        "not_said": presenters.NOT_SAID,
        "missing": missing_in_record(whole),
        "gaps": len(gaps),
        "only_gaps": only_gaps,
        "page": page,
        "lines": [
            (activity, presenters.rows_of(activity), missing_in_activity(activity))
            for activity in page.object_list
        ],
        "query": other_parameters(request),
    }
    return render(request, "sharing/processing_record/record.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def workbook(request: HttpRequest) -> HttpResponse:
    """Return the record as a workbook."""
    today = days.today()
    response = HttpResponse(as_workbook(record_on(today), today), content_type=WORKBOOK)
    name = f"record-of-processing-{today.isoformat()}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def linked_data(request: HttpRequest) -> HttpResponse:
    """Return the record as JSON-LD."""
    today = days.today()
    document = as_linked_data(record_on(today), today)
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Type"] = "application/ld+json; charset=utf-8"
    name = f"record-of-processing-{today.isoformat()}.jsonld"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
