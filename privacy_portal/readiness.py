"""Whether the portal may serve: database, migrations, and what the database itself keeps."""

from collections.abc import Sequence

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from privacy_portal.ground import locks, row_security
from privacy_portal.ground.checks import OLDER, made_by_an_older_version
from privacy_portal.ground.files.viruses import is_reachable
from privacy_portal.ground.log.append_only import APPEND_ONLY, faults_of_triggers
from privacy_portal.ground.log.checkpoints import refusal

# A database that takes longer for one of these questions cannot be reached, whatever it is doing.
WITHIN_SECONDS = 3

# Every table of which whoever is restricted sees only rows of their own schools, by model.
OWN_SCHOOLS_ONLY = (
    "consent.Acknowledgement",
    "consent.Death",
    "consent.DeathWithdrawn",
    "consent.Decision",
    "consent.EndedProtection",
    "consent.Ending",
    "consent.EndingAnswer",
    "consent.ErasureAnswer",
    "consent.ErasureWish",
    "consent.FormerName",
    "consent.Hold",
    "consent.HoldEnd",
    "consent.Invalidation",
    "consent.LetterCode",
    "consent.LetterRun",
    "consent.Meeting",
    "consent.MergeAnswer",
    "consent.MergeProposal",
    "consent.MergeUndone",
    "consent.MergedDecision",
    "consent.MergedUpn",
    "consent.OptOutRequest",
    "consent.ProtectedLook",
    "consent.Protection",
    "consent.Pupil",
    "consent.PupilChange",
    "consent.PupilMerge",
    "consent.PupilMove",
    "consent.PupilNews",
    "consent.PupilUpn",
    "consent.ReceivedEntry",
    "consent.RequestStep",
    "consent.RequestToMatch",
    "consent.RollContact",
    "consent.RollUpload",
    "consent.Ruling",
    "consent.RulingTold",
    "consent.SameChildAnswer",
    "consent.SameChildQuestion",
    "consent.Scan",
    "consent.SecondLook",
    "consent.Telling",
    "consent.UnconfirmedOptOut",
    "consent.Verification",
    "consent.WaitingMove",
    "sharing.CountsRelease",
    "sharing.DataRequest",
    "sharing.DataRequestStep",
    "sharing.DecidedPupil",
    "sharing.DecisionAnswer",
    "sharing.DisclosureAnswer",
    "sharing.DisclosureLine",
    "sharing.DisclosureQuestion",
    "sharing.Finding",
    "sharing.Incident",
    "sharing.IncidentStep",
    "sharing.ListAnswer",
    "sharing.ListRequest",
    "sharing.Override",
    "sharing.OverrideStep",
    "sharing.PersonLine",
    "sharing.Recall",
    "sharing.RecallStep",
    "sharing.Release",
    "sharing.RequestDecision",
    "sharing.RequestDetails",
    "sharing.RequestedPupil",
    "sharing.RowPermission",
    "sharing.SampledDisclosure",
    "sharing.SavedFilter",
)


def not_ready() -> list[str]:
    """Return what keeps the portal from serving, one sentence each; empty when it may."""
    try:
        with transaction.atomic():
            locks.limit(WITHIN_SECONDS)
            if made_by_an_older_version():
                return [OLDER]
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return ["Database migrations have not been run: run `manage.py migrate`."]
            unguarded = faults_of_triggers(_tables(APPEND_ONLY))
            restricted = row_security.restricted_tables()
            faults = row_security.faults_of_roles()
    except DatabaseError as error:
        return [f"The database cannot be reached ({type(error).__name__})."]
    faults += unguarded
    faults += [
        f"The policy that shows school staff only their own schools in {table} is missing or disabled."
        for table in _tables(OWN_SCHOOLS_ONLY)
        if table not in restricted
    ]
    return faults


def impaired() -> list[str]:
    """Return what does not work while the portal serves all the same, one sentence each."""
    faults = []
    if settings.CLAMAV_SOCKET is not None and not is_reachable(settings.CLAMAV_SOCKET):
        faults.append("ClamAV cannot be reached (CLAMAV_SOCKET): every uploaded file is refused.")
    if why := refusal():
        faults.append(f"The log is not as it was signed: {why}")
    return faults


def _tables(models: Sequence[str]) -> list[str]:
    return [apps.get_model(name)._meta.db_table for name in models]  # noqa: SLF001
