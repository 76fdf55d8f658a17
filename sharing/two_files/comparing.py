"""A file is compared with all that its recipient was given lately (D, what two files together say).

However much the log holds, this takes at most ten queries: lines are compared by the database, and
only with disclosures that can tell anything.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q

from consent.same_child_links import references_of_same_child
from notices.models import Recipient
from notices.queries import recipients_of_same_group
from privacy_portal.ground import locks
from sharing.deciding.deciding import ExtractDecision
from sharing.deciding.policy import Loaded
from sharing.disclosures.item_sets import item_sets_of, kinds_in
from sharing.disclosures.lines import REASONS
from sharing.models import Disclosure, TwoFilesTerm
from sharing.rules import Outcome, Reason
from sharing.two_files_rules import EarlierFile, Pair, pairs_cut_earlier, pairs_cut_here

# Places of the reasons by which a person's decision cuts a row; an index of lines is of these.
BY_CHOICE = tuple(REASONS.index(reason) for reason in (Reason.OPTED_OUT, Reason.OBJECTED))
# What a comparison may hold in the server's memory: the pupils of a file, at some 60 bytes each. With
# less the server would look through them all for each line.
MEMORY = "256MB"

# The pupils of the file with the kind of their rows, also under the references that records of the
# same child have. `IS TRUE` keeps the server from joining: it makes a table of the pupils once, and
# for each earlier disclosure reads lines, in their order, until one tells something.
_TELLING = """
WITH own AS MATERIALIZED (
    SELECT person, COALESCE(item_set, -1)::int AS kind FROM {lines}
    WHERE disclosure_id = %(number)s AND person IS NOT NULL AND {own}
), pupils AS MATERIALIZED (
    SELECT person, kind FROM own
    UNION ALL
    SELECT same.other, kind
    FROM unnest(%(ones)s::uuid[], %(others)s::uuid[]) AS same (one, other)
    CROSS JOIN unnest(%(kinds)s::int[]) AS kind
    WHERE ((same.one, kind) IN (SELECT person, own.kind FROM own)) IS TRUE
)
SELECT DISTINCT earlier.id
FROM jsonb_to_recordset(%(pairs)s::jsonb) AS earlier (id bigint, kind int, earlier_kinds int[])
CROSS JOIN LATERAL (
    SELECT FROM sharing_disclosureline line
    WHERE line.disclosure_id = earlier.id AND {earlier}
        AND ((line.person, earlier.kind) IN (SELECT person, pupils.kind FROM pupils)) IS TRUE
    ORDER BY line.row LIMIT 1
) AS telling
"""
_CUT = f"reason IN ({', '.join(map(str, BY_CHOICE))})"
_CUT_HERE = {
    "own": _CUT,
    "earlier": "line.item_set = ANY (earlier.earlier_kinds)",
}
_CUT_EARLIER = {
    "own": "item_set IS NOT NULL",
    "earlier": f"line.{_CUT} AND COALESCE(line.item_set, -1) = ANY (earlier.earlier_kinds)",
}
LINES = "sharing_disclosureline"


@dataclass(frozen=True, slots=True)
class LinesOf:
    """Where the lines of the file lie: the table, and the number of their disclosure there."""

    number: int
    table: str = LINES


def hold_recipient(loaded: Loaded) -> list[int]:
    """Let no other file leave for this recipient, or one of its group, until the transaction ends; return
    their ids. At most 2 queries."""
    return hold(loaded.version.recipient) if loaded.version else []


def hold(recipient: Recipient) -> list[int]:
    """Let no other file leave for a recipient as `hold_recipient` does. 2 queries."""
    recipients = _of_group(recipient)
    locks.take_all(locks.Row.RECIPIENT, recipients)
    return recipients


def recipients_together(loaded: Loaded) -> list[int]:
    """Return the ids of the recipient and those of its group; at most 1 query."""
    return _of_group(loaded.version.recipient) if loaded.version else []


def _of_group(recipient: Recipient) -> list[int]:
    group = recipients_of_same_group(recipient)
    return sorted([recipient.pk, *group.values_list("pk", flat=True)])


def earlier_files(
    loaded: Loaded, recipients: Sequence[int], *, override: bool, number: int = 0
) -> list[EarlierFile]:
    """Load what these recipients were given near the day under another agreement or for another
    purpose, other than the disclosure of this number; 2 queries.

    What went despite opt-outs counts as for another purpose, unless this file does so too.
    """
    purpose = loaded.policy.purpose
    reference = loaded.version.agreement.reference if loaded.version else ""
    other = ~Q(agreement_reference=reference) | ~Q(purpose__code=purpose) | Q(purpose=None)
    return earlier_to(recipients, other, on=loaded.policy.on, override=override, number=number)


def earlier_to(
    recipients: Sequence[int], other: Q, *, on: date, override: bool, number: int
) -> list[EarlierFile]:
    """Load what these recipients were given near the day as `earlier_files` does; `other` are disclosures
    under other terms. 2 queries."""
    within = timedelta(days=TwoFilesTerm.current().days)
    if not override:
        other |= Q(overridden=True) | Q(out_of_line=True)
    rows = (
        Disclosure.objects.filter(
            other,
            ~Q(outcome=Outcome.REFUSED) | Q(out_of_line=True),
            recipient__in=recipients,
            on__range=(on - within, on + within),
            direction=Disclosure.Direction.SENT,
            undone=None,
        )
        .exclude(item_sets=[])
        .exclude(origin=Disclosure.Origin.STATISTICS)
        .exclude(pk=number)
        .order_by("entry")
        .values_list(
            "pk", "entry", "agreement_reference", "purpose__label", "on", "item_sets"
        )
    )  # fmt: skip
    return [
        EarlierFile(pk, entry, agreement, label or "", day, tuple(map(frozenset, item_sets)))
        for pk, entry, agreement, label, day, item_sets in rows
    ]


def revealing(
    decision: ExtractDecision,
    earlier: Sequence[EarlierFile],
    lines: LinesOf,
    *,
    amends: bool = False,
) -> list[EarlierFile]:
    """Return the earlier files that, together with the one decided on, say who opted out; none for a file
    of which nothing leaves. 4 queries at most, none without earlier files that can.

    One that `amends` leaves with no row permitted too: it says whom to delete (H6).
    """
    if not earlier or decision.rows is None or (decision.refused and not amends):
        return []
    cut, given = kinds_in(decision)
    return revealing_lines(item_sets_of(decision), earlier, lines, cut=cut, given=given)


def revealing_lines(
    item_sets: Sequence[Sequence[str]],
    earlier: Sequence[EarlierFile],
    lines: LinesOf,
    *,
    cut: Iterable[int],
    given: Iterable[int],
) -> list[EarlierFile]:
    """Return the earlier files that, together with these lines, say who opted out. Of the kinds of rows,
    places of `item_sets` or WITHHELD, `cut` are those that people's decisions cut, and `given` those that
    leave. 4 queries at most."""
    sets = tuple(map(frozenset, item_sets))
    here = pairs_cut_here(sets, cut, earlier)
    before = pairs_cut_earlier(sets, given, earlier)
    if not here and not before:
        return []
    same_child = references_of_same_child()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])
    telling = _telling(here, _CUT_HERE, lines, same_child)
    telling |= _telling(
        [pair for pair in before if pair.file.disclosure not in telling],
        _CUT_EARLIER, lines, same_child,
    )  # fmt: skip
    return [file for file in earlier if file.disclosure in telling]


def _telling(
    pairs: Iterable[Pair],
    conditions: dict[str, str],
    lines: LinesOf,
    same_child: Sequence[tuple[str, str]],
) -> set[int]:
    """Return the disclosures of which a line and one of the file are such a pair; at most 1 query."""
    pairs = list(pairs)
    if not pairs:
        return set()
    parameters: dict[str, str | int | list[str] | list[int]] = {
        "number": lines.number,
        "ones": [one for one, _ in same_child],
        "others": [other for _, other in same_child],
        "kinds": sorted({pair.kind for pair in pairs}),
        "pairs": json.dumps(
            [
                {
                    "id": pair.file.disclosure,
                    "kind": pair.kind,
                    "earlier_kinds": pair.earlier_kinds,
                }
                for pair in pairs
            ]
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELLING.format(lines=lines.table, **conditions), parameters)
        return {number for (number,) in cursor.fetchall()}
