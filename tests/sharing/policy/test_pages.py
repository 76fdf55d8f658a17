"""Pages about the policy: what it holds, drafting, checking, and what becomes of a draft."""

from datetime import timedelta

import pytest
from django.test import Client

from notices.models import Item, Recipient
from privacy_portal.ground.accounts.roles import Role
from sharing.agreements import signing
from sharing.agreements.signing import Side
from sharing.agreements.storing import dump_version
from sharing.models import AgreementVersion, PolicyChange
from sharing.policy import changing, things
from sharing.policy_file.refusing import code_of
from tests.example import DAY, NOON
from tests.factories.ground import UserFactory
from tests.factories.policy import Kind, changed, drafted, in_force
from tests.factories.sharing import PDF, AgreementFactory
from tests.forms import day_fields
from tests.policy_parts import item, organisation, purpose

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Mersey Care", "type": "Health", "website": "https://example.org", "address": "1 Street",
    "group": "", "successor": "", "reason": "A new agreement", "code": "",
    **day_fields("opened", DAY),
}  # fmt: skip


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def second(second_officer):
    client = Client()
    client.force_login(second_officer)
    return client


def words(page):
    return " ".join(page.text.split())


def test_an_organisation_is_drafted_checked_and_in_force(desk, second):
    sent = desk.post("/staff/policy/add/organisations/", NEW)
    change = PolicyChange.objects.get()
    assert sent.url == f"/staff/policy/changes/{change.pk}/"
    page = words(desk.get(sent.url))
    assert "Add organisation: Mersey Care" in page
    assert "You drafted this, so another approving officer must check it." in page
    assert "Put in force" not in page
    assert "1 change</a> drafted by another officer" not in words(desk.get("/staff/"))
    assert "1 change</a> drafted by another officer" in words(second.get("/staff/"))
    page = words(second.get(sent.url))
    assert "23 November 2026" in page
    assert second.post(f"{sent.url}in-force/").url == sent.url
    assert "In force" in words(desk.get(sent.url))
    assert Recipient.objects.get(code="mersey-care").opened == DAY
    page = words(desk.get("/staff/policy/organisations/mersey-care/"))
    assert "It is not used yet" in page
    assert "A new agreement" in page
    assert "mersey-care" in words(desk.get("/staff/policy/organisations/?words=mersey"))


def test_what_is_sent_back_is_on_the_tasks_of_whoever_drafted_it(desk, second, officer):
    change = drafted(Kind.ORGANISATION, organisation(), by=officer)
    assert second.get(f"/staff/policy/changes/{change.pk}/back/").status_code == 200
    assert second.post(f"/staff/policy/changes/{change.pk}/back/", {"note": ""}).status_code == 422
    second.post(f"/staff/policy/changes/{change.pk}/back/", {"note": "Which trust?"})
    assert "1 change</a> to correct" in words(desk.get("/staff/"))
    page = words(desk.get(f"/staff/policy/changes/{change.pk}/"))
    assert "Which trust?" in page
    assert "Sent back" in page
    desk.post("/staff/policy/add/organisations/", NEW)
    assert "1 change</a> to correct" not in words(desk.get("/staff/"))


def test_what_is_sent_back_is_drafted_again_without_typing_it_again(desk, second_officer, officer):
    wanted = organisation(address="1 Street", opened=DAY)
    change = drafted(Kind.ORGANISATION, wanted, by=officer, reason="A new trust")
    again = f"/staff/policy/add/organisations/?again={change.pk}"
    assert again not in desk.get(f"/staff/policy/changes/{change.pk}/").text
    assert "1 Street" not in desk.get(again).text
    changing.send_back(change.pk, note="Which trust?", by=second_officer, at=NOON)
    assert again in desk.get(f"/staff/policy/changes/{change.pk}/").text
    page = desk.get(again).text
    assert 'value="1 Street"' in page
    assert ">A new trust</textarea>" in page
    values = {**NEW, "address": "2 Street", "code": "mersey-care"}
    desk.post(again, values)
    second_draft = PolicyChange.objects.get(answer=None)
    assert second_draft.code == "mersey-care"
    assert second_draft.wanted["address"] == "2 Street"
    assert again not in desk.get(f"/staff/policy/changes/{change.pk}/").text


