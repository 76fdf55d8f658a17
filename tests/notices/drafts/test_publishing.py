"""Drafting, publishing and withdrawing a version (N1, N2, N3, N4)."""

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from notices.drafts import drafting, publishing, tokens
from notices.drafts.content import content_of, digest_of
from notices.drafts.drafting import Editing, LineWords, SectionWords
from notices.errors import DraftChangedError, NotCompleteError
from notices.models import (
    DraftEdit,
    Item,
    NamedRecipient,
    Notice,
    NoticeVersion,
    Publication,
    Purpose,
    Recipient,
    VersionStatus,
)
from notices.queries import version_in_force
from notices.verifying import KINDS
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.verifying import LogBrokenError, verify
from tests.commands import run
from tests.example import DAY, NOON, POLICY
from tests.factories.notices import ANY_DAY, CompleteDraftFactory, DraftFactory, publish
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db


def test_a_draft_begins_with_the_words_of_the_newest_version(policy, officer):
    draft = DraftFactory(by=officer)
    assert draft.number == 4
    before = content_of(NoticeVersion.objects.get(notice=draft.notice, number=3))
    now = content_of(draft)
    assert now["sections"] == before["sections"]
    assert now["recipients"] == before["recipients"]
    assert DraftEdit.objects.get().change == "Draft created"


def test_a_notice_has_one_draft_at_a_time(policy, officer, second_officer):
    DraftFactory(by=officer)
    with pytest.raises(NotNowError, match="already a draft"):
        DraftFactory(by=second_officer)


def test_the_first_draft_of_a_notice_begins_empty(officer):
    notice = Notice.objects.create(slug="new", title="New", audience="pupil", position=0)
    draft = DraftFactory(by=officer, slug="new")
    assert (draft.notice, draft.number) == (notice, 1)
    content = content_of(draft)
    assert (content["sections"], content["recipients"], content["controller"]) == ([], [], None)


def test_what_the_second_of_two_editors_saves_overwrites_nothing(policy, officer, second_officer):
    draft = DraftFactory(by=officer)
    section = draft.sections.first()
    seen = tokens.section_token(section)
    mine = SectionWords("controller", "Who we are", "", "Mine.")
    theirs = SectionWords("controller", "Who we are", "", "Theirs.")
    change = {"seen": seen, "editing": Editing(officer, NOON)}
    drafting.change_section(draft.pk, section.pk, words=mine, **change)
    change["editing"] = Editing(second_officer, NOON)
    with pytest.raises(DraftChangedError, match="officer changed this draft while"):
        drafting.change_section(draft.pk, section.pk, words=theirs, **change)
    section.refresh_from_db()
    assert section.body == "Mine."


def test_a_part_that_somebody_removed_cannot_be_saved(policy, officer):
    draft = DraftFactory(by=officer)
    section = draft.sections.first()
    change = {"seen": tokens.section_token(section), "editing": Editing(officer, NOON)}
    drafting.remove_section(draft.pk, section.pk, **change)
    words = SectionWords("controller", "Who we are", "", "Mine.")
    with pytest.raises(DraftChangedError, match="removed"):
        drafting.change_section(draft.pk, section.pk, words=words, **change)


def test_sections_move_one_place_and_not_past_the_end(policy, officer):
    draft = DraftFactory(by=officer)
    editing = Editing(officer, NOON)
    rows = list(draft.sections.all())
    for up, expected in ((True, [1, 0, 2]), (True, [1, 0, 2]), (False, [0, 1, 2])):
        seen = tokens.order_token(list(draft.sections.all()))
        drafting.move_section(draft.pk, rows[1].pk, up=up, seen=seen, editing=editing)
        now = [section.pk for section in draft.sections.all()]
        assert now[:3] == [rows[place].pk for place in expected]
        assert now[3:] == [row.pk for row in rows[3:]]


def test_an_order_that_changed_meanwhile_is_not_changed_blindly(policy, officer):
    draft = DraftFactory(by=officer)
    rows = list(draft.sections.all())
    seen = tokens.order_token(rows)
    move = {"seen": seen, "editing": Editing(officer, NOON)}
    drafting.move_section(draft.pk, rows[1].pk, up=True, **move)
    with pytest.raises(DraftChangedError):
        drafting.move_section(draft.pk, rows[2].pk, up=True, **move)


