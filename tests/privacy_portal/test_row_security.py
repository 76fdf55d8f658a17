"""The database itself shows school staff the pupils of their own schools and no others, on connections
of the role that docs/operations.md gives the application (docs/decisions/40)."""

from unittest import mock

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection
from django.db.models import Q
from django.test import Client

from consent.matching import matching
from consent.models import (
    Acknowledgement,
    EndingAnswer,
    FormerName,
    Invalidation,
    LetterCode,
    Meeting,
    MergeAnswer,
    MergedDecision,
    MergedUpn,
    MergeUndone,
    ProtectedLook,
    Pupil,
    PupilChange,
    PupilMerge,
    PupilMove,
    PupilNews,
    RequestToMatch,
    Ruling,
    RulingTold,
    SameChildAnswer,
    SameChildQuestion,
    Verification,
)
from privacy_portal.ground import row_security
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.readiness import OWN_SCHOOLS_ONLY, not_ready
from sharing.models import ListAnswer, Recall, RecallStep
from tests.databases import cloned_database, returned_by
from tests.example import DAY, NOON
from tests.factories.consent import PupilFactory, RequestFactory, UnconfirmedFactory, upn_of
from tests.factories.ground import SchoolStaffFactory, UserFactory
from tests.roles import documented_role

# What leads from a row to the schools that see it; nothing: no school does.
BY_SCHOOL = {
    "consent.Pupil": ["school"],
    **{
        f"consent.{name}": ["pupil__school"]
        for name in [
            "PupilUpn", "PupilChange", "FormerName", "RollContact", "PupilMove", "PupilNews",
            "Protection", "Ending", "Death", "ProtectedLook", "Decision", "LetterCode",
        ]
    },
    **{
        f"consent.{name}": ["decision__pupil__school"]
        for name in [
            "Acknowledgement", "Invalidation", "Meeting", "Ruling", "Scan", "SecondLook", "Telling",
            "Verification",
        ]
    },
    "consent.RulingTold": ["ruling__decision__pupil__school"],
    "consent.DeathWithdrawn": ["death__pupil__school"],
    "consent.EndedProtection": ["protection__pupil__school"],
    "consent.EndingAnswer": ["ending__pupil__school"],
    "consent.WaitingMove": ["pupil__school", "to_school"],
    "consent.SameChildQuestion": ["new__school", "other__school"],
    "consent.SameChildAnswer": ["question__new__school", "question__other__school"],
    "consent.MergeProposal": ["gone__school", "kept__school"],
    "consent.MergeAnswer": ["proposal__gone__school", "proposal__kept__school"],
    "consent.PupilMerge": ["gone__school", "kept__school"],
    **{
        f"consent.{name}": ["merge__gone__school", "merge__kept__school"]
        for name in ["MergeUndone", "MergedUpn", "MergedDecision"]
    },
    "consent.LetterRun": ["school"],
    "consent.UnconfirmedOptOut": ["school"],
    "consent.OptOutRequest": ["school", "decisions__pupil__school"],
    "consent.ReceivedEntry": ["request__school", "request__decisions__pupil__school"],
    "consent.RequestStep": ["request__school", "request__decisions__pupil__school"],
    "consent.RequestToMatch": ["request__school", "request__decisions__pupil__school"],
    "consent.RollUpload": ["by__workplaces__school"],
    "sharing.Recall": ["decision__pupil__school"],
    "sharing.RecallStep": ["recall__decision__pupil__school"],
    "sharing.ListRequest": ["pupil__school"],
    "sharing.ListAnswer": ["request__pupil__school"],
    **{f"consent.{name}": [] for name in ["Hold", "HoldEnd", "ErasureWish", "ErasureAnswer"]},
    "sharing.DisclosureLine": [],
    "sharing.PersonLine": [],
    **{
        f"sharing.{name}": []
        for name in [
            "CountsRelease", "DisclosureAnswer", "DisclosureQuestion", "DataRequest", "DataRequestStep", "DecidedPupil", "DecisionAnswer",
            "Finding", "Incident", "IncidentStep", "Override", "OverrideStep", "Release",
            "RequestDecision", "RequestDetails", "RequestedPupil", "RowPermission", "SampledDisclosure",
            "SavedFilter",
        ]
    },
}  # fmt: skip
# The other models of these apps, with why anybody signed in may see every row.
EXEMPT = {
    "schools and who works there, no pupils": ["consent.School", "consent.SchoolStaff"],
    "what can be chosen, which is public": [
        "consent.Scheme", "consent.SchemePurpose", "consent.BasicItem",
    ],
    "agreements, organisations and their papers, no pupils": [
        "sharing.Agreement", "sharing.AgreementVersion", "sharing.Suspension", "sharing.AgreedPurpose",
        "sharing.AgreedItem", "sharing.Assurance", "sharing.AssuranceWithdrawal",
        "sharing.ConfirmedBasis", "sharing.TwoFilesTerm", "sharing.Signing", "sharing.AgreementEvent",
        "sharing.AgreementTemplate", "sharing.TemplateVersion", "sharing.TemplateUse",
        "sharing.ReleaseDefinition", "sharing.HeadingAssignment", "sharing.PolicyChange",
        "sharing.PolicyAnswer",
    ],
    "what left when and what became of it, whose pupils are in the lines": [
        "sharing.Disclosure", "sharing.Undone", "sharing.SignOff", "sharing.KeepingStep",
        "sharing.Restriction", "sharing.CoverSheet", "sharing.Amendment", "sharing.AmendmentStep",
        "sharing.AmendmentLink", "sharing.PersonLineMark", "sharing.UnsignedDisclosure",
        "sharing.DueDeletion", "sharing.UncountedSignOff",
    ],
    "counts that are published": ["sharing.PublishedMonth", "sharing.PublishedCount"],
    "checks of the log": ["sharing.LogCheck"],
    "counts of weeks by organisation": ["sharing.CountedWeek", "sharing.WeekCount"],
    "counts of the log": [
        "sharing.CountedStretch", "sharing.StretchCount", "sharing.SignedCount",
        "sharing.DueDeletionCount",
    ],
    "invented pupils": [
        "sharing.ControlRun", "sharing.ControlResult", "sharing.Resumption", "sharing.ResumptionAnswer",
    ],
}  # fmt: skip


