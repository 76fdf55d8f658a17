"""Random policies, rolls, decisions and extracts, and how what people decided is stored."""

import csv
import io
from datetime import date, timedelta
from itertools import pairwise

from consent.identities import same_children
from consent.models import (
    Decision,
    EndedProtection,
    Ending,
    EndingAnswer,
    Invalidation,
    Protection,
    Pupil,
    Ruling,
    RulingTold,
    SameChildQuestion,
    Scheme,
)
from notices.models import Purpose, Recipient
from privacy_portal.ground import days

TODAY = date(2026, 11, 23)
ITEMS = (
    ("pupil.upn", "UPN", True, False), ("pupil.surname", "Surname", True, False),
    ("pupil.date_of_birth", "DOB", True, False), ("pupil.sex", "Sex", False, False),
    ("pupil.phone", "Telephone", True, False), ("pupil.sen", "SEN", False, True),
    ("pupil.address", "Address", True, False),
)  # fmt: skip
CODES = [code for code, *_ in ITEMS]
PURPOSES, RECIPIENTS, URNS = ["p1", "p2"], ["r1", "r2"], ["990001", "990002"]
NAMES = ["Barlow", "O'Neill", "Müller", "Smith-Jones", "Lee"]
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def make_upn(rng):
    digits = f"359{rng.randrange(10**9):09d}"
    total = sum(place * int(digit) for place, digit in enumerate(digits, 2))
    return LETTERS[total % 23] + digits


def a_day(rng, spread=900):
    return (TODAY + timedelta(days=rng.randint(-spread, spread))).isoformat()


def mostly(rng, good, bad, share=0.85):
    """Good, but now and then bad: what is refused for one reason is to be met by itself."""
    return good if rng.random() < share else bad


def past(rng):
    return (TODAY - timedelta(days=rng.randint(300, 900))).isoformat()


def some(rng, of, least=0):
    return rng.sample(of, rng.randint(least, len(of)))


def make_policy(rng, template):
    def recipient(code):
        opened, closed = sorted([a_day(rng, 3000), a_day(rng, 3000)])
        return {
            "code": code, "name": code, "kind": "", "website": "", "address": "",
            "opened": mostly(rng, None, opened),
            "closed": mostly(rng, None, closed) if opened != closed else None,
            "successor": None,
        }  # fmt: skip

    def scheme(code):
        ages = sorted(rng.sample(range(10, 21), 2))
        return {
            "code": f"s-{code}", "title": "T", "recipient": code, "purposes": some(rng, PURPOSES),
            "default": rng.choice(["share", "share", "withhold"]), "kind": "programme",
            "min_age": rng.choice([None, ages[0]]), "below_age": rng.choice([None, ages[1]]),
            "self_age": rng.choice([None, 16, 14]), "basic_items": some(rng, CODES),
            "child_may_refuse": True,
        }  # fmt: skip

    def version(number):
        base = template["notices"][0]["versions"][0]
        return {
            **base, "number": number, "effective_from": mostly(rng, past(rng), a_day(rng)),
            "sections": base["sections"][:1],
            "recipients": [
                {
                    "recipient": rng.choice(RECIPIENTS),
                    "purposes": mostly(rng, PURPOSES, ["p2"]),
                    "items": some(rng, CODES, 5),
                }
                for _ in range(rng.randint(3, 6))
            ],
        }  # fmt: skip

    def agreement(reference, number):
        starts, ends = past(rng), "2028-01-01"
        if mostly(rng, False, True):
            coming = (TODAY + timedelta(days=rng.randint(1, 9))).isoformat()
            gone = (TODAY - timedelta(days=rng.randint(1, 9))).isoformat()
            starts, ends = rng.choice([(coming, ends), (starts, gone)])
        points = sorted({a_day(rng, 400) for _ in range(4)})
        suspensions = [
            {"from": first, "to": last}
            for first, last in list(pairwise(points))[::2][: rng.randint(0, 2)]
        ]
        return {
            "reference": reference, "version": number, "title": "T",
            "recipient": rng.choice(RECIPIENTS), "audience": "pupil",
            "kind": "controller-to-controller",
            "form": mostly(rng, "named", rng.choice(["pseudonymised", "aggregate"]), 0.75),
            "purposes": mostly(rng, PURPOSES, ["p1"]), "items": some(rng, CODES, 5),
            "schools": rng.choice(["all", "all", [rng.choice(URNS)]]),
            "starts": starts, "ends": ends,
            "signed_on": mostly(rng, past(rng), rng.choice([None, a_day(rng, 700)])),
            "terminated_on": mostly(rng, None, a_day(rng)),
            "suspensions": mostly(rng, [], suspensions, 0.7),
            "lawful_basis": "", "legal_gateway": "", "special_category_condition": "",
            "retention_months": None, "threshold": 5, "review_on": None,
        }  # fmt: skip

    return {
        **template,
        "items": [
            {
                "code": code, "label": code, "audience": "pupil", "identifying": identifying,
                "special_category": special, "headings": [text, f"{text} of pupil"],
                "locating": code in ("pupil.phone", "pupil.address"),
            }
            for code, text, identifying, special in ITEMS
        ],
        "purposes": [{"code": code, "label": code, "audience": "pupil"} for code in PURPOSES],
        "recipients": [recipient(code) for code in RECIPIENTS],
        "schemes": [scheme(code) for code in some(rng, RECIPIENTS)],
        "notices": [
            {
                "slug": "pupils", "title": "Pupils", "audience": "pupil",
                "versions": [version(number) for number in range(1, rng.randint(1, 3) + 1)],
            }
        ],
        "agreements": [agreement("A", number) for number in range(1, rng.randint(1, 3) + 1)],
    }  # fmt: skip


