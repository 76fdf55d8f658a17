"""The rulebook's section D a second time, written from its text alone: plain data in, plain data out.

Nothing of the product is imported. Slow and simple on purpose: it checks the engine, so it must
not share its ideas.
"""

import re
import unicodedata
from datetime import date, timedelta


def age(born, on):
    """Whole years attained by the start of the day; born on 29 February, on 1 March of other years."""
    years = on.year - born.year
    birthday_month, birthday_day = born.month, born.day
    if (birthday_month, birthday_day) == (2, 29):
        leap = on.year % 4 == 0 and (on.year % 100 != 0 or on.year % 400 == 0)
        if not leap:
            birthday_month, birthday_day = 3, 1
    return years if (on.month, on.day) >= (birthday_month, birthday_day) else years - 1


def day(text):
    return date.fromisoformat(text) if text else None


def heading(text):
    return " ".join(text.split()).casefold()


def name(text):
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def upn(text):
    return "".join(text.split()).upper()


def valid_upn(text):
    if not re.fullmatch(r"[A-Z][0-9]{11}[0-9A-Z]", text):
        return False
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    total = 0
    for place, mark in enumerate(text[1:], 2):
        if mark.isdigit():
            value = int(mark)
        elif mark in letters:
            value = letters.index(mark)
        else:
            return False
        total += place * value
    return letters[total % 23] == text[0]


def any_day(text):
    """A day as files write it; None for what is none."""
    text = text.strip()
    for pattern, order in (
        (r"(\d{4})-(\d\d)-(\d\d)", (0, 1, 2)),
        (r"(\d\d?)/(\d\d?)/(\d{4})", (2, 1, 0)),
    ):
        if found := re.fullmatch(pattern, text):
            parts = [int(found.groups()[place]) for place in order]
            try:
                return date(*parts)
            except ValueError:
                return None
    return None


def answering(agreements, reference, on):
    """Where an agreement has several versions: the one whose dates hold the day, else the newest."""
    versions = [agreement for agreement in agreements if agreement["reference"] == reference]
    if not versions:
        return None
    holding = [
        version
        for version in versions
        if version["signed_on"]
        and day(version["signed_on"]) <= on
        and day(version["starts"]) <= on <= day(version["ends"])
    ]
    return max(holding or versions, key=lambda each: each["version"])


def notice_of(policy, audience, on):
    for notice in policy["notices"]:
        if notice["audience"] != audience:
            continue
        there = [
            each
            for each in notice["versions"]
            if each["status"] == "published" and day(each["effective_from"]) <= on
        ]
        if there:
            best = max(there, key=lambda each: (day(each["effective_from"]), each["number"]))
            return f"{notice['slug']}/{best['number']}", best
    return None, None


def listed_items(version, recipient, purpose):
    found, named = set(), False
    for line in version["recipients"]:
        if line["recipient"] == recipient and purpose in line["purposes"]:
            named = True
            found |= set(line["items"])
    return found if named else None


def opted_out(scheme, born, decisions, on):
    """C1 to C4 for decisions of `opt_outs.csv`, by the end of the day."""
    counting = []
    for order, given in enumerate(decisions):
        received = day(given["Received on"])
        if given["Invalid because"]:
            continue
        if given["Decision"] == "opt-out":
            if received > on:
                continue
        elif received + timedelta(days=7) > on:
            continue
        counting.append((received, order, given))
    own_age = scheme["self_age"]
    own = [
        each
        for each in counting
        if each[2]["By"] == "pupil" and own_age is not None and age(born, each[0]) >= own_age
    ]
    if own:
        return max(own)[2]["Decision"] == "opt-out"
    latest = {}
    for received, order, given in counting:
        if given["By"] == "parent":
            person = "".join(given["Person"].casefold().split())
            if person not in latest or latest[person][:2] < (received, order):
                latest[person] = (received, order, given)
    choices = {given["Decision"] for _, _, given in latest.values()}
    if scheme["default"] == "withhold":
        return not ("opt-in" in choices and "opt-out" not in choices)
    return "opt-out" in choices


def objected(objections, numbers, recipient, purpose, on):
    """C10 and C4 by the end of the day: from receipt, until 7 days after the person was told why not."""
    return any(
        objection["upn"] in numbers
        and (objection["recipient"], objection["purpose"]) == (recipient, purpose)
        and not objection["invalid"]
        and objection["received"] <= on
        and not (objection["told"] and objection["told"] + timedelta(days=7) <= on)
        for objection in objections
    )