def test_every_model_is_restricted_or_exempt_for_a_reason():
    exempt = [name for names in EXEMPT.values() for name in names]
    there = [
        model._meta.label
        for app in ("consent", "sharing")
        for model in apps.get_app_config(app).get_models()
    ]
    assert sorted([*OWN_SCHOOLS_ONLY, *exempt]) == sorted(there)
    assert set(BY_SCHOOL) == set(OWN_SCHOOLS_ONLY)


@pytest.mark.django_db
def test_the_database_restricts_what_is_listed_and_nothing_else():
    assert row_security.restricted_tables() == {
        apps.get_model(name)._meta.db_table for name in OWN_SCHOOLS_ONLY
    }


@pytest.fixture
def world(django_db_setup, django_db_blocker, settings):
    """A pupil with a life behind them, others elsewhere; from here on as the documented role."""
    settings.ROOT_URLCONF = "tests.forgetful"
    with django_db_blocker.unblock(), cloned_database("protected_world") as name:
        yield from _world(name)


def _world(name):
    made = returned_by("protected_world")
    PupilFactory(school=made.stranger.workplaces.get().school)
    made.staff = {
        role: UserFactory(email=f"{role}@example.org", roles=[role])
        for role in (Role.ADMINISTRATOR, Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER, Role.AUDITOR)
    }
    made.nowhere = SchoolStaffFactory(email="nowhere@example.org")
    add_what_is_missing(made)
    made.rows = {
        name: {str(row.pk) for row in apps.get_model(name)._default_manager.all()}
        for name in OWN_SCHOOLS_ONLY
    }
    made.seen_by = {
        user.email: {name: rows_of(name, user) for name in OWN_SCHOOLS_ONLY}
        for user in (made.secretary, made.stranger)
    }
    with documented_role(name) as made.role:
        yield made


