"""Two files that one organisation gets, and what they tell together (D)."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consent.identities import merging
from consent.models import Pupil
from notices.models import Purpose, Recipient
from sharing.auditing.verifying import verify_log
from sharing.disclosures.after_the_fact import PastDisclosure, record_disclosure
from sharing.disclosures.undoing import undo
from sharing.errors import NeedsApprovalError
from sharing.models import Disclosure
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, ObjectionFactory, PupilFactory
from tests.factories.ground import file_of
from tests.factories.sharing import handed_over
from tests.sharing.two_files import world
from tests.sharing.two_files.world import ADVICE, ANN, BEA, RESEARCH, extract

pytestmark = pytest.mark.django_db
FEW = ["pupil.upn", "pupil.surname", "pupil.phone"]


def opt_out(upn=ANN, **more):
    return DecisionFactory(pupil=Pupil.objects.get(upns__upn=upn), scheme="choice", **more)


def for_advice(by, items=FEW, upns=world.UPNS, **more):
    return handed_over(extract(items, upns), by=by, agreement="A", purpose=ADVICE, **more)


def for_research(by, items=FEW, upns=world.UPNS, agreement="B", **more):
    return handed_over(extract(items, upns), by=by, agreement=agreement, purpose=RESEARCH, **more)


def test_the_whole_after_the_reduced_needs_a_second_officer(
    two_agreements, officer, second_officer
):
    opt_out()
    first = for_advice(officer)
    assert first.decision.rows.reduced == 1
    with pytest.raises(NeedsApprovalError) as caught:
        for_research(officer)
    (sentence,) = caught.value.reveals
    assert sentence.startswith("reveals-opt-outs: together with what was shared under A for advice")
    assert "23 November 2026" in sentence
    assert Disclosure.objects.count() == 1
    together = [first.disclosure.entry]
    done = for_research(officer, approved_by=second_officer, together_with=together)
    assert done.decision.document()["warnings"] == [sentence]
    assert done.decision.document()["needs_approval"] is True
    assert done.disclosure.reveals == together
    verify_log(lambda number: None)


def test_an_approval_of_other_files_is_none_of_these(two_agreements, officer, second_officer):
    opt_out()
    first = for_advice(officer)
    for others in ((), [first.disclosure.entry + 1]):
        with pytest.raises(NeedsApprovalError):
            for_research(officer, approved_by=second_officer, together_with=others)


def test_the_reduced_after_the_whole_needs_a_second_officer(two_agreements, officer):
    opt_out()
    for_research(officer)
    with pytest.raises(NeedsApprovalError):
        for_advice(officer)


def test_an_opt_out_between_two_files_of_two_agreements_counts(two_agreements, officer):
    for_research(officer)
    opt_out()
    with pytest.raises(NeedsApprovalError):
        for_advice(officer)


def test_of_one_agreement_and_purpose_a_change_between_is_no_subtraction(two_agreements, officer):
    for_advice(officer)
    opt_out()
    assert for_advice(officer, days=1).decision.reveals == ()


def test_two_purposes_of_one_agreement_are_compared(two_agreements, officer):
    opt_out()
    handed_over(extract(FEW), by=officer, agreement="C", purpose=ADVICE)
    with pytest.raises(NeedsApprovalError):
        for_research(officer, agreement="C")


def test_without_opt_outs_nothing_is_told(two_agreements, officer):
    for_advice(officer)
    assert for_research(officer).decision.reveals == ()


def test_about_other_pupils_nothing_is_told(two_agreements, officer):
    opt_out()
    for_advice(officer)
    assert for_research(officer, upns=[BEA, world.CAT]).decision.reveals == ()


def test_whoever_is_missing_from_one_file_is_named_by_any_item(two_agreements, officer):
    """No basic item is in the first file, so the row is withheld, and being in the second is enough."""
    opt_out()
    first = for_advice(officer, items=["pupil.upn", "pupil.phone"])
    assert first.decision.rows.withheld == 1
    with pytest.raises(NeedsApprovalError):
        for_research(officer, items=["pupil.upn", "pupil.sex"])


def test_after_the_term_files_are_not_compared(two_agreements, officer):
    opt_out()
    for_advice(officer)
    with pytest.raises(NeedsApprovalError):
        for_research(officer, days=92)
    assert for_research(officer, days=93).decision.reveals == ()


def test_the_term_is_the_policys(two_agreements, officer, write):
    opt_out()
    for_advice(officer)
    policy = {**world.usual_policy(), "two_files_within_days": 10}
    world.stored("policy", write(json.dumps(policy), "shorter.json"))
    assert json.loads(run("policy", "export").out)["two_files_within_days"] == 10
    assert for_research(officer, days=11).decision.reveals == ()


def test_files_to_another_organisation_are_not_compared(two_agreements, officer):
    opt_out()
    for_advice(officer)
    assert for_research(officer, agreement="X").decision.reveals == ()


def test_files_to_another_of_the_group_are_compared(two_agreements, officer):
    opt_out()
    for_advice(officer)
    with pytest.raises(NeedsApprovalError):
        for_research(officer, agreement="T")


def test_what_never_left_is_not_compared(two_agreements, officer):
    opt_out()
    undo(for_advice(officer).disclosure, why="No file", at=NOON)
    assert for_research(officer).decision.reveals == ()


def test_an_objection_counts_like_an_opt_out(two_agreements, officer):
    ObjectionFactory(
        pupil=Pupil.objects.get(upns__upn=ANN),
        recipient=Recipient.objects.get(code=world.FIRST),
        purpose=Purpose.objects.get(code=RESEARCH),
    )
    first = for_research(officer)
    assert first.decision.rows.withheld == 1
    with pytest.raises(NeedsApprovalError):
        for_advice(officer)


def test_an_objector_whom_neither_file_has_is_told_by_none(two_agreements, officer):
    opt_out()
    ObjectionFactory(
        pupil=Pupil.objects.get(upns__upn=ANN),
        recipient=Recipient.objects.get(code=world.FIRST),
        purpose=Purpose.objects.get(code=RESEARCH),
    )
    for_research(officer)
    items = ["pupil.upn", "pupil.phone"]  # nothing basic: the row is withheld here too
    assert for_advice(officer, items=items).decision.reveals == ()


def test_what_was_said_by_phone_counts(two_agreements, officer):
    opt_out()
    call(officer, items=["pupil.upn"], purpose=RESEARCH)
    with pytest.raises(NeedsApprovalError):
        for_advice(officer)


def test_what_was_said_by_phone_despite_the_opt_out_counts_under_the_same_terms(
    two_agreements, officer
):
    opt_out()
    recorded = call(officer, items=["pupil.upn", "pupil.phone"], purpose=ADVICE)
    assert recorded.out_of_line
    with pytest.raises(NeedsApprovalError):
        for_advice(officer)


def test_an_earlier_call_counts_from_its_day(two_agreements, officer):
    opt_out()
    call(officer, items=["pupil.upn"], purpose=RESEARCH, on=world.day_before(93))
    assert for_advice(officer).decision.reveals == ()


def test_a_file_for_the_same_purpose_after_an_override_needs_a_second_officer(
    two_agreements, officer
):
    opt_out()
    override = {"ground": "safeguarding", "legal_ground": "Section 47", "reason": "In danger"}
    assert for_advice(officer).decision.rows.reduced == 1
    done = overriding(officer, ADVICE, "A", override)
    assert done.disclosure.overridden
    with pytest.raises(NeedsApprovalError) as caught:
        for_advice(officer)
    assert len(caught.value.reveals) == 1  # the override, not the ordinary file


def test_an_override_sets_aside_opt_outs_and_nothing_else(two_agreements, officer, second_officer):
    opt_out()
    first = for_advice(officer)
    override = {"ground": "safeguarding", "legal_ground": "Section 47", "reason": "In danger"}
    with pytest.raises(NeedsApprovalError):
        overriding(officer, RESEARCH, "B", override)
    together = [first.disclosure.entry]
    overriding(officer, RESEARCH, "B", override, approved_by=second_officer, together_with=together)


@pytest.mark.parametrize("merged", [True, False])
def test_records_of_one_child_are_one_pupil(two_agreements, officer, second_officer, merged):
    """Her row in the first file is that of another record, in the second her own."""
    opt_out()
    number = "R359400125000"
    twice = PupilFactory(upn=number, surname="Ash", forename="X", born=date(2011, 3, 4))
    for_research(officer, items=["pupil.upn", "pupil.phone"], upns=[number])
    if merged:
        merging.merge(
            twice, Pupil.objects.get(upns__upn=ANN), reason="One child", by=officer,
            agreed_by=second_officer, at=NOON,
        )  # fmt: skip
        with pytest.raises(NeedsApprovalError):
            for_advice(officer)
    else:
        assert for_advice(officer).decision.reveals == ()


def call(by, *, items, purpose, on=DAY):
    past = PastDisclosure(
        agreement="A" if purpose == ADVICE else "B", recipient=world.FIRST, purpose=purpose, on=on,
        means="phone", items=items, upns=[ANN], note="x", by=by,
    )  # fmt: skip
    return record_disclosure(past, at=NOON)


def overriding(by, purpose, agreement, override, **more):
    with file_of(extract(FEW), "extract.csv") as path:
        request = Request(path, path.name, agreement, purpose, by, override=override)
        done = hand_over(request, clock=lambda: NOON, **more)
    done.file.unlink()
    return done


def test_the_database_keeps_no_such_disclosure_without_a_second_officer(two_agreements, officer):
    disclosure = for_advice(officer).disclosure
    disclosure.pk, disclosure.entry, disclosure.reveals = 0, 10**6, [disclosure.entry]
    with pytest.raises(IntegrityError, match="disclosure_that_reveals"), transaction.atomic():
        disclosure.save(force_insert=True)


def test_it_takes_few_queries_however_many_files_there_were(
    two_agreements, officer, second_officer
):
    opt_out()
    entries = []

    def queries():
        together = list(entries)
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            done = for_research(officer, approved_by=second_officer, together_with=together)
            assert done.disclosure.reveals == together
            transaction.set_rollback(True)
        # Whether a disclosure is in the sample is decided by the hash of its entry.
        return sum("sharing_sampleddisclosure" not in query["sql"] for query in captured)

    alone = queries()
    entries.append(for_advice(officer).disclosure.entry)
    one = queries()
    entries += [for_advice(officer).disclosure.entry for _ in range(4)]
    # Beside these, 4 of at most 10 are always made: the group, its lock, the term and the files.
    assert (one - alone, queries() - alone) == (3, 3)