def test_lines_of_the_table_are_added_changed_and_removed(policy, officer):
    draft = DraftFactory(by=officer)
    editing = Editing(officer, NOON)
    recipient = Recipient.objects.get(code="contactpoint")
    items = list(Item.objects.filter(code__in=["pupil.surname", "pupil.sex"]))
    words = LineWords(recipient, list(Purpose.objects.filter(code="functions")), items, "A law.")
    line = drafting.add_line(draft.pk, words=words, editing=editing)
    shown = content_of(draft)["recipients"][-1]
    assert (shown["code"], shown["legal_duty"], len(shown["items"])) == (
        "contactpoint",
        "A law.",
        2,
    )
    fewer = LineWords(recipient, [], items[:1], "")
    seen = tokens.line_token(line)
    drafting.change_line(draft.pk, line.pk, words=fewer, seen=seen, editing=editing)
    line = NamedRecipient.objects.get(pk=line.pk)
    assert (line.legal_duty, line.items.count(), line.purposes.count()) == ("", 1, 0)
    seen = tokens.line_token(line)
    drafting.remove_line(draft.pk, line.pk, seen=seen, editing=editing)
    assert not draft.named_recipients.filter(recipient=recipient).exists()


def test_a_draft_with_something_missing_is_not_published(policy, officer, second_officer):
    draft = DraftFactory(by=officer)
    with pytest.raises(NotCompleteError) as refused:
        publish(draft, by=second_officer)
    found = {(each.place, each.key) for each in refused.value.missing}
    assert found == {
        ("details", "effective_from"), ("details", "summary"), ("element", "transfers"),
        ("element", "legitimate_interests"), ("element", "statutory"),
        ("element", "automated_decisions"), ("scheme", "height-weight"),
    }  # fmt: skip
    draft.refresh_from_db()
    assert draft.status == VersionStatus.DRAFT


def test_each_recipient_needs_an_agreement_on_the_effective_day(policy, officer, second_officer):
    draft = CompleteDraftFactory(by=officer, effective_from=date(2028, 1, 1))
    draft.named_recipients.update(legal_duty="")
    with pytest.raises(NotCompleteError) as refused:
        publish(draft, by=second_officer)
    sentences = " ".join(each.sentence for each in refused.value.missing)
    assert "Fischer Family Trust" in sentences
    assert "Connexions" not in sentences
    for line in draft.named_recipients.all():
        NamedRecipient.objects.filter(pk=line.pk).update(legal_duty="Some Act, section 1")
    assert publish(draft, by=second_officer)


def test_whoever_edited_last_cannot_publish(policy, officer, second_officer):
    draft = CompleteDraftFactory(by=officer)
    with pytest.raises(NotNowError, match="someone else"):
        publish(draft, by=officer)
    assert publish(draft, by=second_officer).by == second_officer


def test_the_database_too_refuses_a_publication_by_the_last_editor(policy, officer):
    draft = CompleteDraftFactory(by=officer)
    with pytest.raises(IntegrityError, match="last_editor"), transaction.atomic():
        publishing.record_publication(draft, by=officer, last_editor=officer, at=NOON)


def test_what_was_not_read_is_not_published(policy, officer, second_officer):
    draft = CompleteDraftFactory(by=officer)
    seen = digest_of(content_of(draft))
    words = SectionWords("other", "New", "", "Slipped in.")
    drafting.add_section(draft.pk, words=words, editing=Editing(officer, NOON))
    with pytest.raises(DraftChangedError, match="since you opened it"):
        publishing.publish(draft.pk, seen=seen, by=second_officer, at=NOON)


def test_a_day_that_has_passed_cannot_be_chosen(policy, officer, second_officer):
    with pytest.raises(NotCompleteError) as refused:
        publish(
            CompleteDraftFactory(by=officer, effective_from=DAY - timedelta(1)), by=second_officer
        )
    assert "today or in the future" in refused.value.missing[0].sentence


def test_a_published_version_is_in_the_log_by_its_digest_and_can_no_longer_be_edited(
    policy, officer, second_officer
):
    draft = CompleteDraftFactory(by=officer, effective_from=DAY)
    publication = publish(draft, by=second_officer)
    assert publication.digest == digest_of(publication.content)
    assert verify(KINDS, progress=lambda _: None).size > 0
    assert version_in_force(draft.notice, DAY).number == 4
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE notices_publication DISABLE TRIGGER append_only_rows")
        cursor.execute("UPDATE notices_publication SET content = content - 'young_summary'")
        with pytest.raises(LogBrokenError, match="differs from what was logged in content"):
            verify(KINDS, progress=lambda _: None)
        transaction.set_rollback(True)
    with pytest.raises(DraftChangedError, match="has been published"):
        drafting.discard_draft(draft.pk, editing=Editing(officer, NOON))
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        NoticeVersion.objects.filter(pk=draft.pk).update(young_summary="x")
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        draft.not_applicable.all().delete()


