"""Changes to the policy are drafted by one officer and put in force by another, logged, and exported; what
is published or signed keeps what it names (N1, A2)."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import BasicItem, Scheme, SchemePurpose
from notices.models import Item, ItemHeading, Purpose, Recipient
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.models import HeadingAssignment, PolicyAnswer, PolicyChange
from sharing.policy import changing, queries, things
from sharing.policy.changing import RefusedChangeError
from tests.commands import run
from tests.example import NOON
from tests.factories.ground import UserFactory
from tests.factories.policy import Kind, changed, drafted, in_force
from tests.log_entries import events
from tests.policy_parts import item, organisation, purpose

pytestmark = pytest.mark.django_db


def exported():
    return json.loads(run("policy", "export").out)


def test_a_draft_changes_nothing_until_another_officer_puts_it_in_force(
    policy, officer, second_officer
):
    before = exported()
    change = drafted(Kind.ORGANISATION, organisation(), by=officer)
    assert exported() == before
    changing.put_in_force(change.pk, by=second_officer, at=NOON)
    after = exported()
    assert after["recipients"][:-1] == before["recipients"]
    assert after["recipients"][-1]["code"] == "mersey-care"
    assert {**after, "recipients": 0} == {**before, "recipients": 0}
    assert Recipient.objects.get(code="mersey-care").name == "Mersey Care"


def test_whoever_drafted_it_cannot_put_it_in_force_or_send_it_back(policy, officer, second_officer):
    change = drafted(Kind.PURPOSE, purpose(), by=officer)
    for verb in (changing.put_in_force, changing.send_back):
        more = {"note": "Wrong"} if verb is changing.send_back else {}
        with pytest.raises(NotNowError, match="You drafted this"):
            verb(change.pk, by=officer, at=NOON, **more)
    for kind in ("in-force", "sent-back"):
        with pytest.raises(DatabaseError, match="Only another officer"), transaction.atomic():
            PolicyAnswer.objects.create(change=change, kind=kind, note="x", by=officer, at=NOON)
    plain = UserFactory(email="plain@example.org", roles=[Role.OFFICER])
    with pytest.raises(DatabaseError, match="Only another officer"), transaction.atomic():
        PolicyAnswer.objects.create(change=change, kind="in-force", by=plain, at=NOON)
    changing.put_in_force(change.pk, by=second_officer, at=NOON)
    with pytest.raises(NotNowError, match="has already put this change in force"):
        changing.put_in_force(change.pk, by=second_officer, at=NOON)


def test_one_draft_of_a_thing_is_open_at_a_time(policy, officer, second_officer):
    change = drafted(Kind.PURPOSE, purpose(), by=officer)
    with pytest.raises(NotNowError, match="drafted a change to this on 23 November 2026"):
        drafted(Kind.PURPOSE, purpose(label="Other"), by=second_officer)
    with pytest.raises(DatabaseError, match="already open"), transaction.atomic():
        PolicyChange.objects.create(
            kind="purposes", code="shoes", wanted={}, reason="x", by=officer, at=NOON
        )
    changing.withdraw(change.pk, by=second_officer, at=NOON)
    assert drafted(Kind.PURPOSE, purpose(label="Other"), by=second_officer).pk


def test_drafts_and_answers_are_only_added_to(policy, officer, second_officer):
    change = in_force(Kind.PURPOSE, purpose(), by=officer, second=second_officer)
    for row in (change, change.answer):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(at=NOON)


def test_old_values_stay_in_the_history_of_the_thing(policy, officer, second_officer):
    in_force(Kind.PURPOSE, purpose(), by=officer, second=second_officer)
    in_force(Kind.PURPOSE, purpose(label="Boots"), by=second_officer, second=officer)
    in_force(Kind.PURPOSE, None, by=officer, second=second_officer, code="shoes")
    told = [
        (change.before and change.before["label"], change.wanted and change.wanted["label"])
        for change in queries.history_of(Kind.PURPOSE, "shoes")
    ]
    assert told == [("Boots", None), ("To buy shoes", "Boots"), (None, "To buy shoes")]
    assert not Purpose.objects.filter(code="shoes").exists()


def test_the_log_has_each_step_without_words_and_vouches_for_it(policy, officer, second_officer):
    change = in_force(Kind.ORGANISATION, organisation(), by=officer, second=second_officer)
    assert events()[-3:] == ["policy-drafted", "policy-in-force", "policy-content"]
    body = b"".join(bytes(entry.body) for entry in Entry.objects.order_by("-seq")[:3]).decode()
    assert "mersey-care" in body
    assert "Mersey Care" not in body
    assert "A new agreement" not in body
    verify_log(lambda _: None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sharing_policychange DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE sharing_policychange SET wanted = jsonb_set(wanted, '{name}', '\"Other\"')"
            " WHERE id = %s",
            [change.pk],
        )
    with pytest.raises(LogBrokenError, match="differs from what was logged in values"):
        verify_log(lambda _: None)


def test_what_a_published_notice_names_is_not_taken_away_or_renamed(policy, officer):
    with pytest.raises(RefusedChangeError, match=r"You cannot remove this: version \d of “How we"):
        drafted(Kind.PURPOSE, None, by=officer, code="careers-guidance")
    with pytest.raises(RefusedChangeError, match=r"You cannot change the name: version \d of"):
        drafted(Kind.ITEM, changed(Kind.ITEM, "pupil.surname", label="Family name"), by=officer)
    with pytest.raises(RefusedChangeError, match="You cannot change the name"):
        drafted(Kind.ORGANISATION, changed(Kind.ORGANISATION, "fft", name="Other"), by=officer)
    with pytest.raises(RefusedChangeError, match="You cannot open an organisation again"):
        drafted(Kind.ORGANISATION, changed(Kind.ORGANISATION, "pct", closed=None), by=officer)
    for what in ({"min_age": 11}, {"below_age": None}, {"basic_items": ["pupil.upn"]}):
        with pytest.raises(RefusedChangeError):
            drafted(Kind.SCHEME, changed(Kind.SCHEME, "connexions", **what), by=officer)
    assert not PolicyChange.objects.exists()


def test_a_new_column_heading_is_read_from_then_on(policy, officer, second_officer):
    before = things.thing(Kind.ITEM, "pupil.surname")
    wanted = changed(Kind.ITEM, "pupil.surname", headings=[*before.headings, "Family name"])
    in_force(Kind.ITEM, wanted, by=officer, second=second_officer)
    assert ItemHeading.objects.get(folded="family name").item.code == "pupil.surname"
    taken = item(headings=["Family Name"])
    with pytest.raises(RefusedChangeError, match="already a column heading of “Surname”"):
        drafted(Kind.ITEM, taken, by=officer)


def test_a_heading_that_officers_match_to_something_else_is_not_taken_over(policy, officer):
    HeadingAssignment.objects.create(
        recipient=Recipient.objects.get(code="fft"), folded="shoe size",
        item=Item.objects.get(code="pupil.sex"), at=NOON, by=officer,
    )  # fmt: skip
    with pytest.raises(RefusedChangeError, match=r"is matched to .* in files for Fischer"):
        drafted(Kind.ITEM, item(), by=officer)


def test_two_drafts_are_checked_again_when_the_second_is_put_in_force(
    policy, officer, second_officer
):
    """Each was right when it was drafted: the first takes the heading that the second wants too."""
    first = drafted(Kind.ITEM, item(), by=officer)
    second = drafted(Kind.ITEM, item(code="pupil.feet", label="Feet"), by=officer)
    changing.put_in_force(first.pk, by=second_officer, at=NOON)
    with pytest.raises(RefusedChangeError, match="already a column heading of “Shoe size”"):
        changing.put_in_force(second.pk, by=second_officer, at=NOON)
    assert queries.open_change(Kind.ITEM, "pupil.feet") == second


def test_a_draft_is_not_put_in_force_over_what_a_policy_file_changed_since(
    policy, officer, second_officer, write
):
    wanted = changed(Kind.ORGANISATION, "fft", address="1 New Street")
    change = drafted(Kind.ORGANISATION, wanted, by=officer)
    document = exported()
    next(part for part in document["recipients"] if part["code"] == "fft")["address"] = "2 Other"
    assert run("policy", "import", write(json.dumps(document), "p.json")).code == 0
    with pytest.raises(NotNowError, match="has changed since the draft was made"):
        changing.put_in_force(change.pk, by=second_officer, at=NOON)
    changing.send_back(change.pk, note="Look at the file", by=second_officer, at=NOON)
    assert [row.pk for row in queries.changes_sent_back(officer)] == [change.pk]
    drafted(Kind.ORGANISATION, wanted, by=officer)
    assert not queries.changes_sent_back(officer)


def test_nothing_is_drafted_where_nothing_changes_or_before_the_council_is_known(officer):
    with pytest.raises(NotNowError, match="council’s details first"):
        drafted(Kind.PURPOSE, purpose(), by=officer)


def test_an_unchanged_thing_is_no_draft(policy, officer):
    with pytest.raises(NotNowError, match="not changed anything"):
        drafted(Kind.ITEM, things.thing(Kind.ITEM, "pupil.upn"), by=officer)


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (lambda: Item.objects.filter(code="pupil.surname"), {"label": "Family name"}),
        (lambda: Item.objects.filter(code="pupil.surname"), {"identifying": False}),
        (lambda: Purpose.objects.filter(code="careers-guidance"), {"label": "Other"}),
        (lambda: Recipient.objects.filter(code="fft"), {"name": "Other"}),
        (lambda: Recipient.objects.filter(code="pct"), {"closed": None}),
        (lambda: Scheme.objects.filter(code="connexions"), {"min_age": 1}),
        (lambda: Scheme.objects.filter(code="connexions"), {"self_age": None}),
        (lambda: Scheme.objects.filter(code="connexions"), {"recipient": "fft"}),
    ],
)
def test_the_database_itself_refuses_what_widens(policy, rows, values):
    if "recipient" in values:
        values = {"recipient": Recipient.objects.get(code=values["recipient"])}
    with (
        pytest.raises(DatabaseError, match=r"named|names|not changed like this"),
        transaction.atomic(),
    ):
        rows().update(**values)


def test_the_database_itself_keeps_what_an_opt_out_covers_and_its_basic_details(policy):
    limited, wide = (Scheme.objects.get(code=code) for code in ("height-weight", "connexions"))
    item_, first = Item.objects.get(code="pupil.surname"), Purpose.objects.first()
    with pytest.raises(DatabaseError, match="another basic item"), transaction.atomic():
        BasicItem.objects.create(scheme=limited, item=item_, position=9)
    with pytest.raises(DatabaseError, match="apply to less"), transaction.atomic():
        SchemePurpose.objects.create(scheme=wide, purpose=first, position=0)
    other = Purpose.objects.exclude(pk__in=limited.purposes.values("purpose")).first()
    added = SchemePurpose.objects.create(scheme=limited, purpose=other, position=1)

    def limit():
        added.delete()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="apply to less"), transaction.atomic():
        limit()