def possible_same(roll, newcomers):
    """C6b: pairs of UPNs, of those a later roll adds and those the school had, alike in name and birth."""
    return [
        (new["UPN"], old["UPN"])
        for new in newcomers
        for old in roll
        if new["School URN"] == old["School URN"]
        and new["DOB"] == old["DOB"]
        and name(new["Surname"]) == name(old["Surname"])
        and name(new["Forename"]) == name(old["Forename"])
    ]


def together(pairs, mark):
    """The UPNs that hang together with this one by pairs, itself too."""
    found, before = {mark}, set()
    while found != before:
        before = set(found)
        for pair in pairs:
            if found & set(pair):
                found |= set(pair)
    return found


def died(roll, numbers, on):
    """P6: one of these records died on the day or before."""
    return any(
        row["UPN"] in numbers and row["Died on"] and day(row["Died on"]) <= on for row in roll
    )


def protected(protections, numbers, on):
    """P1: from the day that was given, or always, and before it ended; a roll gives no day."""
    return any(
        protection["upn"] in numbers
        and (protection["since"] is None or protection["since"] <= on)
        and (protection["ended"] is None or on < protection["ended"])
        for protection in protections
    )


def unwilling_then(unwilling, numbers, scheme, on):
    """C2: from the day on which a child did not want to take part until the end of August."""
    return any(
        each["upn"] in numbers
        and each["scheme"] == scheme["code"]
        and not each["invalid"]
        and each["on"] <= on
        and on < date(each["on"].year + (each["on"].month >= 9), 9, 1)
        for each in unwilling
    )