def test_a_policy_overwrites_no_draft_that_somebody_writes(policy, officer, write):
    draft = CompleteDraftFactory(by=officer)
    document = json.loads(POLICY.read_text())
    pupils = document["notices"][0]
    pupils["versions"].append({**pupils["versions"][-1], "number": 4})
    path = write(json.dumps(document), "policy.json")
    ran = run("policy", "import", path)
    assert ran.code == 3
    assert "officer is writing pupils/4 here, and nothing of it is overwritten" in ran.said
    assert content_of(NoticeVersion.objects.get(pk=draft.pk)) == content_of(draft)
    assert run("policy", "import", POLICY).code == 0


def test_a_draft_of_a_policy_stays_the_same_row_until_the_policy_says_something_else(policy, write):
    document = json.loads(POLICY.read_text())
    versions = document["notices"][0]["versions"]
    draft = {**versions[-1], "number": 4, "status": "draft", "effective_from": None}
    versions.append(draft)
    rows = []
    for summary in ("Planned.", "Planned.", "Planned otherwise."):
        draft["summary"] = summary
        assert run("policy", "import", write(json.dumps(document), "policy.json")).code == 0
        rows.append(NoticeVersion.objects.get(notice__slug="pupils", number=4))
    assert [row.summary for row in rows] == ["Planned.", "Planned.", "Planned otherwise."]
    assert rows[0].pk == rows[1].pk != rows[2].pk


def test_a_later_change_of_a_label_changes_no_published_word(policy):
    publication = Publication.objects.get(version__notice__slug="pupils", version__number=3)
    with policy_unguarded():
        Item.objects.update(label="Another word")
    with policy_unguarded():
        Recipient.objects.update(name="Another name")
    assert "Another" not in str(Publication.objects.get(pk=publication.pk).content)


def test_a_version_without_its_words_cannot_be_published(policy):
    notice = Notice.objects.get(slug="pupils")
    with transaction.atomic():
        NoticeVersion.objects.create(
            notice=notice, number=9, status="published", effective_from=DAY
        )
        with pytest.raises(DatabaseError, match="without its words"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_only_a_version_that_waits_can_be_withdrawn(policy, officer, second_officer):
    now = NoticeVersion.objects.get(notice__slug="pupils", number=3)
    with pytest.raises(NotNowError, match="not in force yet"):
        publishing.withdraw(now.pk, reason="x", by=officer, at=NOON)
    draft = CompleteDraftFactory(by=officer)
    publish(draft, by=second_officer)
    withdrawn = publishing.withdraw(draft.pk, reason="A mistake.", by=officer, at=NOON)
    assert withdrawn.version.status == VersionStatus.WITHDRAWN
    assert version_in_force(draft.notice, ANY_DAY).number == 3
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        NoticeVersion.objects.filter(pk=draft.pk).update(status="published")


steps = st.lists(
    st.tuples(st.sampled_from(["publish", "withdraw"]), st.integers(0, 6), st.integers(0, 3)),
    max_size=5,
)


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=steps)
def test_exactly_one_version_or_none_is_in_force_whatever_is_published_and_withdrawn(
    policy, officer, second_officer, steps
):
    """Against a model that only knows what was asked: (number, day) of what still stands."""

    def day_of(ahead):
        return DAY if ahead == 0 else ANY_DAY + timedelta(ahead)

    with transaction.atomic():
        notice = Notice.objects.get(slug="pupils")
        stands = {
            version.number: version.effective_from
            for version in notice.versions.filter(status=VersionStatus.PUBLISHED)
        }
        for what, ahead, which in steps:
            if what == "publish":
                draft = CompleteDraftFactory(by=officer, effective_from=day_of(ahead))
                publish(draft, by=second_officer)
                stands[draft.number] = day_of(ahead)
                continue
            chosen = notice.versions.filter(number=4 + which).first()
            if chosen is None:
                continue
            waits = chosen.number in stands and stands[chosen.number] > DAY
            try:
                publishing.withdraw(chosen.pk, reason="x", by=officer, at=NOON)
            except NotNowError:
                assert not waits
            else:
                assert waits
                del stands[chosen.number]
        for on in (DAY - timedelta(1), *map(day_of, range(8))):
            reached = [(day, number) for number, day in stands.items() if day <= on]
            found = version_in_force(Notice.objects.get(pk=notice.pk), on)
            assert found is not None
            assert (found.effective_from, found.number) == max(reached)
        transaction.set_rollback(True)
