"""The public register's rows in words, without queries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from privacy_portal.ground.ui.environment import lower_first
from sharing.disclosures.month_entries import fingerprint, month_document
from sharing.models import PublishedCount, PublishedMonth
from sharing.register.rules import OptOuts

NOT_LISTED = "An organisation that is not listed here"
NO_PURPOSE = "Not one of the reasons in our privacy notice"
FEWER = "fewer than 5"
NOT_SHOWN = "not shown"
NOT_RECORDED = "not recorded then"
# What a filter names organisations and purposes by that have no code.
NO_CODE = "-"

OPT_OUT_WORDS = {
    OptOuts.APPLIED: "Yes",
    OptOuts.NO_OPT_OUT: "No: there is no opt-out or objection for this organisation or reason",
    OptOuts.LEGAL_DUTY: "No: only the basic details were shared, which the law says must be shared",
    OptOuts.BASIC_DETAILS: "No: only basic details were shared, which the opt-out does not cover",
    OptOuts.NOBODY_NAMED: "No need: tables of numbers were shared, in which nobody is named",
    OptOuts.OVERRIDDEN: "No: shared despite opt-outs, to keep a child safe or by a legal order",
    OptOuts.NOT_ALLOWED: "No: something was shared that our rules did not allow",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the register in words."""

    count: PublishedCount
    organisation: str
    why: str
    files: str
    pupils: str
    limited: str
    labels: list[str]
    notices: list[tuple[str, str, str]]
    opt_outs: list[str]
    nothing: str

    @property
    def items_in_short(self) -> str:
        """Return how many kinds of information were shared, or why that is not said."""
        if not self.labels:
            return self.nothing
        kinds = "kind" if len(self.labels) == 1 else "kinds"
        return f"{len(self.labels)} {kinds} of information"


def present(count: PublishedCount) -> Row:
    """Return a row in words; its month must be loaded with it."""
    nothing = NOT_SHOWN if says_all(count) else NOT_RECORDED
    notices = [(notice, *notice.rsplit("/", 1)) for notice in count.notices if "/" in notice]
    return Row(
        count=count,
        organisation=organisation_name(count),
        why=purpose_label(count),
        files=number(count.files, NOT_SHOWN),
        pupils=number(count.pupils, FEWER),
        limited=number(count.limited, nothing),
        labels=list(count.items),
        notices=[(notice, slug, version) for notice, slug, version in notices],
        opt_outs=opt_outs_in_words([OptOuts(code) for code in count.opt_outs]),
        nothing=nothing,
    )


def opt_outs_in_words(codes: Sequence[OptOuts]) -> list[str]:
    """Return whether opt-outs were applied, a line for each answer: where there are several, each is of some of
    what was shared."""
    words = [OPT_OUT_WORDS[code] for code in codes]
    if len(words) < 2:
        return words
    return ["In part", *(f"For some, {lower_first(answer)}" for answer in words)]


def number(value: int | None, otherwise: str) -> str:
    """Return a number with its thousands parted, or the words for a number that is not told."""
    return otherwise if value is None else f"{value:,}"


def says_all(count: PublishedCount) -> bool:
    """Return whether the month of a row was published with more than numbers of files and pupils."""
    return count.month.entry is not None


def organisation_name(count: PublishedCount) -> str:
    """Return the name of the organisation as it was published."""
    return count.organisation or (count.recipient.name if count.recipient else NOT_LISTED)


def purpose_label(count: PublishedCount) -> str:
    """Return the purpose as it was published."""
    return count.why or (count.purpose.label if count.purpose else NO_PURPOSE)


def _organisation_code(count: PublishedCount) -> str:
    return count.recipient.code if count.recipient else NO_CODE


def _purpose_code(count: PublishedCount) -> str:
    return count.purpose.code if count.purpose else NO_CODE


def filtered(
    counts: Iterable[PublishedCount], organisation: str, purpose: str
) -> list[PublishedCount]:
    """Return the rows of an organisation and a purpose, by their codes; empty for any."""
    return [
        count
        for count in counts
        if organisation in ("", _organisation_code(count)) and purpose in ("", _purpose_code(count))
    ]


def organisations(counts: Iterable[PublishedCount]) -> list[tuple[str, str]]:
    """Return the organisations to choose from, by name."""
    return [("", "All organisations"), *_choices(counts, _organisation_code, organisation_name)]


def purposes(counts: Iterable[PublishedCount]) -> list[tuple[str, str]]:
    """Return the purposes to choose from, by label."""
    return [("", "All reasons"), *_choices(counts, _purpose_code, purpose_label)]


def _choices(
    counts: Iterable[PublishedCount],
    code: Callable[[PublishedCount], str],
    name: Callable[[PublishedCount], str],
) -> list[tuple[str, str]]:
    # A name is that of the newest month.
    names = {code(count): name(count) for count in reversed(list(counts))}
    return sorted(names.items(), key=lambda choice: (choice[0] == NO_CODE, choice[1].casefold()))


def months(counts: Sequence[PublishedCount]) -> list[tuple[PublishedMonth, str]]:
    """Return the months of these rows, which must be all rows of each, with their fingerprints."""
    by_month: dict[PublishedMonth, list[PublishedCount]] = {}
    for count in counts:
        by_month.setdefault(count.month, []).append(count)
    return [
        (month, fingerprint(month_document(month.month, month.at, rows)))
        for month, rows in by_month.items()
    ]
