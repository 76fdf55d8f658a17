"""The log's hash of what the policy says, by which a change past the portal is found (L5)."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import orjson
from django.db import connection
from pydantic import ValidationError

from consent.decisions.scheme_storing import dump_schemes
from notices.policy_file import storing
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.files.documents import Part
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.terms import current as terms
from sharing.models import TemplateVersion, TwoFilesTerm

EVENT = "policy-content"
# Notices, agreements, registrations and certificates are compared row by row; schools come from the roll too.
_SECTIONS: Mapping[str, Callable[[], Sequence[Part]]] = {
    "items": storing.dump_items,
    "purposes": storing.dump_purposes,
    "recipients": storing.dump_recipients,
    "schemes": dump_schemes,
    "notices": storing.dump_notice_titles,
}
_NEWEST = """
SELECT seq, log_value(body, 'content') FROM log_entry WHERE log_value(body, 'event') = %s ORDER BY seq DESC LIMIT 1
"""


def content_entry(*, at: datetime, by: User | None) -> Body:
    """Make the entry that says what the policy says from now on."""
    return body(EVENT, at=at, by=by, content=content_digest())


def content_digest() -> str:
    """Return SHA-256 of the policy as one canonical JSON object, as 64 hexadecimal digits. What is as if it were
    not there is not in it, so that what comes with a later version of the portal changes no hash."""
    council = storing.dump_controller()
    numbers, letters = terms.stored()
    policy = {
        **{name: [_said(part) for part in dump()] for name, dump in _SECTIONS.items()},
        "controller": council and _said(council),
        "numbers": numbers,
        "letters": letters,
        "templates": list(
            TemplateVersion.objects.order_by("pk").values(
                "template__code", "template__withdrawn", "number", "content"
            )
        ),
        "two_files_within_days": TwoFilesTerm.objects.values_list("days", flat=True).first(),
    }
    said = {name: value for name, value in policy.items() if value}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def content_fault() -> str | None:
    """Return a sentence where the policy is another than its newest entry says; None also where a log from
    before has no such entry."""
    newest = _newest()
    if newest is None or newest[1] == _digest_of_what_is_there():
        return None
    return f"the policy (organisations, information, purposes, opt-outs, numbers) is not what entry {newest[0]} says"


def _digest_of_what_is_there() -> str | None:
    try:
        return content_digest()
    except ValidationError:  # no policy could say this
        return None


def is_logged() -> bool:
    """Return whether the log says what the policy says; 1 query."""
    return _newest() is not None


def _newest() -> tuple[int, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [EVENT])
        newest: tuple[int, str] | None = cursor.fetchone()
    return newest


def _said(part: Part) -> dict[str, object]:
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