def add_what_is_missing(world):
    """Rows of tables of which the pupil's life has none."""
    pupil, school, officer = world.pupil, world.school, world.officer
    by = {"at": NOON, "by": officer}
    for model in (Verification, Meeting):
        model.objects.create(
            decision=world.opt_in, at=NOON, **({} if model is Verification else {"by": officer})
        )
    Acknowledgement.objects.create(decision=world.opt_out, school=school, invalid=False, **by)
    Invalidation.objects.create(decision=world.opt_out, reason="No", recorded_at=NOON)
    ruling = Ruling.objects.create(decision=world.objection, kind="upheld", reason="Yes", **by)
    RulingTold.objects.create(ruling=ruling, at=NOON)
    FormerName.objects.create(pupil=pupil, surname_folded="a", forename_folded="b")
    PupilChange.objects.create(pupil=pupil, field="surname", at=NOON)
    PupilMove.objects.create(pupil=pupil, from_school=school, to_school=school, at=NOON)
    LetterCode.objects.get_or_create(
        pupil=pupil,
        defaults={
            "selector": "abcd",
            "scheme": world.run.scheme,
            "kind": "choice",
            "by": "parent",
            "run": world.run,
            "issued_at": NOON,
            "expires_at": NOON,
        },
    )
    SameChildAnswer.objects.create(
        question=SameChildQuestion.objects.get(), same=False, reason="Two", **by
    )
    MergeAnswer.objects.create(
        proposal=world.proposal, agrees=False, note="No", at=NOON, by=world.second
    )
    part = PupilFactory(school=school, born=pupil.born, former=[upn_of(77)])
    merge = PupilMerge.objects.create(gone=part, kept=pupil, reason="One", **by)
    MergedUpn.objects.create(merge=merge, number=part.upns.first(), present=False)
    MergedDecision.objects.create(merge=merge, original=world.opt_out, copy=world.opt_in)
    MergeUndone.objects.create(merge=merge, reason="Two", **by)
    EndingAnswer.objects.create(
        ending=world.ending, agrees=False, note="No", at=NOON, by=world.second
    )
    ProtectedLook.objects.create(pupil=pupil, reason="Police", **by)
    UnconfirmedFactory(school=school)
    waiting = RequestFactory(school=school, forename="Nobody", surname="Atall")
    RequestToMatch.objects.get_or_create(request=waiting)
    waiting.steps.create(kind="asked", **by)
    recall = Recall.objects.get(decision=world.opt_out)
    RecallStep.objects.create(recall=recall, kind="sent", on=DAY, note="By post", **by)
    ListAnswer.objects.create(request=world.asked, agrees=True, at=NOON, by=world.third)


def rows_of(name, user):
    """The keys of the rows of a model that are of the schools of a user, as Python finds them."""
    model, schools = apps.get_model(name), user.workplaces.values("school")
    if name in ("sharing.DisclosureLine", "sharing.PersonLine"):
        references = Pupil.objects.filter(school__in=schools).values("reference")
        own = Q(person__in=references)
    elif name == "consent.RollUpload":
        own = Q(by=user)
    else:
        own = Q(pk__in=[])
        for path in BY_SCHOOL[name]:
            own |= Q(**{f"{path}__in": schools})
    return {
        str(number) for number in model._default_manager.filter(own).values_list("pk", flat=True)
    }


def shown(user, name):
    client = Client()
    client.force_login(user)
    return set(client.get(f"/forgetful/rows/{name}/").json())


def test_a_page_that_forgot_its_filter_shows_rows_of_ones_own_schools_and_no_others(world):
    differs = {}
    for user in (world.secretary, world.stranger):
        for name in OWN_SCHOOLS_ONLY:
            if (found := shown(user, name)) != world.seen_by[user.email][name]:
                differs[user.email, name] = found
    assert differs == {}
    # Of what no school sees there may be no row.
    empty = {name for name, rows in world.rows.items() if not rows}
    assert empty <= {name for name, schools in BY_SCHOOL.items() if not schools}


def test_who_works_with_no_pupils_or_at_no_school_is_shown_none(world):
    roles = (Role.ADMINISTRATOR, Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER)
    for user in (*(world.staff[role] for role in roles), world.nowhere):
        assert [name for name in OWN_SCHOOLS_ONLY if shown(user, name)] == []
    # Nor where the setting is gone and the role is not.
    with row_security.kept_to_schools_of(world.secretary.pk), connection.cursor() as cursor:
        assert Pupil.objects.exists()
        cursor.execute("RESET portal.staff")
        assert not Pupil.objects.exists()


def test_officers_and_auditors_see_every_row(world):
    for user in (world.officer, world.staff[Role.AUDITOR]):
        assert {name: shown(user, name) for name in OWN_SCHOOLS_ONLY} == world.rows


