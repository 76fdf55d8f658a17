"""Decisions of parents and pupils, for tests of the rules about people’s decisions."""

from datetime import date, timedelta

from consent.rules import Choice, DecidedBy, Decision

BORN = date(2010, 3, 1)
LEAP_DAY = date(2012, 2, 29)
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
OUT, IN = Choice.OPT_OUT, Choice.OPT_IN
PARENT, PUPIL = DecidedBy.PARENT, DecidedBy.PUPIL


def parent(choice, received, order=0, person="ann", **more):
    return Decision(choice, PARENT, person, received, order, **more)


def pupil(choice, received, order=0, **more):
    return Decision(choice, PUPIL, "", received, order, **more)