def test_nothing_is_drafted_again_over_what_was_drafted_later(
    desk, second, second_officer, officer
):
    earlier = drafted(
        Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", address="Old"), by=officer
    )
    second.post(f"/staff/policy/changes/{earlier.pk}/back/", {"note": "Which road?"})
    page = words(desk.get(f"/staff/policy/organisations/fft/change/?again={earlier.pk}"))
    assert "sent it back: Which road?" in page
    in_force(
        Kind.ORGANISATION,
        changed(Kind.ORGANISATION, "fft", address="New"),
        by=officer,
        second=second_officer,
    )
    assert "Draft it again" not in desk.get(f"/staff/policy/changes/{earlier.pk}/").text
    page = desk.get(f"/staff/policy/organisations/fft/change/?again={earlier.pk}").text
    assert 'value="New"' in page
    assert "This begins with" not in page


def test_a_change_of_one_thing_is_not_where_another_begins(desk, officer):
    change = drafted(
        Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", address="Old"), by=officer
    )
    changing.withdraw(change.pk, by=officer, at=NOON)
    page = desk.get(f"/staff/policy/add/organisations/?again={change.pk}").text
    assert 'value="Old"' not in page


@pytest.mark.parametrize("number", ["", "x", "-1", "99999", "9" * 30, "²"])
def test_no_draft_is_drafted_again_by_a_number_that_is_none(desk, number):
    page = desk.get("/staff/policy/organisations/fft/change/", {"again": number})
    assert page.status_code == 200


def test_a_change_or_removal_that_was_sent_back_is_drafted_again(desk, second_officer, officer):
    wanted = changed(Kind.ORGANISATION, "fft", address="9 Street")
    change = drafted(Kind.ORGANISATION, wanted, by=officer)
    changing.withdraw(change.pk, by=officer, at=NOON)
    again = f"/staff/policy/organisations/fft/change/?again={change.pk}"
    assert again in desk.get(f"/staff/policy/changes/{change.pk}/").text
    assert "9 Street" in desk.get(again).text
    assert "9 Street" not in desk.get(again.replace("/fft/", "/pct/")).text
    in_force(Kind.ITEM, item(), by=officer, second=second_officer)
    removal = drafted(Kind.ITEM, None, code="pupil.shoe_size", by=officer, reason="Not needed")
    changing.send_back(removal.pk, note="Why?", by=second_officer, at=NOON)
    again = f"/staff/policy/information/pupil.shoe_size/take-away/?again={removal.pk}"
    assert again in desk.get(f"/staff/policy/changes/{removal.pk}/").text
    assert "Not needed" in desk.get(again).text