def make_roll(rng):
    born = [date(1999, 2, 28), date(2004, 2, 29), date(2012, 2, 29), date(2010, 11, 23)]
    return [
        {
            "UPN": make_upn(rng),
            "Former UPNs": make_upn(rng) if rng.random() < 0.3 else "",
            "Surname": rng.choice(NAMES),
            "Forename": "Ann",
            "DOB": rng.choice(
                [*born, *(date(2026 - rng.randint(3, 27), rng.randint(1, 12), 23) for _ in born)]
            ).isoformat(),
            "Sex": "F",
            "School URN": (urn := rng.choice(URNS)),
            "School": f"School {urn}",
            "Supported to 25": rng.choice(["yes", "no"]),
            "Protected": mostly(rng, rng.choice(["", "no"]), "yes", 0.93),
            "Died on": mostly(rng, "", past(rng), 0.95),
        }
        for _ in range(rng.randint(1, 6))
    ]


def make_newcomers(rng, roll):
    """New numbers that a later roll adds: of known children's names and births, or nearly."""
    return [
        {
            **known,
            "UPN": make_upn(rng),
            "Former UPNs": "",
            "Protected": mostly(rng, "", "yes", 0.93),
            "Died on": "",
            "Surname": mostly(
                rng, rng.choice([known["Surname"], known["Surname"].upper()]), "Khan"
            ),
            "Forename": mostly(rng, "Ann", "Bea"),
            "School URN": (urn := mostly(rng, known["School URN"], rng.choice(URNS))),
            "School": f"School {urn}",
        }
        for known in (rng.choice(roll) for _ in range(rng.choice([0, 0, 1, 2])))
    ]


def make_decisions(rng, policy, roll):
    if not policy["schemes"]:
        return []
    return [
        {
            "UPN": rng.choice([(pupil := rng.choice(roll))["UPN"], *pupil["Former UPNs"].split()]),
            "Scheme": rng.choice(policy["schemes"])["code"],
            "Decision": rng.choice(["opt-out", "opt-out", "opt-in"]),
            "By": rng.choice(["parent", "parent", "pupil"]),
            "Person": rng.choice(["Ben", " BEN ", "Cat"]),
            "Received on": (TODAY - timedelta(days=rng.choice([0, 1, 6, 7, 8, 400]))).isoformat(),
            "Channel": "paper",
            "Invalid because": rng.choice(["", "", "", "Wrong pupil"]),
        }
        for _ in range(rng.randint(0, 8))
    ]


def make_objections(rng, policy, roll):
    return [
        {
            "upn": rng.choice(roll)["UPN"],
            "recipient": rng.choice(policy["recipients"])["code"],
            "purpose": rng.choice(PURPOSES),
            "received": TODAY - timedelta(days=rng.choice([0, 1, 7, 400])),
            "invalid": rng.random() < 0.2,
            "told": TODAY - timedelta(days=rng.choice([0, 6, 7, 8]))
            if rng.random() < 0.3
            else None,
        }
        for _ in range(rng.choice([0, 0, 1, 2, 4]))
    ]


def make_protections(rng, roll):
    """Protection by a roll, of which nobody knows since when; and by an officer, some of it ended."""
    by_roll = [
        {"upn": pupil["UPN"], "since": None, "ended": None, "roll": True}
        for pupil in roll
        if pupil["Protected"] == "yes"
    ]
    by_officer = [
        {
            "upn": rng.choice(roll)["UPN"],
            "since": rng.choice([None, TODAY - timedelta(days=rng.choice([0, 1, 7, 100]))]),
            "ended": rng.choice([None, TODAY - timedelta(days=rng.choice([0, 1, 7]))]),
            "roll": False,
        }
        for _ in range(rng.choice([0, 0, 1, 2]))
    ]
    return [*by_roll, *by_officer]


