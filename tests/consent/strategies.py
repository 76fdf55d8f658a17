"""Schemes, births and lists of decisions, for properties of the rules about people's decisions."""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from consent.rules import Choice, DecidedBy, Decision, Default, Scheme
from privacy_portal.ground.days import LONDON

AT = datetime(2026, 11, 23, 12, tzinfo=LONDON)
SHARE = Scheme("s", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
WITHHOLD = Scheme("w", frozenset(), Default.WITHHOLD, 13, 20, 16, frozenset())
PARENTS_ONLY = Scheme("p", frozenset(), Default.SHARE, None, None, None, frozenset())

schemes = st.sampled_from([SHARE, WITHHOLD, PARENTS_ONLY])
births = st.dates(date(2006, 1, 1), date(2015, 1, 1))
decisions = st.lists(
    st.builds(
        Decision,
        choice=st.sampled_from([Choice.OPT_OUT, Choice.OPT_IN, Choice.OBJECTION]),
        by=st.sampled_from(DecidedBy),
        person=st.sampled_from(["ann", "bob"]),
        received=st.integers(-40, 40).map(lambda days: AT + timedelta(days=days / 2)),
        order=st.integers(0, 5),
        verified=st.booleans(),
        invalid=st.booleans(),
    ),
    max_size=6,
)
# Days on which a child did not want to take part, over two years around AT.
unwilling = st.builds(
    Decision,
    choice=st.just(Choice.UNWILLING),
    by=st.just(DecidedBy.PUPIL),
    person=st.just("zara"),
    received=st.integers(-400, 5).map(lambda days: AT + timedelta(days=days)),
    order=st.integers(6, 9),
)
