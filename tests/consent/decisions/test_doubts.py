"""What staff are asked about before it is recorded, since it may be a slip; nothing is ever lost."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.keying import keying
from consent.models import Decision, SchoolStaff
from consent.rules import (
    Choice,
    DecidedBy,
    Decision as Given,
    Default,
    Doubt,
    Scheme,
    doubt,
    standing,
)
from tests.example import NOON
from tests.forms import PAPERS, paper

SCHEME = Scheme("x", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
CLOSED = Scheme("y", frozenset(), Default.WITHHOLD, 13, 20, 16, frozenset())
BORN = date(2012, 5, 5)
LATER = NOON + timedelta(days=30)


def says(choice, person="ben", *, by=DecidedBy.PARENT, order=1, days=0, **more):
    return Given(choice, by, person, NOON + timedelta(days=days), order, **more)


OUT, IN = Choice.OPT_OUT, Choice.OPT_IN


class TestRule:
    def test_the_same_of_the_same_person_is_doubtful(self):
        before = says(OUT)
        assert doubt(SCHEME, BORN, says(OUT, days=2), [before], LATER) == (Doubt.SAME, before)

    def test_another_parents_paper_is_a_decision_of_its_own(self):
        assert doubt(SCHEME, BORN, says(OUT, "amy"), [says(OUT)], LATER) is None

    def test_the_pupils_own_is_not_a_parents(self):
        own = says(OUT, by=DecidedBy.PUPIL)
        assert doubt(SCHEME, BORN, own, [says(OUT)], LATER) is None

    def test_an_opt_in_where_nobody_opted_out_is_doubtful(self):
        assert doubt(SCHEME, BORN, says(IN), [], LATER) == (Doubt.NOT_OPTED_OUT, None)

    def test_an_opt_in_where_consent_comes_first_is_not(self):
        assert doubt(CLOSED, BORN, says(IN), [], LATER) is None

    def test_an_opt_in_after_an_opt_out_is_not(self):
        assert doubt(SCHEME, BORN, says(IN), [says(OUT)], LATER) is None

    def test_an_opt_out_after_an_opt_in_is_not(self):
        before = [says(OUT), says(IN, order=2, days=1)]
        assert doubt(SCHEME, BORN, says(OUT, order=3, days=2), before, LATER) is None

    def test_an_opt_in_that_still_waits_makes_a_second_one_doubtful(self):
        waits = says(IN, order=2, days=29, verified=False)
        slip = doubt(SCHEME, BORN, says(IN, order=3, days=30), [says(OUT), waits], LATER)
        assert slip == (Doubt.SAME, waits)

    def test_what_was_marked_invalid_is_as_if_it_never_was(self):
        assert doubt(SCHEME, BORN, says(OUT), [says(OUT, invalid=True)], LATER) is None

    @given(
        st.lists(
            st.builds(
                says,
                st.sampled_from([OUT, IN]),
                st.sampled_from(["ben", "amy"]),
                by=st.sampled_from(DecidedBy),
                days=st.integers(0, 20),
                order=st.integers(1, 9),
                invalid=st.booleans(),
            ),
            max_size=4,
        ),
        st.sampled_from(["ben", "amy"]),
    )
    def test_a_first_opt_out_of_a_person_is_never_doubtful(self, others, person):
        others = [other for other in others if other.person != person or other.invalid]
        assert doubt(SCHEME, BORN, says(OUT, person, order=99), others, LATER) is None
        opted_out = standing(SCHEME, BORN, others, LATER).opted_out
        slip = doubt(SCHEME, BORN, says(IN, person, order=99), others, LATER)
        assert (slip is None) == opted_out


@pytest.mark.django_db
class TestScreen:
    @pytest.fixture
    def at_school(self, pupil, secretary, client, monkeypatch):
        monkeypatch.setattr(keying.secrets, "randbelow", lambda most: 1)
        SchoolStaff.objects.create(user=secretary, school=pupil.school)
        client.force_login(secretary)
        return secretary

    @pytest.mark.parametrize(
        "name", ["Ben Barlow", "ben  BARLOW", "Bén Barlow", "Ben Bar\u00adlow", " ben barlow "]
    )
    def test_the_same_opt_out_again_is_asked_about_and_recorded_at_a_second_press(
        self, pupil, at_school, client, name
    ):
        client.post(PAPERS, paper(pupil))
        again = paper(pupil, person_name=name)
        page = client.post(PAPERS, again)
        assert page.status_code == 422
        assert (
            "Ben Barlow has already opted out for Ella Barlow: received on 20 November 2026, "
            "recorded on 23 November 2026 by school."
        ) in page.text
        assert "Record it anyway" in page.text
        assert Decision.objects.count() == 1
        first = Decision.objects.get()
        page = client.post(PAPERS, {**again, "all_the_same": f"same/{first.pk}"}, follow=True)
        assert "Saved:" in page.text
        assert Decision.objects.count() == 2

    def test_a_tick_for_one_doubt_is_none_for_another(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        page = client.post(PAPERS, paper(pupil, all_the_same="same/1"))
        assert "has already opted out" in page.text
        assert Decision.objects.count() == 1

    def test_a_second_parents_paper_is_recorded_at_once(self, pupil, at_school, client):
        for name in ("Ben Barlow", "Amy Barlow"):
            client.post(PAPERS, paper(pupil, person_name=name))
        assert Decision.objects.count() == 2

    def test_one_received_earlier_says_from_when_it_applies(self, pupil, at_school, client):
        client.post(PAPERS, paper(pupil))
        earlier = paper(pupil, signed_on="1/11/2026", received_on="2/11/2026")
        said = "This one was received earlier: recorded, it applies from 2 November 2026."
        assert said in client.post(PAPERS, earlier).text

    def test_an_opt_in_for_a_pupil_who_is_not_opted_out_is_asked_about(
        self, pupil, at_school, client
    ):
        opt_in = paper(pupil, choice="opt-in")
        page = client.post(PAPERS, opt_in)
        assert page.status_code == 422
        assert "Ella Barlow is not opted out, so there is nothing to opt back in to." in page.text
        assert "Check whether this is an opt-out" in page.text
        assert "already recorded" not in page.text
        assert not Decision.objects.exists()
        tick = f"not-opted-out/{pupil.reference}/connexions"
        client.post(PAPERS, {**opt_in, "all_the_same": tick})
        assert Decision.objects.get().choice == "opt-in"

    def test_the_same_objection_again_is_asked_about(self, pupil, at_school, client):
        schemes = ("connexions", "height-weight")
        objection = next(
            key for key in _matters(client.get(PAPERS).text) if key and key not in schemes
        )
        for _ in range(2):
            page = client.post(PAPERS, paper(pupil, scheme=objection))
        assert page.status_code == 422
        assert "Ben Barlow has already objected for Ella Barlow" in page.text
        assert Decision.objects.count() == 1

    def test_another_parents_objection_is_recorded_at_once(self, pupil, at_school, client):
        objection = "object/fft/performance-analysis"
        for name in ("Ben Barlow", "Amy Barlow"):
            client.post(PAPERS, paper(pupil, scheme=objection, person_name=name))
        assert sorted(Decision.objects.values_list("person_name", "choice")) == [
            ("Amy Barlow", "objection"), ("Ben Barlow", "objection"),
        ]  # fmt: skip

    def test_no_rule_code_is_shown(self, pupil, at_school, client):
        page = client.post(PAPERS, paper(pupil, by="pupil")).text
        assert "too young" in page
        assert "(C" not in page

    def test_the_batch_and_the_pupils_page_say_whom_to_ask_about_a_mistake(
        self, pupil, at_school, client
    ):
        client.post(PAPERS, paper(pupil))
        for address in (f"{PAPERS}batch/", f"/staff/pupils/{pupil.reference}/"):
            assert "ask a council officer to mark it as invalid" in client.get(address).text

    def test_the_doubt_is_looked_for_under_the_pupils_lock(self, pupil, at_school, client):
        """What a colleague recorded while the form was open is seen too."""
        form = paper(pupil)
        client.post(PAPERS, paper(pupil))
        assert client.post(PAPERS, form).status_code == 422
        assert keying.checks_for(at_school).count() == 0


def _matters(page):
    select = page.split('name="scheme"')[1].split("</select>")[0]
    return [part.split('"')[0] for part in select.split('value="')[1:]]
