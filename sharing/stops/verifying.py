"""What the log vouches for about controls, and what two officers said of them (L5)."""

from privacy_portal.ground.log.appending import Body
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import ControlRun, Resumption, ResumptionAnswer
from sharing.stops.entries import answer_body, resumption_body, run_body

_RESULTS = ("scheme", "agreement_version__agreement", "purpose")


def _run(row: ControlRun) -> Body:
    return run_body(row, row.results.select_related(*_RESULTS))


KINDS = (
    Kind(
        events=("control-run",),
        name="control",
        rows=lambda: ControlRun.objects.select_related("by"),
        key="run",
        field="pk",
        facts=each(_run),
        whole=True,
    ),
    Kind(
        events=("resumption-proposed",),
        name="statement after a control",
        rows=lambda: Resumption.objects.select_related("by"),
        key="resumption",
        field="pk",
        facts=each(resumption_body),
        whole=True,
    ),
    Kind(
        events=("hand-overs-resumed", "resumption-refused"),
        name="answer after a control",
        rows=lambda: ResumptionAnswer.objects.select_related("by", "resumption"),
        key="resumption",
        field="resumption_id",
        facts=each(answer_body),
        whole=True,
    ),
)
