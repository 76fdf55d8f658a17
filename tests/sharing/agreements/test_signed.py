"""Signed agreements: suspended, terminated, listed, reminded of."""

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail

from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from sharing import rules
from sharing.agreements import (
    presenters,
    queries as agreement_queries,
    reminding as agreement_reminding,
    signing,
)
from sharing.agreements.rules import AgreementWarning, Section, Span, Warn
from sharing.agreements.terms import Words
from sharing.models import Signing, Suspension
from tests.example import DAY, NOON
from tests.factories.sharing import PDF, AgreementFactory
from tests.forms import day_fields
from tests.releases import hand_over_extract
from tests.sharing.agreements.pages import START, assess, complete, edit, in_force, post_signatures

pytestmark = pytest.mark.django_db


def test_a_draft_says_what_the_notice_does_not_name_before_it_is_signed(desk, draft):
    complete(desk, draft)
    for page in (draft, f"{draft}sign/"):
        assert "The privacy notice does not" not in desk.get(page).text
    edit(desk, draft, "items", form="named", items=["pupil.upn", "pupil.height"])
    edit(desk, draft, "purpose", purposes=["performance-analysis", "careers-guidance"], benefit="x")
    for page in (draft, f"{draft}sign/"):
        text = desk.get(page).text
        assert "does not mention this organisation for this purpose" in text
        assert "does not list this information for the organisation" in text
        assert "Height" in text.split("does not list")[1]


def test_suspending_holds_back_from_that_day_and_lifting_lets_go_again(desk, signed):
    response = desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "A breach."})
    assert response.status_code == 302
    assert in_force() == [rules.Reason.SUSPENDED]
    assert "Lift suspension" in desk.get(signed).text
    past = DAY - timedelta(days=1)
    early = desk.post(f"{signed}lift/", {**day_fields("from_day", past), "note": "Mended."})
    assert early.status_code == 422
    tomorrow = DAY + timedelta(days=1)
    assert desk.post(f"{signed}lift/", {**day_fields("from_day", tomorrow), "note": "Mended."})
    assert in_force() == [rules.Reason.SUSPENDED]
    assert in_force(on=tomorrow) == []
    page = desk.get(signed.rsplit("/", 2)[0] + "/").text
    assert "A breach." in page
    assert "Mended." in page


def test_a_suspension_by_mistake_is_lifted_on_the_day_it_began_and_then_never_held(desk, signed):
    desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "Wrong agreement."})
    assert in_force() == [rules.Reason.SUSPENDED]
    lifted = desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "A slip."})
    assert lifted.status_code == 302
    assert in_force() == []
    assert in_force(on=DAY + timedelta(days=1)) == []
    assert (
        "A suspension from 23 November 2026 was lifted before it started." in desk.get(signed).text
    )
    page = desk.get(signed.rsplit("/", 2)[0] + "/").text
    assert "Wrong agreement." in page
    assert "A slip." in page
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("-seq")[:2]]
    assert [body["event"] for body in bodies] == ["agreement-lifted", "agreement-suspended"]
    assert bodies[0]["first"] == bodies[1]["on"] == DAY.isoformat()
    # It can be suspended again on that very day, and lifted again.
    assert (
        desk.post(f"{signed}suspend/", {**day_fields("first", DAY), "note": "x"}).status_code == 302
    )
    assert in_force() == [rules.Reason.SUSPENDED]
    assert (
        desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).status_code == 302
    )
    assert in_force() == []
    assert (
        "It is not suspended"
        in desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).text
    )


def test_one_that_is_still_to_come_or_has_a_last_day_is_lifted_too(desk, signed):
    soon, end = DAY + timedelta(days=5), DAY + timedelta(days=9)
    period = {**day_fields("first", soon), **day_fields("last", end), "note": "x"}
    desk.post(f"{signed}suspend/", period)
    late = {**day_fields("from_day", end + timedelta(days=1)), "note": "x"}
    assert "already ends" in desk.post(f"{signed}lift/", late).text
    shorter = {**day_fields("from_day", soon + timedelta(days=1)), "note": "x"}
    assert desk.post(f"{signed}lift/", shorter).status_code == 302
    assert in_force(on=soon) == [rules.Reason.SUSPENDED]
    assert in_force(on=soon + timedelta(days=1)) == []
    assert (
        desk.post(f"{signed}lift/", {**day_fields("from_day", DAY), "note": "x"}).status_code == 302
    )
    assert in_force(on=soon) == []


