"""Where the policy does not have the organisation that asks, nobody can tell which opt-outs are about it.

So whatever is in force about a pupil is shown, whoever it is about, and a second officer agrees first
(Q1).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from consent.decisions.objecting import objecting
from consent.models import Decision
from consent.pupil_matches import confirmed_matches
from consent.queries import opted_out_among, scheme_facts, schemes
from consent.rules import Seen
from consent.same_child_links import open_links
from notices.models import NamedPurpose, Recipient
from sharing.models import AgreedPurpose, RequestDetails
from sharing.requests.likeness_rules import alike

OPT_OUT, OBJECTION = "opt-out", "objection"


def in_force(pupils: Collection[int], seen: Seen) -> dict[int, frozenset[str]]:
    """Return for each of these pupils (by id) of whom any is in force the opt-outs under every scheme and
    the objections, as `opt-out:connexions`; a scheme's default is no opt-out of anybody's. About 6
    queries for each scheme, and as many as `objecting` takes for each thing that any of them
    objected to."""
    found: dict[int, set[str]] = {pupil: set() for pupil in pupils}
    for scheme in schemes():
        opted_out = opted_out_among(scheme, scheme_facts(scheme), list(pupils), seen)
        for pupil in found:
            if opted_out.get(pupil):
                found[pupil].add(f"{OPT_OUT}:{scheme.recipient.code}")
    objections = objections_among(pupils, seen)
    for recipient in Recipient.objects.filter(pk__in=objections):
        for pupil in objections[recipient.pk] & found.keys():
            found[pupil].add(f"{OBJECTION}:{recipient.code}")
    return {pupil: frozenset(codes) for pupil, codes in found.items() if codes}


def objections_among(
    pupils: Collection[int], seen: Seen, recipient: int | None = None
) -> dict[int, frozenset[int]]:
    """Return by recipient (id), or of one, the pupils for whom an objection counts, for whatever purpose;
    those of these pupils are all among them."""
    about = {"recipient": recipient} if recipient is not None else {"recipient__isnull": False}
    records = open_links().with_others(pupils)
    recorded = Decision.objects.filter(pupil__in=records, **about)
    matters: set[tuple[int | None, str | None]] = {
        *recorded.values_list("recipient", "purpose__code").distinct()
    }
    for match in confirmed_matches(**about):
        purpose = match.request.purpose
        matters.add((match.request.recipient_id, purpose.code if purpose else None))
    found: dict[int, frozenset[int]] = {}
    for to, code in matters:
        if to is not None and code is not None:
            found[to] = found.get(to, frozenset()) | objecting(to, code, seen)
    return found


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the name of the organisation of each of these opt-outs and objections; 1 query."""
    recipients = {code: code.partition(":")[2] for code in codes}
    names = dict(Recipient.objects.filter(code__in=recipients.values()).values_list("code", "name"))
    return {code: names.get(recipient, recipient) for code, recipient in recipients.items()}


def in_words(codes: Collection[str], names: Mapping[str, str]) -> list[str]:
    """Return what is in force about a pupil, a sentence each."""
    sentences = {
        OPT_OUT: "This pupil is opted out of sharing with {}.",
        OBJECTION: "There is an objection to sharing about this pupil with {}.",
    }
    return [
        sentences[code.partition(":")[0]].format(names.get(code, code)) for code in sorted(codes)
    ]


def listed_like(details: RequestDetails) -> Sequence[Recipient]:
    """Return the organisations of the policy that may be meant by a name which is not in it: those with a
    name like it, and the only one that gets anything for the purpose; at most 3 queries."""
    if details.recipient_id is not None:
        return []
    only = _only_one_for(details.purpose_id) if details.purpose_id is not None else None
    return [
        recipient
        for recipient in Recipient.objects.all()
        if recipient.pk == only or alike(details.organisation_name, recipient.name)
    ]


def _only_one_for(purpose: int) -> int | None:
    """Return the one recipient that a published notice or a signed agreement names for a purpose; None
    where there is none, or several."""
    named = NamedPurpose.objects.filter(purpose=purpose, named__version__status="published")
    agreed = AgreedPurpose.objects.filter(purpose=purpose, version__signed_on__isnull=False)
    rows = named.values_list("named__recipient").union(agreed.values_list("version__recipient"))
    recipients = [recipient for (recipient,) in rows]
    return recipients[0] if len(recipients) == 1 else None
