"""What the portal keeps of schools, pupils and their choices, and how long (R2)."""

from privacy_portal.ground.keeping.register import IN_USE, NOBODY, STAFF, Kept, Means

FAMILIES = "Pupils, parents and carers"
WITH_PUPIL = "after the pupil left the roll, and at least until they are {birthday}"

KEEPING = (
    Kept(
        (
            "consent.Pupil", "consent.PupilUpn", "consent.PupilChange", "consent.FormerName",
            "consent.RollContact", "consent.PupilNews",
        ),
        "Pupils: names, UPNs, dates of birth, addresses, parents and contacts", FAMILIES,
        WITH_PUPIL, Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        (
            "consent.Decision", "consent.Invalidation", "consent.Ruling", "consent.RulingTold",
            "consent.Telling", "consent.Meeting", "consent.Verification", "consent.Acknowledgement",
            "consent.SecondLook", "consent.Scan",
        ),
        "Choices: who made them, grounds, email addresses, scans of paper forms, and reasons of staff",
        FAMILIES, WITH_PUPIL, Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        ("private/scans",),
        "Scans of paper forms", FAMILIES, WITH_PUPIL, Means.DELETED, "pupil_left_years",
    ),
    Kept(
        (
            "consent.PupilMerge", "consent.MergeProposal", "consent.MergeAnswer", "consent.MergeUndone",
            "consent.MergedUpn", "consent.MergedDecision", "consent.SameChildQuestion",
            "consent.SameChildAnswer", "consent.WaitingMove", "consent.PupilMove",
        ),
        "Whether records are of one child, moves between schools, and reasons of staff", FAMILIES,
        WITH_PUPIL, Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        (
            "consent.Protection", "consent.Ending", "consent.EndedProtection", "consent.EndingAnswer",
            "consent.Death", "consent.DeathWithdrawn", "consent.ProtectedLook",
        ),
        "Who is protected, who has died, and reasons of staff", FAMILIES, WITH_PUPIL, Means.EMPTIED,
        "pupil_left_years",
    ),
    Kept(
        ("consent.Hold", "consent.HoldEnd", "consent.ErasureWish", "consent.ErasureAnswer"),
        "What holds details of a pupil, wishes to erase them, and reasons of officers", FAMILIES,
        WITH_PUPIL, Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        ("consent.OptOutRequest", "consent.ReceivedEntry", "consent.RequestStep", "consent.RequestToMatch"),
        "Online opt-outs and objections as they were sent: with the pupil they fit, else", FAMILIES,
        "after they were closed", Means.EMPTIED, "form_keep_years",
    ),
    Kept(
        ("consent.UnconfirmedOptOut",),
        "Online opt-outs that nobody confirmed", FAMILIES, "after the link expired", Means.DELETED,
        "unconfirmed_keep_days",
    ),
    Kept(
        ("consent.LetterRun", "consent.LetterCode"),
        "Letters to families: to whom, and hashes of their codes", FAMILIES, WITH_PUPIL,
        Means.EMPTIED, "pupil_left_years",
    ),
    Kept(
        ("private/letters",), "Printed letters with their codes", FAMILIES, "A day", Means.DELETED
    ),
    Kept(
        ("consent.RollUpload", "private/rolls"),
        "Files of pupils that staff uploaded, and what they would change", FAMILIES,
        "Until they are imported, a day at most", Means.DELETED,
    ),
    Kept(
        ("consent.School", "consent.Scheme", "consent.SchemePurpose", "consent.BasicItem"),
        "Schools, and opt-outs that are offered", NOBODY, IN_USE, Means.STAYS,
    ),
    Kept(
        ("consent.SchoolStaff",), "Who works at which school", STAFF, "With the account",
        Means.DELETED,
    ),
)  # fmt: skip
