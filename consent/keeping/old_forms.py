"""Forms sent online that fitted no pupil, or that staff rejected: emptied once their time is over (R2)."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from consent.models import OptOutRequest, RequestStep
from consent.models.requests import CLOSING
from privacy_portal.ground.keeping.erasing import Extent
from privacy_portal.ground.terms import current as terms

RULE = "form_keep_years"


def past_time(at: datetime) -> QuerySet[OptOutRequest]:
    """Return the forms that staff closed without a pupil longer ago than they are kept; 1 query."""
    steps = RequestStep.objects.filter(request=OuterRef("pk")).order_by("-pk")
    closed = OptOutRequest.objects.with_state().filter(
        Q(decision_made=False), Q(last_step__in=CLOSING), erased=False
    )
    before = at - timedelta(days=366 * terms.number(RULE))
    return closed.annotate(last_at=Subquery(steps.values("at")[:1])).filter(Q(last_at__lt=before))


def extent_of(form: OptOutRequest) -> Extent:
    """Return what is emptied with a form; 1 query."""
    steps = list(form.steps.values_list("pk", flat=True))
    return Extent({OptOutRequest: [form.pk], RequestStep: steps})