def decide(policy, roll, decisions, objections, reference, purpose, on, headings, rows, pairs=(),
    protections=(), permissions=(), unwilling=()):  # fmt: skip
    """The decision as the contract's JSON. `roll` and `decisions` are rows as in the files;
    `objections` say about whom, to whom, for what, when received, whether invalid, when told;
    `pairs` are UPNs that may be of one child; `protections` say of whom, since and until when;
    `permissions` give by UPN whether a second officer lets a row go, `with` or `without` locating
    cells; `unwilling` says who did not want to take part, under which scheme, on which day, and
    whether that is invalid."""
    agreement = answering(policy["agreements"], reference, on)
    answer = {
        "agreement": None, "agreement_version": None, "recipient": None, "purpose": purpose,
        "on": on.isoformat(), "notice": None, "outcome": "refused", "reasons": [],
        "needs_approval": False, "columns": [], "rows": None, "detail": [],
    }  # fmt: skip
    if agreement is None:
        answer["reasons"] = ["no-agreement"]
        return answer
    recipient = next(r for r in policy["recipients"] if r["code"] == agreement["recipient"])
    where, notice = notice_of(policy, agreement["audience"], on)
    answer |= {
        "agreement": agreement["reference"],
        "agreement_version": agreement["version"],
        "recipient": recipient["code"],
        "notice": where,
    }
    reasons = answer["reasons"]
    if not agreement["signed_on"] or day(agreement["signed_on"]) > on:
        reasons.append("not-signed")
    if on < day(agreement["starts"]):
        reasons.append("not-started")
    if on > day(agreement["ends"]):
        reasons.append("expired")
    if agreement["terminated_on"] and on >= day(agreement["terminated_on"]):
        reasons.append("terminated")
    for each in agreement["suspensions"]:
        if day(each["from"]) <= on and (each.get("to") is None or on <= day(each["to"])):
            reasons.append("suspended")
            break
    if (recipient["opened"] and on < day(recipient["opened"])) or (
        recipient["closed"] and on >= day(recipient["closed"])
    ):
        reasons.append("recipient-not-open")
    if purpose not in agreement["purposes"]:
        reasons.append("purpose-not-covered")
    listed = None
    if notice is None:
        reasons.append("no-notice")
    else:
        listed = listed_items(notice, recipient["code"], purpose)
        if listed is None:
            reasons.append("not-in-notice")
    if agreement["form"] == "aggregate":
        reasons.append("form-mismatch")
    if reasons:
        return answer
    by_heading = {heading(text): item for item in policy["items"] for text in item["headings"]}
    columns = []
    for text in headings:
        item = by_heading.get(heading(text))
        if item is None:
            reason = "unknown-item"
        elif item["code"] not in agreement["items"]:
            reason = "not-in-agreement"
        elif item["code"] not in listed:
            reason = "item-not-in-notice"
        elif item["identifying"] and agreement["form"] == "pseudonymised":
            reason = "identifying"
        else:
            reason = None
        columns.append((text, item, reason))
    answer["columns"] = [
        {
            "heading": text,
            "item": item["code"] if item else None,
            "outcome": "withheld" if reason else "released",
            "reason": reason,
        }
        for text, item, reason in columns
    ]
    permitted = [(text, item) for text, item, reason in columns if reason is None]
    scheme = next((s for s in policy["schemes"] if s["recipient"] == recipient["code"]), None)
    if scheme is not None and scheme["purposes"] and purpose not in scheme["purposes"]:
        scheme = None
    basic = [text for text, item in permitted if scheme and item["code"] in scheme["basic_items"]]
    others = [
        text for text, item in permitted if not scheme or item["code"] not in scheme["basic_items"]
    ]

    def cell(row, code):
        for place, (_, item, _) in enumerate(columns):
            if item is not None and item["code"] == code:
                return row[place]
        return ""

    sent = set()
    counts = {"total": 0, "released": 0, "reduced": 0, "withheld": 0}
    number = 0
    for given in rows:
        row = list(given) + [""] * (len(headings) - len(given))
        if not any(each.strip() for each in row):
            continue
        number += 1
        counts["total"] += 1
        mark = upn(cell(row, "pupil.upn"))
        outcome, reason, emptied = "released", None, []
        pupil = next(
            (each for each in roll if mark in [each["UPN"], *each["Former UPNs"].split()] and mark),
            None,
        )
        if not valid_upn(mark):
            reason = "invalid-upn"
        elif pupil is None:
            reason = "unknown-pupil"
        else:
            born = day(pupil["DOB"])
            supported = pupil["Supported to 25"] == "yes"
            written = cell(row, "pupil.date_of_birth").strip()
            given = cell(row, "pupil.surname")
            surname = name(given) or given.strip()
            if pupil["UPN"] in sent:
                reason = "duplicate"
            elif (surname and surname != name(pupil["Surname"])) or (
                written and any_day(written) != born
            ):
                reason = "details-differ"
            elif agreement["schools"] != "all" and pupil["School URN"] not in agreement["schools"]:
                reason = "outside-schools"
            elif scheme and scheme["min_age"] is not None and age(born, on) < scheme["min_age"]:
                reason = "too-young"
            elif (
                scheme
                and scheme["below_age"] is not None
                and age(born, on) >= (25 if supported else scheme["below_age"])
            ):
                reason = "too-old"
            else:
                numbers = [pupil["UPN"], *pupil["Former UPNs"].split()]
                own = [
                    decision
                    for decision in decisions
                    if scheme
                    and decision["Scheme"] == scheme["code"]
                    and upn(decision["UPN"]) in numbers
                ]
                maybe = [
                    each
                    for other in roll
                    if other["UPN"] in together(pairs, pupil["UPN"])
                    for each in [other["UPN"], *other["Former UPNs"].split()]
                ]
                all_of_them = [
                    decision
                    for decision in decisions
                    if scheme
                    and decision["Scheme"] == scheme["code"]
                    and upn(decision["UPN"]) in maybe
                ]
                out = bool(scheme) and (
                    opted_out(scheme, born, own, on)
                    or opted_out(scheme, born, all_of_them, on)
                    or unwilling_then(unwilling, maybe, scheme, on)
                )
                if out and not basic:
                    reason = "opted-out"
                elif objected(objections, maybe, recipient["code"], purpose, on):
                    reason = "objected"
                elif died(roll, maybe, on):
                    reason = "deceased"
                else:
                    shut = protected(protections, maybe, on)
                    permission = dict(permissions).get(pupil["UPN"])
                    if shut and permission is None:
                        reason = "protected"
                    else:
                        if out:
                            emptied = list(others)
                        if shut and permission == "without":
                            emptied += [
                                text
                                for text, item in permitted
                                if item.get("locating") and text not in emptied
                            ]
                            if any(item.get("locating") for _, item in permitted):
                                outcome, reason = "reduced", "protected"
                        if out and others:
                            outcome, reason = "reduced", "opted-out"
        if reason is not None and outcome != "reduced":
            outcome = "withheld"
        counts[outcome] += 1
        if outcome != "withheld":
            sent.add(pupil["UPN"])
        if reason is not None:
            answer["detail"].append(
                {
                    "row": number,
                    "upn": mark,
                    "outcome": outcome,
                    "reason": reason,
                    "emptied": emptied if outcome == "reduced" else [],
                }
            )
    answer["rows"] = counts
    answer["needs_approval"] = any(item["special_category"] for _, item in permitted)
    if not permitted or counts["released"] + counts["reduced"] == 0:
        answer["outcome"], answer["reasons"] = "refused", ["nothing-permitted"]
    elif len(permitted) == len(columns) and counts["released"] == counts["total"]:
        answer["outcome"] = "released"
    else:
        answer["outcome"] = "reduced"
    return answer