def test_who_closes_an_organisation_sees_the_agreements_that_it_ends(desk, second, officer):
    agreement = AgreementFactory(recipient="fft")
    later = agreement.ends + timedelta(days=1)
    change = drafted(Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", closed=later), by=officer)
    page = second.get(f"/staff/policy/changes/{change.pk}/").text
    assert agreement.agreement.reference not in page
    changing.withdraw(change.pk, by=officer, at=NOON)
    change = drafted(Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", closed=agreement.ends), by=officer)  # fmt: skip
    page = words(second.get(f"/staff/policy/changes/{change.pk}/"))
    assert "From the day it closes, nothing can be shared under them." in page
    assert agreement.agreement.reference in page
    # So does a closing that only its renewal outlasts.
    renewal = signing.start_next(agreement, by=officer, at=NOON)
    AgreementVersion.objects.filter(pk=renewal.pk).update(
        starts=later,
        ends=later + timedelta(days=99),
        review_on=later,
        dpia_outcome="no-high-risk",
        dpo_view="agrees",
        dpo_on=DAY,
    )
    renewal.refresh_from_db()
    sides = {side: Side("Ann", "Director", DAY) for side in ("council", "recipient")}
    seen = signing.token_of(dump_version(renewal))
    signing.sign(renewal.pk, **sides, document=PDF, seen=seen, by=officer, at=NOON)
    changing.withdraw(change.pk, by=officer, at=NOON)
    change = drafted(Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", closed=later), by=officer)
    assert agreement.agreement.reference in second.get(f"/staff/policy/changes/{change.pk}/").text


def test_the_history_names_who_drafted_and_who_put_in_force(desk, officer, second_officer):
    officer.name, second_officer.name = "Olu Officer", "Sam Second"
    officer.save(), second_officer.save()
    in_force(Kind.ORGANISATION, organisation(), by=officer, second=second_officer)
    page = words(desk.get("/staff/policy/organisations/mersey-care/"))
    assert "Drafted by Olu Officer" in page
    assert "Put in force by Sam Second" in page


def test_old_and_new_values_stand_side_by_side(desk, officer):
    wanted = changed(Kind.ORGANISATION, "fft", address="1 New Street")
    change = drafted(Kind.ORGANISATION, wanted, by=officer)
    page = words(desk.get(f"/staff/policy/changes/{change.pk}/"))
    assert "Address <br><strong" in page
    assert "1 New Street" in page
    assert page.count("Changes</strong>") == 1
    assert "waits for a second officer" in words(desk.get("/staff/policy/organisations/fft/"))
    page = desk.get("/staff/policy/organisations/fft/change/", follow=True)
    assert "It must be put in force, sent back or withdrawn" in words(page)


@pytest.mark.parametrize(
    ("kind", "code", "form", "said"),
    [
        ("organisations", "fft", {"name": "Other"}, "You cannot change the name: version 3 of"),
        ("organisations", "fft", {"website": "javascript:alert(1)"}, "Website must start with https://"),
        ("organisations", "pct", {"closed": DAY}, "You cannot open an organisation again"),
        ("information", "pupil.surname", {"label": "Family name"}, "You cannot change the name"),
        ("information", "pupil.surname", {"headings": "DOB\nSurname"}, "“DOB” is already a column heading"),
        ("information", "pupil.surname", {"headings": " \n "}, "Enter at least one column heading"),
        ("information", "pupil.surname", {"identifying": ""}, "stop marking it as identifying"),
        ("purposes", "careers-guidance", {"label": "Other"}, "You cannot change the name"),
        ("opt-outs", "connexions", {"min_age": "11"}, "You cannot lower the age"),
        ("opt-outs", "connexions", {"below_age": "13"}, "This age must be above"),
        ("opt-outs", "connexions", {"child_may_refuse": "on"}, "Only under a programme"),
        ("opt-outs", "height-weight", {"recipient": "connexions"}, "is the opt-out of this organisation"),
        ("notices", "pupils", {"title": "Other"}, "You cannot change the title"),
        ("council", "council", {"la_number": "12"}, "must be 3 digits"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(desk, kind, code, form, said):
    address = f"/staff/policy/{kind}/{code}/change/"
    page = desk.get(address)
    assert page.status_code == 200
    sent = {**fields_of(page), "reason": "Because", **form}
    if "closed" in form:
        sent |= day_fields("closed", form["closed"])
        del sent["closed"]
    page = desk.post(address, {name: value for name, value in sent.items() if value != ""})
    assert page.status_code == 422, words(page)
    assert said in words(page)
    assert not PolicyChange.objects.exists()


def fields_of(page):
    """What a form that is opened would send as it is."""
    import re
    from html import unescape

    found = {}
    main = page.text.split("<main")[1]
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)[1]
        if kind in ("checkbox", "radio") and " checked" not in tag:
            continue
        if name and value and name[1] != "csrfmiddlewaretoken":
            held = found.setdefault(name[1], [])
            held.append(unescape(value[1]))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', main, re.S):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', main, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


@pytest.mark.parametrize(
    "kind", ["organisations", "information", "purposes", "opt-outs", "notices"]
)
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(desk, kind):
    for part in things.all_of(kind):
        address = f"/staff/policy/{kind}/{code_of(part)}/change/"
        page = desk.post(address, {**fields_of(desk.get(address)), "reason": "Because"})
        assert "You have not changed anything" in words(page), address
    assert not PolicyChange.objects.exists()


@pytest.mark.parametrize(
    ("kind", "form", "code"),
    [
        ("organisations", NEW, "mersey-care"),
        ("information", {"code": "pupil.shoe_size", "label": "Shoe size", "audience": "pupil",
                         "headings": "Shoe size\nFoot length", "reason": "New"}, "pupil.shoe_size"),
        ("purposes", {"label": "To buy shoes", "audience": "pupil", "reason": "New"}, "to-buy-shoes"),
        ("opt-outs", {"title": "Shoes opt-out", "recipient": "fft", "ground": "programme",
                      "default": "share", "supplied_by": "school", "purposes": ["functions"],
                      "basic_items": ["pupil.surname"], "min_age": "5", "reason": "New"}, "shoes-opt-out"),
    ],
)  # fmt: skip
def test_each_kind_of_thing_is_added(desk, second_officer, kind, form, code):
    sent = desk.post(f"/staff/policy/add/{kind}/", form)
    assert sent.status_code == 302, words(sent)
    change = PolicyChange.objects.get()
    assert (change.kind, change.code, change.before) == (kind, code, None)
    changing.put_in_force(change.pk, by=second_officer, at=NOON)
    assert desk.get(f"/staff/policy/{kind}/{code}/").status_code == 200
    again = desk.post(f"/staff/policy/add/{kind}/", {**form, "code": code})
    assert f"{code} is already used" in words(again)


def test_what_nothing_names_is_taken_away(desk, officer, second_officer):
    in_force(Kind.ITEM, item(), by=officer, second=second_officer)
    page = words(desk.get("/staff/policy/information/pupil.shoe_size/"))
    assert "Draft to remove this" in page
    address = "/staff/policy/information/pupil.shoe_size/take-away/"
    assert desk.get(address).status_code == 200
    desk.post(address, {"reason": "Nobody needs it"})
    change = PolicyChange.objects.first()
    assert "These values would be removed" in words(desk.get(f"/staff/policy/changes/{change.pk}/"))
    changing.put_in_force(change.pk, by=second_officer, at=NOON)
    assert not Item.objects.filter(code="pupil.shoe_size").exists()
    page = words(desk.get("/staff/policy/information/pupil.shoe_size/"))
    assert "This is not in force." in page
    assert "Remove information: Shoe size" in page
    page = desk.get("/staff/policy/information/pupil.surname/take-away/", follow=True)
    assert "You cannot remove this" in words(page)


def test_putting_in_force_asks_who_one_is_again(desk, second, second_officer, officer):
    change = drafted(Kind.PURPOSE, purpose(), by=officer)
    session = second.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    sent = second.post(f"/staff/policy/changes/{change.pk}/in-force/")
    assert "reauthenticate" in sent.url
    assert not hasattr(PolicyChange.objects.get(), "answer")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_look_and_change_nothing(policy, client, officer, role):
    change = drafted(Kind.PURPOSE, purpose(), by=officer)
    client.force_login(UserFactory(email="looks@example.org", roles=[role]))
    for address in ("", "purposes/", "purposes/functions/", "changes/", f"changes/{change.pk}/"):
        page = client.get(f"/staff/policy/{address}")
        assert page.status_code == 200
        assert "Draft a change" not in page.text
        assert "Withdraw draft" not in page.text
    assert client.post(f"/staff/policy/changes/{change.pk}/withdraw/").status_code == 403
    assert client.get("/staff/policy/add/purposes/").status_code == 403


def test_an_empty_installation_says_where_to_start(db, client, officer, second_officer):
    client.force_login(officer)
    assert "Start with the council’s details" in words(client.get("/staff/policy/"))
    page = client.get("/staff/policy/add/purposes/", follow=True)
    assert "Enter the council’s details first." in words(page)
    council = {
        "name": "Test Council", "la_number": "359", "dpo_role": "DPO", "enquiries_role": "Team",
        "reason": "Start",
    }  # fmt: skip
    sent = client.post("/staff/policy/council/council/change/", council)
    assert sent.status_code == 302, words(sent)
    changing.put_in_force(PolicyChange.objects.get().pk, by=second_officer, at=NOON)
    notice = {"title": "How we use it", "audience": "pupil", "reason": "x", "code": "pupils"}
    assert client.post("/staff/policy/add/notices/", notice).status_code == 302
    changing.put_in_force(PolicyChange.objects.first().pk, by=second_officer, at=NOON)
    assert "How we use it" in client.get("/notices/").text


@pytest.mark.parametrize(
    "path", ["nope/", "nope/x/", "purposes/nope/", "changes/9/", "add/council/"]
)
def test_what_is_not_there_is_not_found(desk, path):
    assert desk.get(f"/staff/policy/{path}").status_code == 404


def test_ten_thousand_organisations_are_shown_page_by_page(desk, django_assert_max_num_queries):
    Recipient.objects.bulk_create(
        Recipient(code=f"o-{number}", name=f"Organisation {number}", position=number)
        for number in range(10_000)
    )
    with django_assert_max_num_queries(25):
        page = desk.get("/staff/policy/organisations/?page=3")
    assert page.status_code == 200
    assert page.text.count("/staff/policy/organisations/o-") < 60
