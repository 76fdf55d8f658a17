"""From files that left without a second officer, subtracting never tells who opted out: random families,
agreements and files, through the real decision and hand-over, against an attacker (D)."""

import csv
import io
import json
import random
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from consent.models import Pupil
from notices.models import Purpose, Recipient
from sharing.errors import NeedsApprovalError
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import NOON
from tests.factories.consent import DecisionFactory, ObjectionFactory, PupilFactory
from tests.sharing.two_files import world as small
from tests.sharing.two_files.attacker import Choices, File, World, given_away, row, rows_in
from tests.sharing.two_files.world import ADVICE, CODES, FIRST, HEADINGS, RESEARCH, TWIN, UPNS

pytestmark = pytest.mark.django_db
TERMS = ((FIRST, ADVICE), (FIRST, RESEARCH), (TWIN, ADVICE), (TWIN, RESEARCH))
AGREEMENTS = {"A": FIRST, "B": FIRST, "T": TWIN}
BORN = [date(2011, 3, 4 + place) for place in range(len(UPNS))]
MARKS = {upn: {upn, born.isoformat()} for upn, born in zip(UPNS, BORN, strict=True)}
OVERRIDE = {"ground": "safeguarding", "legal_ground": "Section 47", "reason": "In danger"}


def random_policy(seed):
    """The policy as the portal imports it, and the same terms as the attacker knows them."""
    rng = random.Random(seed)

    def some(of, least):
        return rng.sample(of, rng.randint(least, len(of)))

    items = {reference: some(CODES, 3) for reference in AGREEMENTS}
    schemes = {
        FIRST: (rng.choice([[ADVICE], [ADVICE], [RESEARCH], []]), some(CODES, 0)[:3]),
        TWIN: (rng.choice([[ADVICE], [RESEARCH]]), some(CODES, 0)[:3]),
    }
    if rng.random() < 0.5:
        del schemes[TWIN]
    policy = small.policy_of(
        [
            small.agreement(reference, of, [ADVICE, RESEARCH], items[reference])
            for reference, of in AGREEMENTS.items()
        ],
        [small.scheme(f"s-{of}", of, *terms) for of, terms in schemes.items()],
        [small.recipient(FIRST, "One"), small.recipient(TWIN, "one")],
    )
    return policy, World(
        items={reference: {HEADINGS[code] for code in items[reference]} for reference in items},
        recipient_of=AGREEMENTS,
        scheme_purposes={of: set(terms[0] or (ADVICE, RESEARCH)) for of, terms in schemes.items()},
        basic={of: {HEADINGS[code] for code in terms[1]} for of, terms in schemes.items()},
    )


def mostly(often, seldom):
    return st.sampled_from([often] * 5 + [seldom])


@st.composite
def files(draw):
    """Two or three files: of which agreement and purpose, with which columns, about whom; and what
    each pupil chose before each of them left."""
    chosen = {upn: Choices() for upn in UPNS}
    asked = []
    for _ in range(draw(st.integers(2, 3))):
        for upn in UPNS:
            if draw(st.sampled_from([False, False, True])):
                more = {draw(st.sampled_from([FIRST, FIRST, TWIN]))}
                chosen = {
                    **chosen,
                    upn: Choices(chosen[upn].opted_out | more, chosen[upn].objected),
                }
            if draw(mostly(False, True)) and draw(st.booleans()):
                more = {draw(st.sampled_from(TERMS))}
                chosen = {
                    **chosen,
                    upn: Choices(chosen[upn].opted_out, chosen[upn].objected | more),
                }
        about = draw(st.lists(st.sampled_from(UPNS), min_size=2, unique=True))
        asked.append(
            File(
                agreement=draw(st.sampled_from([*AGREEMENTS])),
                purpose=draw(st.sampled_from([ADVICE, RESEARCH])),
                columns=frozenset({"UPN", *draw(st.sets(st.sampled_from([*HEADINGS.values()])))}),
                choices={upn: chosen[upn] for upn in about},
                override=draw(mostly(False, True)),
                differing=frozenset({draw(st.sampled_from(about))})
                if draw(mostly(False, True))
                else frozenset(),
            )
        )
    return asked


