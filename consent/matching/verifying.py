"""What the log vouches for about online opt-outs and what staff did about them (L5)."""

from collections.abc import Mapping

from consent.models import OptOutRequest, RequestStep, StepKind
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Instant, Kind, each


def _request(row: OptOutRequest) -> Mapping[str, object]:
    about: dict[str, object] = {"request": row.reference}
    if row.code_id is not None:
        return {**about, "event": "code-used", "code": row.code_id}
    return {**about, "event": "opt-out-received", "received": Instant(row.received_at)}


def _step(row: RequestStep) -> Body:
    return body(f"opt-out-{row.kind}", at=row.at, by=row.by, request=row.request.reference)


KINDS = (
    Kind(
        events=("opt-out-received", "code-used"),
        name="online opt-out",
        rows=lambda: OptOutRequest.objects.all(),
        key="request",
        field="reference",
        facts=each(_request),
    ),
    Kind(
        events=tuple(f"opt-out-{kind}" for kind in StepKind.values),
        name="step of an online opt-out",
        rows=lambda: RequestStep.objects.select_related("request", "by"),
        key="request",
        field="request__reference",
        facts=each(_step),
        whole=True,
    ),
)
