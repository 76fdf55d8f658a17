"""Changes to the policy at the same time as others, over real connections."""

import pytest

from notices.drafts import drafting
from notices.drafts.drafting import Editing, LineWords
from notices.errors import DraftChangedError
from notices.models import Item, Purpose, Recipient
from privacy_portal.ground.errors import NotNowError
from sharing.agreements import signing
from sharing.agreements.rules import Section
from sharing.agreements.storing import dump_version
from sharing.models import PolicyAnswer, PolicyChange
from sharing.policy import changing
from sharing.policy.changing import RefusedChangeError
from tests.example import DAY, NOON
from tests.factories.ground import EditorFactory, OfficerFactory
from tests.factories.notices import CompleteDraftFactory, publish
from tests.factories.policy import Kind, drafted, in_force
from tests.factories.sharing import PDF, AgreementDraftFactory
from tests.log_entries import events
from tests.policy_parts import item, purpose
from tests.races import all_at_once, second_after


@pytest.fixture
def officers(committed):
    return [OfficerFactory(email=f"{name}@example.org") for name in ("one", "two", "three")]


def test_of_two_approving_officers_at_once_one_puts_a_change_in_force(officers):
    one, *others = officers
    change = drafted(Kind.PURPOSE, purpose(), by=one)
    done = all_at_once(
        *(lambda by=by: changing.put_in_force(change.pk, by=by, at=NOON) for by in others)
    )
    assert sorted(type(each).__name__ for each in done) == ["NotNowError", "PolicyAnswer"]
    assert PolicyAnswer.objects.count() == 1
    assert events().count("policy-in-force") == 1


def test_putting_in_force_and_withdrawing_at_once_never_both(officers):
    one, two, _ = officers
    change = drafted(Kind.PURPOSE, purpose(), by=one)
    all_at_once(
        lambda: changing.put_in_force(change.pk, by=two, at=NOON),
        lambda: changing.withdraw(change.pk, by=one, at=NOON),
    )
    answer = PolicyAnswer.objects.get()
    assert Purpose.objects.filter(code="shoes").exists() == (answer.kind == "in-force")


def test_of_two_officers_who_draft_about_one_thing_at_once_one_is_told(officers):
    done = all_at_once(*(lambda by=by: drafted(Kind.PURPOSE, purpose(), by=by) for by in officers))
    assert sorted(type(each).__name__ for each in done) == [
        "NotNowError", "NotNowError", "PolicyChange",
    ]  # fmt: skip
    assert PolicyChange.objects.count() == 1


@pytest.mark.parametrize("wanted", [None, item(label="Size of feet")], ids=["removal", "new name"])
def test_what_a_notice_that_is_being_published_names_stays_as_it_is(officers, wanted):
    """The publication is not committed when the change is put in force: it waits, and is refused."""
    one, two, three = officers
    in_force(Kind.ITEM, item(), by=one, second=two)
    change = drafted(Kind.ITEM, wanted, by=one, code="pupil.shoe_size")
    draft = CompleteDraftFactory(by=three)
    words = LineWords(
        Recipient.objects.get(code="fft"), [Purpose.objects.get(code="performance-analysis")],
        [Item.objects.get(code="pupil.shoe_size")], "A law.",
    )  # fmt: skip

    def publishes():
        drafting.add_line(draft.pk, words=words, editing=Editing(three, NOON))
        draft.refresh_from_db()
        publish(draft, by=EditorFactory.create())

    with pytest.raises((RefusedChangeError, NotNowError), match=r"version 4 of|depends on"):
        second_after(publishes, lambda: changing.put_in_force(change.pk, by=two, at=NOON))
    assert Item.objects.get(code="pupil.shoe_size").label == "Shoe size"
    assert not hasattr(PolicyChange.objects.get(pk=change.pk), "answer")


def test_what_an_agreement_that_is_being_signed_names_keeps_its_name(officers):
    one, two, three = officers
    in_force(Kind.PURPOSE, purpose(), by=one, second=two)
    change = drafted(Kind.PURPOSE, purpose(label="Otherwise"), by=one)
    draft = AgreementDraftFactory(by=three, purposes=["shoes"])
    seen = signing.token_of(dump_version(draft))
    side = signing.Side("Dana", "Director", DAY)

    def sign():
        signing.sign(
            draft.pk, council=side, recipient=side, document=PDF, seen=seen, by=three, at=NOON
        )

    with pytest.raises(RefusedChangeError, match="You cannot change the name: agreement"):
        second_after(sign, lambda: changing.put_in_force(change.pk, by=two, at=NOON))
    assert Purpose.objects.get(code="shoes").label == "To buy shoes"


def test_what_is_being_taken_away_is_not_named_by_a_draft(officers):
    """The removal is not committed when somebody names it: they wait, and are told to choose again."""
    one, two, three = officers
    in_force(Kind.ITEM, item(), by=one, second=two)
    change = drafted(Kind.ITEM, None, by=one, code="pupil.shoe_size")
    draft, agreement = CompleteDraftFactory(by=three), AgreementDraftFactory(by=three)
    words = LineWords(
        Recipient.objects.get(code="fft"), [Purpose.objects.get(code="performance-analysis")],
        [Item.objects.get(code="pupil.shoe_size")], "A law.",
    )  # fmt: skip
    with pytest.raises(DraftChangedError, match="removed from the policy"):
        second_after(
            lambda: changing.put_in_force(change.pk, by=two, at=NOON),
            lambda: drafting.add_line(draft.pk, words=words, editing=Editing(three, NOON)),
        )
    with pytest.raises(NotNowError, match="removed from the policy"):
        signing.change(
            agreement.pk, Section.ITEMS, {"items": ["pupil.shoe_size"]},
            seen=signing.token_of(dump_version(agreement)), by=three, at=NOON,
        )  # fmt: skip
    assert not Item.objects.filter(code="pupil.shoe_size").exists()
