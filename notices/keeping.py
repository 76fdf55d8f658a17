"""What the portal keeps of notices, subscribers and reports, and how long (R2)."""

from privacy_portal.ground.keeping.register import IN_USE, NOBODY, STAFF, Kept, Means

KEEPING = (
    Kept(
        ("notices.Report", "notices.ReportStep"),
        "Corrections and complaints, and what officers wrote",
        "Whoever reported something, and whom it is about", "after the last reply", Means.DELETED,
        "report_keep_years",
    ),
    Kept(
        ("notices.Subscriber",), "Email addresses of subscribers to notices", "Subscribers",
        "Until they unsubscribe", Means.DELETED,
    ),
    Kept(
        ("notices.SubscriptionRequest",), "Email addresses that nobody confirmed", "Subscribers",
        "Until the link expires", Means.DELETED,
    ),
    Kept(
        (
            "notices.Notice", "notices.NoticeVersion", "notices.Section", "notices.Translation",
            "notices.TranslatedSection", "notices.NotApplicable", "notices.NamedRecipient",
            "notices.NamedPurpose", "notices.NamedItem", "notices.Publication", "notices.Withdrawal",
            "notices.DraftEdit",
        ),
        "Notices: what the public was told, and who wrote and published it", STAFF,
        f"{IN_USE}: families can ask what they were told, and accounts that are erased name nobody",
        Means.STAYS,
    ),
    Kept(
        (
            "notices.Item", "notices.ItemHeading", "notices.Purpose", "notices.Recipient",
            "notices.Controller", "notices.Contact",
        ),
        "Organisations, information and purposes, and whom to ask at the council", NOBODY, IN_USE,
        Means.REPLACED,
    ),
)  # fmt: skip
