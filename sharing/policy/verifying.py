"""What the log vouches for about changes to the policy (L5)."""

from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy.changing import logged


def _change(row: PolicyChange) -> Body:
    return body("policy-drafted", at=row.at, by=row.by, **logged(row))


def _answer(row: PolicyAnswer) -> Body:
    return body(f"policy-{row.kind}", at=row.at, by=row.by, **logged(row.change))


KINDS = (
    Kind(
        events=("policy-drafted",),
        name="drafted change to the policy",
        rows=lambda: PolicyChange.objects.select_related("by"),
        key="change",
        field="pk",
        facts=each(_change),
        whole=True,
    ),
    Kind(
        events=tuple(f"policy-{kind}" for kind in PolicyAnswer.Kind.values),
        name="answer about a change to the policy",
        rows=lambda: PolicyAnswer.objects.select_related("change", "by"),
        key="change",
        field="change_id",
        facts=each(_answer),
        whole=True,
    ),
)
