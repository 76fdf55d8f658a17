"""Records of pupils that a roll made, for tests of identities."""

import json

from consent.models import (
    Pupil,
    Scheme,
)
from consent.queries import opted_out_among, scheme_facts
from tests.commands import run
from tests.example import NOON, TWIN
from tests.rolls import roll_of

NEW = TWIN

THIRD = "J352400120009"

SAME = "/staff/roll/same/"


def roll(write, *rows, whole=False):
    more = ["--whole"] if whole else []
    ran = run("roll", "import", write(roll_of(*rows), "roll.csv"), "--json", *more)
    assert ran.code == 0, ran.said
    return json.loads(ran.out)


def record_of(number):
    return Pupil.objects.get(upns__upn=number)


def out(*pupils, at=NOON):
    scheme = Scheme.objects.get(code="connexions")
    answers = opted_out_among(scheme, scheme_facts(scheme), [pupil.pk for pupil in pupils], at)
    return [answers.get(pupil.pk, False) for pupil in pupils]
