"""What a policy file would change of things that published notices and signed agreements name (N1, A2)."""

from collections.abc import Sequence
from datetime import date

from consent.decisions.scheme_storing import dump_schemes
from notices.policy_file import storing as notice_storing
from notices.policy_file.format import ControllerPart
from notices.policy_file.terms_format import LettersPart, NumbersPart
from sharing.models import PolicyChange
from sharing.policy_file.format import PolicyPart
from sharing.policy_file.naming import naming_of
from sharing.policy_rules import ThingPart, refusals

Kind = PolicyChange.Kind
# What there is only one of.
ALONE: dict[type[ThingPart], str] = {
    ControllerPart: "council", NumbersPart: "numbers", LettersPart: "letters",
}  # fmt: skip


def refused_changes(policy: PolicyPart, *, on: date) -> list[str]:
    """Return a sentence for each change that the rules refuse, with its place in the file; 10 queries for
    each thing that would change."""
    sections: tuple[tuple[str, str, Sequence[ThingPart], Sequence[ThingPart]], ...] = (
        ("items", Kind.ITEM, notice_storing.dump_items(), policy.items),
        ("purposes", Kind.PURPOSE, notice_storing.dump_purposes(), policy.purposes),
        ("recipients", Kind.ORGANISATION, notice_storing.dump_recipients(), policy.recipients),
        ("schemes", Kind.SCHEME, dump_schemes(), policy.schemes),
        ("notices", Kind.NOTICE, notice_storing.dump_notice_titles(), policy.notices),
    )
    return [
        sentence
        for name, kind, stored, wanted in sections
        for sentence in _of_section(name, kind, stored, wanted, on)
    ]


def _of_section(
    name: str, kind: str, stored: Sequence[ThingPart], wanted: Sequence[ThingPart], on: date
) -> list[str]:
    before = {code_of(part): part for part in stored}
    return [
        f"{name}[{index}]{f'.{refusal.field}' if refusal.field else ''}: {refusal.sentence}"
        for index, part in enumerate(wanted)
        if (old := before.get(code_of(part))) is not None and old != part
        for refusal in refusals(old, part, naming_of(kind, code_of(part)), on)
    ]


def code_of(part: ThingPart) -> str:
    """Return what identifies a thing among those of its kind. One that is alone has a name of its own."""
    if alone := ALONE.get(type(part)):
        return alone
    return str(next(getattr(part, key) for key in ("code", "slug", "urn") if hasattr(part, key)))