def extract(file):
    """The file as it is uploaded. Each cell names its pupil."""
    headings = [heading for heading in HEADINGS.values() if heading in file.columns]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for upn in file.choices:
        surname = "Wrong" if upn in file.differing else f"Of {upn}"
        known = {"UPN": upn, "Surname": surname, "DOB": BORN[UPNS.index(upn)].isoformat()}
        writer.writerow([known.get(heading, f"{heading} {upn}") for heading in headings])
    return out.getvalue()


def choose(before, now):
    """Record what was chosen since."""
    for upn, choices in now.items():
        pupil = Pupil.objects.get(upns__upn=upn)
        known = before.get(upn, Choices())
        for of in choices.opted_out - known.opted_out:
            scheme = getattr(Recipient.objects.get(code=of), "scheme", None)
            if scheme is not None:
                DecisionFactory(pupil=pupil, scheme=scheme)
        for of, purpose in choices.objected - known.objected:
            ObjectionFactory(
                pupil=pupil,
                recipient=Recipient.objects.get(code=of),
                purpose=Purpose.objects.get(code=purpose),
            )


def went_despite(world, file):
    """Whether it went although somebody in it had opted out."""
    recipient = world.recipient_of[file.agreement]
    return file.override and any(
        recipient in chosen.opted_out
        and world.has_scheme(recipient, file.purpose)
        and row(world, file, upn) is not None
        for upn, chosen in file.choices.items()
    )


def compared(world, earlier, file):
    """Whether the rule asks about these two: not of one agreement and purpose, unless the earlier one
    went despite opt-outs and the later one is an ordinary one."""
    same = (earlier.agreement, earlier.purpose) == (file.agreement, file.purpose)
    return not same or (went_despite(world, earlier) and not file.override)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_leaves_without_a_second_officer_gives_nobody_away(
    write, officer, second_officer, soak, record_property, seed
):
    policy, world = random_policy(seed)
    small.stored("policy", write(json.dumps(policy), "policy.json"))
    for place, upn in enumerate(UPNS):
        PupilFactory(upn=upn, surname=f"Of {upn}", born=BORN[place])
    met = {"files": 0, "pairs": 0, "approved": 0}

    @settings(
        max_examples=600 if soak else 12,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(files())
    def check(asked):
        with transaction.atomic():
            left, before = {}, {}
            for number, file in enumerate(asked):
                choose(before, file.choices)
                before |= file.choices
                giving_away = [
                    entry
                    for entry, earlier in left.items()
                    if compared(world, earlier, file) and given_away(world, earlier, file)
                ]
                done, text = hand_over_file(
                    file, number, giving_away, write, officer, second_officer
                )
                rows = {upn: row(world, file, upn) for upn in file.choices}
                rows = {upn: items for upn, items in rows.items() if items is not None}
                assert (rows_in(text, MARKS) if text else {}) == rows
                if not text:
                    continue
                # Exactly where subtracting gives somebody away, somebody approved exactly that.
                assert sorted(done.disclosure.reveals) == sorted(giving_away)
                assert (done.disclosure.approved_by == second_officer) == bool(giving_away)
                met["pairs"] += len(left)
                met["files"] += 1
                met["approved"] += bool(giving_away)
                left[done.disclosure.entry] = file
            transaction.set_rollback(True)

    check()
    assert met["approved"], met
    record_property("figure", f"two files, policy {seed}: {met}")


def hand_over_file(file, number, giving_away, write, officer, second_officer):
    """Hand a file over: without a second officer if it can leave so, else with one who was told of what
    the attacker can compare it with. What left, as text."""
    request = Request(
        write(extract(file), f"{number}.csv"), "x.csv", file.agreement, file.purpose, officer,
        override=OVERRIDE if file.override else None,
    )  # fmt: skip

    def clock():
        return NOON + timedelta(minutes=number)

    done = None
    with suppress(NeedsApprovalError):
        done = hand_over(request, clock=clock)
    if done is None:
        done = hand_over(
            request, clock=clock, approved_by=second_officer, together_with=giving_away
        )
    if done.file is None:
        return done, ""
    text = done.file.read_text(encoding="utf-8")
    done.file.unlink()
    return done, text