def test_a_form_sent_online_is_shown_in_whose_queue_it_is_and_to_the_school_of_its_pupil(world):
    other = world.stranger.workplaces.get().school
    waiting = RequestFactory(school=world.pupil.school, forename="Nobody", surname="Atall")
    here, there = world.secretary, world.stranger
    assert sees(here, waiting)
    assert not sees(there, waiting)
    waiting.steps.create(kind="passed", at=NOON, by=world.officer, to_school=other)
    assert not sees(here, waiting)
    assert sees(there, waiting)
    assert len(shown(there, "consent.RequestStep")) == 1
    matching.choose(waiting.reference, world.pupil, by=world.officer, at=NOON)
    assert sees(here, waiting)
    assert not sees(there, waiting)


def sees(user, request):
    return str(request.pk) in shown(user, "consent.OptOutRequest")


def test_nothing_of_it_is_left_on_the_connection(world):
    """After a page, an error, a failed transaction, before and after a stream the next visitor is not
    restricted."""
    every, staff = Pupil.objects.count(), Client(raise_request_exception=False)
    staff.force_login(world.secretary)
    before = Client().get("/forgetful/public/").json()
    assert before[:2] == [world.role, ""]
    for path in ("rows/consent.Pupil", "fails", "fails-in-the-database", "beyond", "streams"):
        response = staff.get(f"/forgetful/{path}/")
        assert response.status_code == (500 if path == "fails" else 200)
        assert Client().get("/forgetful/public/").json() == [*before[:3], every]
        if response.streaming:
            b"".join(response.streaming_content)
        assert Client().get("/forgetful/public/").json() == [*before[:3], every]


def test_it_holds_as_long_as_the_page_is_made(world):
    """In a failed transaction, on a new connection, in a stream; and the way out is as wide as it says."""
    client, every = Client(), Pupil.objects.count()
    client.force_login(world.secretary)
    own = len(world.seen_by[world.secretary.email]["consent.Pupil"])
    assert 0 < own < every
    role, staff, _ = client.get("/forgetful/fails-in-the-database/").json()
    assert (role, staff) == (row_security.RESTRICTED, str(world.secretary.pk))
    assert client.get("/forgetful/beyond/").json() == [own, every, every, own]
    assert client.get("/forgetful/anew/").json() == own
    response = client.get("/forgetful/streams/")
    pieces = iter(response.streaming_content)
    assert next(pieces) == f"{own} ".encode()
    assert Pupil.objects.count() == every
    assert next(pieces) == f"{own} ".encode()
    response.close()
    assert Pupil.objects.count() == every


def test_nobody_writes_a_row_of_another_school(world):
    pupil = PupilFactory(school=world.stranger.workplaces.get().school)
    with row_security.kept_to_schools_of(world.secretary.pk):
        assert Pupil.objects.filter(pk=pupil.pk).update(surname="Changed") == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            PupilNews.objects.create(pupil=pupil, kind="address", at=NOON)
        PupilNews.objects.create(pupil=world.pupil, kind="address", at=NOON)


def test_where_it_cannot_be_undone_the_connection_is_closed(world):
    unknown = mock.patch.object(row_security, "SETTING", "no setting")
    with pytest.raises(ProgrammingError), row_security.kept_to_schools_of(None), unknown:
        row_security._tell_again(None)
    assert connection.connection is None
    assert Pupil.objects.exists()


def test_the_portal_does_not_start_as_a_role_that_is_bound_itself(world):
    assert not_ready() == []
    with row_security.kept_to_schools_of(None):
        assert any("is bound by policies itself" in sentence for sentence in not_ready())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "ALTER TABLE consent_pupil DISABLE ROW LEVEL SECURITY",
            "only their own schools in consent_pupil is missing",
        ),
        (
            "DROP POLICY own_schools ON consent_decision",
            "only their own schools in consent_decision is missing",
        ),
        (
            "CREATE POLICY other ON consent_scan USING (true)",
            "only their own schools in consent_scan is missing",
        ),
        ("ALTER ROLE portal_restricted BYPASSRLS", "no role portal_restricted that policies bind"),
        ("REVOKE SELECT ON consent_pupil FROM portal_restricted", "may not use every table"),
    ],
)
def test_the_portal_does_not_start_without_it(statement, said):
    assert not_ready() == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert [said in sentence for sentence in not_ready()] == [True]
