"""A small world in which two files can tell who opted out: one organisation, two agreements with it, of
whose purposes a scheme applies to one."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.commands import run
from tests.databases import as_in_a_test
from tests.example import DAY, NOON, POLICY
from tests.rolls import ROLL_HEADINGS, pupil_row

ITEMS = (
    ("pupil.upn", "UPN"), ("pupil.surname", "Surname"), ("pupil.date_of_birth", "DOB"),
    ("pupil.sex", "Sex"), ("pupil.phone", "Telephone"), ("pupil.address", "Address"),
)  # fmt: skip
CODES = [code for code, _ in ITEMS]
HEADINGS = dict(ITEMS)
# With the scheme `choice` for `advice`, none for `research`; `twin` is of the same group.
FIRST, SECOND, TWIN = "first", "second", "twin"
ADVICE, RESEARCH = "advice", "research"
ANN, BEA, CAT, DAN = "E359400125010", "U359400125011", "H359400125012", "X359400125013"
UPNS = (ANN, BEA, CAT, DAN)
PEOPLE = {ANN: "Ash", BEA: "Birch", CAT: "Cedar", DAN: "Dogwood"}
LONG_AGO, LONG_AHEAD = "2025-01-01", "2030-01-01"


def recipient(code: str, group: str = "") -> dict[str, Any]:
    return {
        "code": code, "name": f"The {code}", "kind": "", "website": "", "address": "",
        "opened": None, "closed": None, "successor": None, **({"group": group} if group else {}),
    }  # fmt: skip


def scheme(code: str, of: str, purposes: Sequence[str], basic: Sequence[str]) -> dict[str, Any]:
    return {
        "code": code, "title": "Opt out", "recipient": of, "purposes": list(purposes),
        "default": "share", "kind": "programme", "min_age": None, "below_age": None,
        "self_age": None, "basic_items": list(basic),
    }  # fmt: skip


def agreement(
    reference: str, of: str, purposes: Sequence[str], items: Sequence[str] = CODES, **terms: Any
) -> dict[str, Any]:
    return {
        "reference": reference, "version": 1, "title": reference, "recipient": of,
        "audience": "pupil", "kind": "controller-to-controller", "form": "named",
        "purposes": list(purposes), "items": list(items), "schools": "all", "starts": LONG_AGO,
        "ends": LONG_AHEAD, "signed_on": LONG_AGO, "terminated_on": None, "suspensions": [],
        "lawful_basis": "", "legal_gateway": "", "special_category_condition": "",
        "retention_months": None, "threshold": 5, "review_on": None, **terms,
    }  # fmt: skip


def policy_of(
    agreements: Iterable[dict[str, Any]],
    schemes: Iterable[dict[str, Any]],
    recipients: Iterable[dict[str, Any]],
    *,
    special: Iterable[str] = (),
    locating: Iterable[str] = (),
) -> dict[str, Any]:
    template = json.loads(POLICY.read_text())
    version = template["notices"][0]["versions"][0]
    recipients = list(recipients)
    return {
        **template,
        "items": [
            {
                "code": code, "label": heading, "audience": "pupil", "identifying": False,
                "special_category": code in special, "headings": [heading],
                "locating": code in locating,
            }
            for code, heading in ITEMS
        ],
        "purposes": [
            {"code": code, "label": code.capitalize(), "audience": "pupil"}
            for code in (ADVICE, RESEARCH)
        ],
        "recipients": recipients,
        "schemes": list(schemes),
        "notices": [
            {
                "slug": "pupils", "title": "Pupils", "audience": "pupil",
                "versions": [
                    {
                        **version,
                        "sections": version["sections"][:1],
                        "recipients": [
                            {
                                "recipient": of["code"], "purposes": [ADVICE, RESEARCH],
                                "items": CODES,
                            }
                            for of in recipients
                        ],
                    }
                ],
            }
        ],
        "agreements": list(agreements),
    }  # fmt: skip


def usual_policy(basic: Sequence[str] = ("pupil.surname",), **more: Any) -> dict[str, Any]:
    return policy_of(
        [
            agreement("A", FIRST, [ADVICE]),
            agreement("B", FIRST, [RESEARCH]),
            agreement("C", FIRST, [ADVICE, RESEARCH]),
            agreement("T", TWIN, [RESEARCH]),
            agreement("X", SECOND, [RESEARCH]),
        ],
        [scheme("choice", FIRST, [ADVICE], basic)],
        [recipient(FIRST, "Group"), recipient(SECOND), recipient(TWIN, "GROUP")],
        **more,
    )


def made() -> None:
    """Store for good the usual policy of two agreements, and four pupils on the roll."""
    with TemporaryDirectory() as folder, as_in_a_test(NOON - timedelta(minutes=5)):
        for name, text in (("policy.json", json.dumps(usual_policy())), ("roll.csv", roll())):
            path = Path(folder) / name
            path.write_text(text)
            stored(path.stem, path)


def stored(what: str, path: object) -> None:
    loading = run(what, "import", path)
    assert loading.code == 0, loading.said


def roll() -> str:
    rows = [
        pupil_row(UPN=number, Surname=surname, Forename="X", DOB="2011-03-04")
        for number, surname in PEOPLE.items()
    ]
    return "\r\n".join([ROLL_HEADINGS, "".join(rows)])


def extract(items: Sequence[str], upns: Iterable[str] = UPNS) -> str:
    """Return an extract with these items about these pupils; the UPN leads whatever else is in it."""
    headings = [HEADINGS[code] for code in items]
    values: Mapping[str, Any] = {
        "Sex": "F",
        "Telephone": "1",
        "Address": "Road",
        "DOB": "2011-03-04",
    }
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for number in upns:
        known = {**values, "UPN": number, "Surname": PEOPLE.get(number, "")}
        writer.writerow([known[heading] for heading in headings])
    return out.getvalue()


def day_before(number: int) -> date:
    return DAY - timedelta(days=number)


assert NOON.date() == DAY
