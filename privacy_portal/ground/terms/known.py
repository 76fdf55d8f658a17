"""The numbers and texts that the policy may set: what each is, its limits, and what holds unless the policy
says otherwise (docs/rulebook.md, R2)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the policy: `usual` unless the policy says otherwise, from `least` to `most`, and why it
    has these limits."""

    label: str
    unit: str
    usual: int
    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of letters: `usual` unless the policy says otherwise. It has every one of the words `needed`,
    such as `{organisation}`; `about` says where it stands."""

    label: str
    about: str
    usual: str
    needed: tuple[str, ...] = ()
    may_be_empty: bool = False


NUMBERS: Mapping[str, Number] = {
    "report_keep_years": Number(
        "Corrections and complaints are deleted after the last reply", "years", 2, 1, 7,
        "A complaint to the ICO can follow for some time.",
    ),
    "unconfirmed_keep_days": Number(
        "Online opt-outs that nobody confirmed are deleted after their link has expired", "days",
        7, 1, 30, "People may ask why their form had no effect.",
    ),
    "mail_keep_days": Number(
        "Addresses of emails are deleted after they were sent", "days", 30, 7, 90,
        "An email that did not arrive is looked for.",
    ),
    "pupil_birthday": Number(
        "Details of a pupil who has left are erased at the earliest on their birthday", "years", 25, 25, 35,
        "Some pupils are supported until they are 25, and an opt-out of theirs must count until then.",
    ),
    "pupil_left_years": Number(
        "Details of a pupil are kept, after they left the roll, for at least", "years", 6, 1, 15,
        "A claim can follow for 6 years.",
    ),
    "form_keep_years": Number(
        "Online opt-outs that fit no pupil are erased after they were closed", "years", 2, 1, 7,
        "The child may join a school of the council later.",
    ),
    "request_keep_years": Number(
        "Texts of requests for data are erased after the last that was done about them", "years", 6, 1, 10,
        "A claim can follow for 6 years.",
    ),
    "note_keep_years": Number(
        "Notes and reasons of officers about what was shared are erased after it was shared", "years", 6, 1, 10,
        "A complaint to the ICO or a claim can follow.",
    ),
    "agreement_keep_years": Number(
        "Signed agreements, as files with the names of who signed, are erased after their end", "years", 6, 6, 12,
        "A claim from a contract can follow for 6 years, from a deed for 12.",
    ),
    "account_keep_years": Number(
        "Accounts of staff are erased after they were deactivated", "years", 2, 1, 7,
        "Questions about what somebody did are mostly asked soon.",
    ),
    "code_days": Number(
        "A letter code can be used for", "days", 90, 28, 365,
        "Families need time to decide, also in the holidays.",
    ),
    "confirm_link_days": Number(
        "The link that confirms an opt-out can be used for", "days", 7, 3, 28,
        "People are reminded 2 days before it expires.",
    ),
    "matching_working_days": Number(
        "An online opt-out that needs a person is matched within", "working days", 2, 1, 5,
        "Nothing may be shared against an opt-out that waits.",
    ),
    "school_working_days": Number(
        "A school enters choices in its own system within", "working days", 3, 1, 10,
        "Choices under the law are for the school to follow too.",
    ),
    "move_days": Number(
        "A school answers whether a pupil has moved within", "days", 7, 1, 28,
        "Until then the pupil stays at the school that has them.",
    ),
    "recall_days": Number(
        "An organisation confirms a recall within", "days", 14, 1, 28,
        "Information that should not have been shared must be deleted soon.",
    ),
    "report_days": Number(
        "A correction or complaint is answered within", "days", 30, 5, 30,
        "By law a complaint is acknowledged within 30 days.",
    ),
    "sample_one_in": Number(
        "Of disclosures that nothing else puts in the sample, one is drawn in every", "disclosures",
        10, 1, 100, "A sample that is too small shows nothing.",
    ),
}  # fmt: skip

TEXTS: Mapping[str, Text] = {
    "heading_choice": Text(
        "Heading of letters about a choice", "Letters to families with a code",
        "Your choice: sharing information with {organisation}", ("{organisation}",),
    ),
    "heading_turning_16": Text(
        "Heading of letters to pupils who can now choose for themselves",
        "Letters to families with a code",
        "You can now choose for yourself: sharing information with {organisation}",
        ("{organisation}",),
    ),
    "heading_opt_in": Text(
        "Heading of letters with a code to opt back in", "Letters to families with a code",
        "Your code to opt back in: sharing information with {organisation}", ("{organisation}",),
    ),
    "opening": Text(
        "Opening of letters about a choice",
        "First paragraph where sharing goes on unless someone opts out. {pupil} becomes the pupil’s name, "
        "or “you” in a letter to the pupil.",
        "We can share information about {pupil} with {organisation}. Our privacy notice explains what and "
        "why. You can ask us to share less. You do not have to give a reason. If you do nothing, we can "
        "share everything listed in the privacy notice.",
        ("{organisation}", "{pupil}", "privacy notice", "do not have to give a reason", "If you do nothing"),
    ),
    "paper": Text(
        "How to answer without the internet", "After the code in every letter to families",
        "Do not share your code with anyone. You can use a paper form instead. Ask the school for one.",
        ("paper form", "code"),
    ),
    "closing": Text(
        "Last paragraph of letters to families", "Before the contact details", "", may_be_empty=True
    ),
    "recall_closing": Text(
        "Last paragraph of recall letters to organisations", "After what they have to do", "",
        may_be_empty=True,
    ),
}  # fmt: skip
MOST_LETTERS = 1_000