def keep_protections(protections, officer, second):
    """Stores those that no roll has, as they would have come to be."""
    for protection in protections:
        if protection["roll"]:
            continue
        pupil = Pupil.objects.get(upns__upn=protection["upn"])
        row = Protection.objects.create(
            pupil=pupil, since=protection["since"], reason="safe-address", source="officer",
            at=days.now(), by=officer,
        )  # fmt: skip
        if protection["ended"]:
            at = days.start_of(protection["ended"])
            ending = Ending.objects.create(pupil=pupil, reason="x", at=at, by=officer)
            EndedProtection.objects.create(ending=ending, protection=row)
            EndingAnswer.objects.create(ending=ending, agrees=True, at=at, by=second)


def keep_objections(objections, officer):
    """Stores them as they would have come to be; a day begins at midnight in London."""
    for objection in objections:
        pupil = Pupil.objects.get(upns__upn=objection["upn"])
        received = days.start_of(objection["received"])
        decision = Decision.objects.create(
            pupil=pupil, choice="objection", by="parent", person_name="Ben", person_key="ben",
            recipient=Recipient.objects.get(code=objection["recipient"]), channel="online",
            purpose=Purpose.objects.get(code=objection["purpose"]),
            received_at=received, recorded_at=received,
        )  # fmt: skip
        if objection["invalid"]:
            Invalidation.objects.create(decision=decision, reason="x", recorded_at=received)
        if objection["told"]:
            told = days.start_of(objection["told"])
            ruling = Ruling.objects.create(
                decision=decision, kind="grounds", reason="x", at=told, by=officer
            )
            RulingTold.objects.create(ruling=ruling, at=told, by=officer, note="x")


def make_unwilling(rng, policy, roll):
    if not policy["schemes"]:
        return []
    return [
        {
            "upn": rng.choice(roll)["UPN"],
            "scheme": rng.choice(policy["schemes"])["code"],
            "on": TODAY - timedelta(days=rng.choice([0, 1, 7, 60, 90, 250])),
            "invalid": rng.random() < 0.2,
        }
        for _ in range(rng.choice([0, 0, 1, 2]))
    ]


def keep_unwilling(unwilling, officer):
    """Stores them as school staff would have noted them at the time."""
    for each in unwilling:
        pupil = Pupil.objects.get(upns__upn=each["upn"])
        received = days.start_of(each["on"])
        decision = Decision.objects.create(
            pupil=pupil, scheme=Scheme.objects.get(code=each["scheme"]), choice="unwilling", by="pupil",
            person_name="Ann", person_key="ann", channel="in-person", recorded_by=officer,
            received_at=received, recorded_at=received,
        )  # fmt: skip
        if each["invalid"]:
            Invalidation.objects.create(decision=decision, reason="x", recorded_at=received)


def answer_another(pairs, officer):
    """Somebody has said of these pairs of UPNs that they are of two children."""
    for new, other in pairs:
        question = SameChildQuestion.objects.get(new__upns__upn=new, other__upns__upn=other)
        same_children.answer([question.pk], same=False, reason="x", by=officer, at=days.now())


def make_extract(rng, roll):
    texts = some(rng, [text for _, text, *_ in ITEMS], 1)
    if "UPN" not in texts and mostly(rng, True, False):
        texts.insert(0, "UPN")
    headings = [rng.choice([text, text.upper(), f" {text}  of pupil"]) for text in texts]
    if rng.random() < 0.3:
        headings.insert(rng.randint(0, len(headings)), "Notes")
    rows = []
    for _ in range(rng.choice([1, 1, 2, 3, 5, 8])):
        pupil = rng.choice(roll)
        mark = rng.choice([pupil["UPN"], pupil["UPN"], *pupil["Former UPNs"].split()])
        if rng.random() < 0.15:
            mark = rng.choice(["", "X", mark[:-1], make_upn(rng), f"B{mark[1:]}"])
        born = date.fromisoformat(pupil["DOB"])
        values = {
            "UPN": rng.choice([mark, mark.lower(), f" {mark[:4]} {mark[4:]}"]),
            "Surname": mostly(
                rng,
                rng.choice(["", pupil["Surname"], pupil["Surname"].upper()]),
                rng.choice(["o neill", "Muller", "SMITH JONES"]),
            ),
            "DOB": mostly(
                rng,
                rng.choice(["", pupil["DOB"], f"{born:%d/%m/%Y}"]),
                rng.choice(["31/02/2010", "1999-01-01"]),
            ),
        }
        row = [
            values.get(
                next((text for _, text, *_ in ITEMS if text.casefold() in heading.casefold()), ""),
                "x",
            )
            for heading in headings
        ]
        rows.append(row[: rng.randint(1, len(row))] if rng.random() < 0.1 else row)
    return headings, rows


def as_csv(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def table(rows):
    return as_csv([list(rows[0]), *(list(row.values()) for row in rows)])
