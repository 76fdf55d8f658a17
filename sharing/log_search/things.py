"""Links from an entry of the log to the pages of what it speaks of."""

from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse

from consent.models import (
    Decision,
    LetterRun,
    MergeProposal,
    OptOutRequest,
    PupilMerge,
    RollUpload,
    SameChildQuestion,
    WaitingMove,
)
from notices.models import NoticeVersion, Recipient, Report
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import may_open
from sharing.log_search.people import Body
from sharing.models import (
    Agreement,
    Amendment,
    ControlRun,
    CountsRelease,
    DataRequest,
    Disclosure,
    Incident,
    PolicyChange,
    Recall,
    Release,
    ReleaseDefinition,
)

# The length of a random reference.
RANDOM = 36


class Thing(NamedTuple):
    """Something that an entry speaks of, and the page where it is."""

    text: str
    address: str


class _Kind(NamedTuple):
    """How entries speak of one kind of thing.

    Events that begin with one of `events` have it under `name`, by its field `field`. Its `page` takes the
    value of the field `takes`; `text` says what it is.
    """

    events: tuple[str, ...]
    name: str
    model: type[Model]
    field: str
    page: str
    takes: str
    text: str


ANY = ("",)
KINDS = (
    _Kind(ANY, "agreement", Agreement, "reference", "staff-agreement", "pk", "Agreement"),
    _Kind(ANY, "disclosure", Disclosure, "pk", "staff-disclosure", "entry", "Disclosure"),
    _Kind(ANY, "recipient", Recipient, "code", "staff-organisation", "code", "Organisation"),
    _Kind(ANY, "incident", Incident, "pk", "staff-incident", "pk", "Incident"),
    _Kind(ANY, "recall", Recall, "pk", "staff-recall", "pk", "Recall"),
    _Kind(ANY, "amendment", Amendment, "pk", "staff-amendment", "pk", "Amendment"),
    _Kind(ANY, "change", PolicyChange, "pk", "staff-policy-draft", "pk", "Change to the policy"),
    _Kind(ANY, "definition", ReleaseDefinition, "pk", "staff-definition", "pk", "File from records"),
    _Kind(ANY, "release", Release, "id", "staff-release", "id", "Release"),
    _Kind(("counts-",), "release", CountsRelease, "id", "staff-counts", "id", "Table of counts"),
    _Kind(ANY, "upload", RollUpload, "pk", "staff-roll-upload", "pk", "School roll"),
    _Kind(("letters-",), "run", LetterRun, "pk", "staff-letters-run", "pk", "Letters"),
    _Kind(
        ("control-", "resumption-", "hand-overs-"),
        "run", ControlRun, "pk", "staff-control-run", "pk", "Nightly control",
    ),
    _Kind(ANY, "report", Report, "reference", "staff-report", "reference", "Case"),
    _Kind(
        ("opt-out-", "code-used"),
        "request", OptOutRequest, "reference", "staff-opt-out", "reference", "Online opt-out",
    ),
    _Kind(
        ("request-", "refusal"), "request", DataRequest, "pk", "staff-request", "pk", "Request"
    ),
    _Kind(("merge-",), "proposal", MergeProposal, "pk", "staff-merge-proposal", "pk", "Merge"),
    _Kind(ANY, "merge", PupilMerge, "pk", "staff-merged", "pk", "Merge"),
    _Kind(ANY, "question", SameChildQuestion, "pk", "staff-same-child", "pk", "Question"),
    _Kind(ANY, "move", WaitingMove, "pk", "staff-move", "pk", "Move"),
    _Kind(("objection-",), "decision", Decision, "pk", "staff-objection", "pk", "Objection"),
    _Kind(ANY, "decision", Decision, "pk", "staff-pupil", "pupil__reference", "Choice about a pupil"),
)  # fmt: skip


def things_of(body: Body, user: User) -> list[Thing]:
    """Return what an entry speaks of that still is there and has a page for this user; 1 query each."""
    return [*_rows(body, user), *_notices(body, user)]


def _rows(body: Body, user: User) -> Iterator[Thing]:
    event = str(body.get("event", ""))
    names = set()
    for kind in KINDS:
        value = body.get(kind.name)
        if value is None or kind.name in names or not event.startswith(kind.events):
            continue
        row = _row(kind, value)
        if row is None:
            continue
        names.add(kind.name)
        if may_open(user, kind.page):
            yield Thing(f"{kind.text} {_said(value)}".strip(), reverse(kind.page, args=[row]))


def _row(kind: _Kind, value: object) -> object | None:
    try:
        rows = kind.model._default_manager.filter(**{kind.field: value})  # noqa: SLF001
        return rows.values_list(kind.takes, flat=True).first()
    except (TypeError, ValueError, ValidationError):
        return None  # somebody tampered with the entry


def _said(value: object) -> str:
    """Return what people know a thing by; nothing for a random reference."""
    return "" if len(str(value)) == RANDOM else str(value)


def _notices(body: Body, user: User) -> Iterator[Thing]:
    slug, number = body.get("notice"), body.get("number")
    if not isinstance(slug, str) or not isinstance(number, int):
        return
    version = NoticeVersion.objects.filter(notice__slug=slug, number=number).first()
    if version is None:
        return
    page = "notice-version" if hasattr(version, "publication") else "staff-draft"
    if page == "notice-version" or may_open(user, page):
        text = f"Privacy notice {slug}, version {number}"
        yield Thing(text, reverse(page, args=[slug, number]))
