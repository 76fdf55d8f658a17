"""Everything that the portal keeps, by room, and how long (R2). A metatest holds it to every table and folder."""

from consent.keeping.register import FAMILIES, KEEPING as CHOICES, WITH_PUPIL
from notices.keeping import KEEPING as NOTICES
from privacy_portal.ground.keeping.register import (
    IN_USE,
    KEEPING as GROUND,
    NOBODY,
    STAFF,
    Kept,
    Means,
)

ORGANISATIONS = "People at organisations, staff"

SHARING = (
    Kept(
        (
            "sharing.Agreement", "sharing.AgreementVersion", "sharing.Suspension",
            "sharing.AgreedPurpose", "sharing.AgreedItem", "sharing.ConfirmedBasis",
            "sharing.AgreementEvent", "sharing.AgreementTemplate", "sharing.TemplateVersion",
            "sharing.TemplateUse",
        ),
        "Agreements: their terms, whom to ask at the organisation, and what became of them",
        ORGANISATIONS, f"{IN_USE}: they show why something could be shared", Means.STAYS,
    ),
    Kept(
        ("sharing.Signing", "private/agreements"),
        "Signed agreements as files, and who signed", ORGANISATIONS, "after the agreement ended",
        Means.EMPTIED, "agreement_keep_years",
    ),
    Kept(
        ("sharing.Assurance", "sharing.AssuranceWithdrawal"),
        "Registrations and certificates of organisations", NOBODY,
        f"{IN_USE}: they show that signing was allowed", Means.STAYS,
    ),
    Kept(
        (
            "sharing.Disclosure", "sharing.SignOff", "sharing.KeepingStep",
            "sharing.DisclosureQuestion", "sharing.DisclosureAnswer", "sharing.Incident",
            "sharing.IncidentStep", "sharing.Override", "sharing.OverrideStep",
            "sharing.Restriction", "private/certificates",
        ),
        "What officers wrote about something that was shared, incidents, and certificates of deletion",
        "Pupils, staff, people at organisations", "after it was shared, once nothing about it is open",
        Means.EMPTIED, "note_keep_years",
    ),
    Kept(
        (
            "sharing.DisclosureLine", "sharing.PersonLine", "sharing.PersonLineMark",
            "sharing.CoverSheet", "sharing.Undone", "sharing.SampledDisclosure",
            "sharing.UnsignedDisclosure", "sharing.UncountedSignOff", "sharing.DueDeletion",
            "sharing.Amendment", "sharing.Recall",
        ),
        "What was shared, row by row, with random references in place of people", NOBODY,
        f"{IN_USE}: of a pupil who was erased nobody can tell whose reference it was", Means.STAYS,
    ),
    Kept(
        ("sharing.RecallStep", "sharing.RowPermission", "sharing.ListRequest", "sharing.ListAnswer"),
        "Recalls, rows let go about protected pupils, lists given out, and reasons of officers",
        FAMILIES, WITH_PUPIL, Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        ("sharing.AmendmentStep",), "What officers wrote about amendments",
        "People at organisations", f"{IN_USE}: amendments are about files, not people", Means.STAYS,
    ),
    Kept(
        ("sharing.AmendmentLink",), "Hashes of links by which organisations confirm amendments",
        NOBODY, "Until the link expires", Means.REPLACED,
    ),
    Kept(
        (
            "sharing.DataRequest", "sharing.RequestDetails", "sharing.RequestDecision",
            "sharing.DecisionAnswer", "sharing.DataRequestStep",
        ),
        "Requests for data: who asked, for what, and the reasons of the decision",
        "Pupils, people at organisations, staff", "after the last that was done about it",
        Means.EMPTIED, "request_keep_years",
    ),
    Kept(
        ("sharing.RequestedPupil", "sharing.DecidedPupil"),
        "About which pupils, by their records", FAMILIES,
        f"{IN_USE}: of a pupil who was erased the record says nothing", Means.STAYS,
    ),
    Kept(
        ("sharing.Release", "sharing.HeadingAssignment", "sharing.ReleaseDefinition",
         "sharing.CountsRelease"),
        "Files and tables that were checked: their headings and numbers, no rows", STAFF,
        f"{IN_USE}: tables that were shared count as known (S4)", Means.STAYS,
    ),
    Kept(
        ("sharing.Finding", "private/extracts", "private/permitted"),
        "Rows of extracts, and UPNs of rows that are withheld", "Pupils",
        "Until the file is handed over, a day at most", Means.DELETED,
    ),
    Kept(
        (
            "sharing.ControlRun", "sharing.ControlResult", "sharing.Resumption",
            "sharing.ResumptionAnswer", "sharing.LogCheck", "sharing.PublishedMonth",
            "sharing.PublishedCount", "sharing.CountedWeek", "sharing.WeekCount",
            "sharing.CountedStretch", "sharing.StretchCount", "sharing.SignedCount",
            "sharing.DueDeletionCount",
            "sharing.PolicyChange", "sharing.PolicyAnswer", "sharing.TwoFilesTerm",
        ),
        "Nightly controls, checks of the log, the public register, figures, and changes of the policy",
        NOBODY, f"{IN_USE}: they are about no person", Means.STAYS,
    ),
    Kept(
        ("sharing.SavedFilter",), "Filters that somebody saved", STAFF,
        "Until they delete it, or with the account", Means.DELETED,
    ),
)  # fmt: skip

KEEPING = (*CHOICES, *SHARING, *NOTICES, *GROUND)
