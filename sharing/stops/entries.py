"""Log entries of the nightly control (K3)."""

import hashlib
from collections.abc import Iterable, Mapping

from privacy_portal.ground.log.appending import Body, body
from sharing import control_rules
from sharing.control_rules import Outcome
from sharing.models import ControlResult, ControlRun, Resumption, ResumptionAnswer


def run_body(run: ControlRun, results: Iterable[ControlResult]) -> Body:
    """Make the entry of a run with its results, from their rows."""
    results = list(results)
    return body(
        "control-run",
        at=run.at,
        by=run.by,
        run=run.pk,
        on=run.on.isoformat(),
        started_at=run.started_at.isoformat(),
        outcome=control_rules.outcome_of([Outcome(result.outcome) for result in results]),
        results=[_result(result) for result in results],
    )


def _result(result: ControlResult) -> Mapping[str, object]:
    version, purpose = result.agreement_version, result.purpose
    return {
        "scheme": result.scheme.code,
        "agreement": version.agreement.reference if version else None,
        "agreement_version": version.number if version else None,
        "purpose": purpose.code if purpose else None,
        "outcome": result.outcome,
        "beyond": result.beyond,
        "basic_items": result.basic_items,
        "widened": result.widened,
        "why": result.why,
    }


def resumption_body(resumption: Resumption) -> Body:
    """Make the entry of a statement that files may leave again."""
    return body(
        "resumption-proposed",
        at=resumption.at,
        by=resumption.by,
        resumption=resumption.pk,
        run=resumption.run_id,
        reason_sha256=_digest(resumption.reason),
    )


def answer_body(answer: ResumptionAnswer) -> Body:
    """Make the entry of a second officer's answer."""
    return body(
        "hand-overs-resumed" if answer.agrees else "resumption-refused",
        at=answer.at,
        by=answer.by,
        resumption=answer.resumption_id,
        run=answer.resumption.run_id,
        note_sha256=_digest(answer.note),
    )


def _digest(words: str) -> str:
    """Return what shows that words were not changed, for they may name somebody (L4)."""
    return hashlib.sha256(words.encode()).hexdigest()