def test_of_several_suspensions_one_is_chosen(desk, signed):
    for ahead in (3, 30):
        first, last = DAY + timedelta(days=ahead), DAY + timedelta(days=ahead + 2)
        desk.post(
            f"{signed}suspend/",
            {**day_fields("first", first), **day_fields("last", last), "note": "x"},
        )
    assert "From 26 November 2026 to 28 November 2026" in desk.get(f"{signed}lift/").text
    later = Suspension.objects.order_by("first").last()
    answer = {**day_fields("from_day", DAY), "note": "x"}
    assert desk.post(f"{signed}lift/", answer).status_code == 422
    assert desk.post(f"{signed}lift/", {**answer, "suspension": later.pk}).status_code == 302
    assert in_force(on=DAY + timedelta(days=30)) == []
    assert in_force(on=DAY + timedelta(days=3)) == [rules.Reason.SUSPENDED]
    with pytest.raises(NotNowError, match="has been lifted"):
        signing.lift(
            later.version_id, suspension=later.pk, from_day=DAY, note="x", by=None, at=NOON
        )


def test_a_suspension_begins_today_at_the_earliest_and_never_overlaps(desk, signed):
    past = DAY - timedelta(days=1)
    response = desk.post(f"{signed}suspend/", {**day_fields("first", past), "note": "x"})
    assert response.status_code == 422
    assert "must be today or in the future" in response.text
    soon = {
        **day_fields("first", DAY + timedelta(days=5)),
        **day_fields("last", DAY + timedelta(days=9)),
    }
    assert desk.post(f"{signed}suspend/", {**soon, "note": "x"}).status_code == 302
    over = {**day_fields("first", DAY), **day_fields("last", DAY + timedelta(days=5)), "note": "x"}
    assert "suspended from" in desk.post(f"{signed}suspend/", over).text


def test_a_terminated_agreement_is_over_for_good(desk, signed):
    response = desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "Closed."})
    assert response.status_code == 302
    assert in_force() == [rules.Reason.TERMINATED]
    page = desk.get(signed).text
    assert "Suspend" not in page.split("<main")[1].split("Terms</h2>")[0]
    again = desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "Closed."})
    assert "was terminated on" in again.text


def test_pages_take_at_most_17_queries_however_many_agreements(
    desk, signed, django_assert_max_num_queries
):
    base = signed.rsplit("/", 2)[0] + "/"
    desk.post(f"{signed}next/")
    for copy in range(30):
        desk.post("/staff/agreements/new/", {**START, "reference": f"MORE-{copy}"})
    pages = (
        "/staff/agreements/",
        "/staff/agreements/warnings/",
        base,
        signed,
        f"{base}changes/1/2/",
    )
    for page in (*pages, f"{base}2/", f"{base}2/edit/items/"):
        with django_assert_max_num_queries(17):
            assert desk.get(page).status_code == 200, page


def test_the_list_is_filtered_by_words_and_standing(desk, draft):
    page = desk.get("/staff/agreements/?standing=draft&words=new").text
    assert "NEW-1" in page
    assert "WIG-FFT" not in page
    assert "No agreements match" in desk.get("/staff/agreements/?words=nonsense").text


def test_warnings_compare_with_notice_and_use(example, officer, desk):
    page = desk.get("/staff/agreements/warnings/").text
    assert "Nothing has been shared under it for a year" in page
    hand_over_extract("connexions-2026-11", "WIG-CNX", "careers-guidance", officer)
    use = agreement_queries.use_of_agreements(DAY)
    assert use["WIG-CNX"].last == DAY
    assert "pupil.surname" in use["WIG-CNX"].items
    section = desk.get("/staff/agreements/warnings/").text.split("WIG-CNX")[1].split("<h2")[0]
    assert "This has not been shared for a year" in section


def test_reminders_go_to_officers_once_each(desk, signed, second_officer):
    ends = DAY + timedelta(days=365)
    mine = "agreement-due/"

    def sent(on):
        before = set(Message.objects.values_list("pk", flat=True))
        agreement_reminding.remind(at=days.start_of(on))
        new = Message.objects.exclude(pk__in=before).filter(key__startswith=mine)
        return sorted(each.subject for each in new if "NEW-1" in each.subject)

    assert sent(ends - timedelta(days=91)) == []  # neither the end nor the review is due
    assert (
        sent(ends - timedelta(days=65))
        == ["Agreement NEW-1 ends on 23 November 2027"] * 2 + ["Agreement NEW-1: review due"] * 2
    )
    assert sent(ends - timedelta(days=60)) == []
    assert len(sent(ends - timedelta(days=30))) == 2
    assert len(sent(ends - timedelta(days=3))) == 2
    assert sent(ends) == []
    due = agreement_reminding.reminders_due(ends)
    assert "NEW-1" in [each.agreement.agreement.reference for each in due]
    assert mail.outbox == []


def test_a_renewed_agreement_is_not_reminded_of_its_end(desk, signed):
    ends = DAY + timedelta(days=365)
    new = desk.post(f"{signed}next/").url
    later = {
        **day_fields("starts", ends + timedelta(days=1)),
        **day_fields("ends", date(2029, 1, 1)),
    }
    assert edit(
        desk, new, "dates", **later, at_end="x", **day_fields("review_on", date(2028, 1, 1))
    )
    assess(desk, new)
    assert post_signatures(desk, new).status_code == 302
    due = {
        each.agreement.agreement.reference: each for each in agreement_reminding.reminders_due(ends)
    }
    assert due["NEW-1"].ends_within is None
    assert due["NEW-1"].review_on == DAY + timedelta(days=300)
    before = DAY + timedelta(days=290)  # 75 days before its end, and before its review
    references = [
        due.agreement.agreement.reference for due in agreement_reminding.reminders_due(before)
    ]
    assert "NEW-1" not in references
    agreement_reminding.remind(at=days.start_of(ends))
    subjects = [
        message.subject for message in Message.objects.filter(key__startswith="agreement-due/")
    ]
    assert [subject for subject in subjects if "NEW-1" in subject] == [
        "Agreement NEW-1: review due"
    ]


def test_the_start_page_tells_of_agreements_that_end_soon(desk, signed, officer, time_machine):
    assert "NEW-1" not in desk.get("/staff/").text
    time_machine.move_to(NOON + timedelta(days=340))
    desk.force_login(officer)
    assert "ends on 23 November 2027" in desk.get("/staff/").text


def test_no_verb_changes_or_ends_what_is_signed_or_over(policy, officer):
    """What a page does not offer a verb refuses too: somebody else may have been quicker."""
    version = AgreementFactory(by=officer)
    by = {"by": officer, "at": NOON}
    side = signing.Side("x", "y", DAY)
    seen = signing.token_of(signing.dump_version(version))
    for verb in (
        lambda: signing.change(version.pk, Section.RIGHTS, {"rights": "None."}, seen=seen, **by),
        lambda: signing.discard(version.pk, **by),
        lambda: signing.sign(
            version.pk, council=side, recipient=side, document=PDF, seen=seen, **by
        ),
    ):
        with pytest.raises(NotNowError, match="cannot change a signed version"):
            verb()
    yesterday = DAY - timedelta(days=1)
    signing.suspend(version.pk, first=DAY, last=None, note="x", **by)
    with pytest.raises(NotNowError, match="must be today or in the future"):
        signing.lift(version.pk, from_day=yesterday, note="x", **by)
    with pytest.raises(NotNowError, match="must be today or in the future"):
        signing.terminate(version.pk, on=yesterday, note="x", **by)
    version.refresh_from_db()
    assert (version.rights, version.terminated_on) == ("The council answers.", None)
    assert version.suspensions.get().last is None
    assert Signing.objects.count() == 1


def test_one_that_has_ended_is_not_terminated(signed):
    version = Signing.objects.get().version
    signing.check_can_terminate(version, version.ends)
    with pytest.raises(NotNowError, match="It already ends on 23 November 2027"):
        signing.check_can_terminate(version, version.ends + timedelta(days=1))


def test_a_terminated_agreement_is_not_reminded_of_nor_one_that_needs_nothing(desk, signed):
    ends = DAY + timedelta(days=365)

    def due(on):
        return [
            (reminder.ends_within, reminder.review_on)
            for reminder in agreement_reminding.reminders_due(on)
            if reminder.agreement.agreement.reference == "NEW-1"
        ]

    review_on = DAY + timedelta(days=300)
    assert due(DAY) == []
    assert due(ends) == [(7, review_on)]
    desk.post(f"{signed}terminate/", {**day_fields("on", DAY), "note": "Closed."})
    assert due(ends) == []


def test_where_versions_overlap_the_higher_one_applies():
    def span(first, last, suspended=False):
        return Span(DAY + timedelta(days=first), DAY + timedelta(days=last), suspended)

    newest = SimpleNamespace(spans=[span(10, 20)])
    middle = SimpleNamespace(spans=[span(5, 12), span(40, 50)])
    oldest = SimpleNamespace(spans=[span(0, 30, suspended=True), span(31, 45), span(12, 14)])
    agreement = SimpleNamespace(versions=[newest, middle, oldest])
    assert presenters.spans_of(agreement) == [
        span(0, 4, suspended=True),
        span(5, 9),
        span(10, 20),
        span(21, 30, suspended=True),
        span(31, 39),
        span(40, 50),
    ]


def test_warnings_name_items_and_purposes_by_their_labels():
    words = Words({}, {"careers": "Careers"}, {"pupil.upn": "UPN"}, {})
    lines = presenters.warning_lines(
        [
            AgreementWarning(Warn.ITEM_UNUSED, ("pupil.upn", "pupil.sex")),
            AgreementWarning(Warn.PURPOSE_NOT_IN_NOTICE, ("careers",)),
            AgreementWarning(Warn.ENDS_SOON),
        ],
        words,
    )
    assert [line["about"] for line in lines] == ["UPN; pupil.sex", "Careers", ""]
    assert all(line["sentence"] for line in lines)
