"""What is kept how long: each room says it of its own tables and files, and one list has them all (R2)."""

from dataclasses import dataclass
from enum import StrEnum

from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.known import NUMBERS


class Means(StrEnum):
    """How something is erased."""

    DELETED = "Deleted"
    EMPTIED = "Names and words are emptied"
    REPLACED = "Replaced by what is newer"
    STAYS = "Not erased"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept: what it `holds` and `about` whom, in words.

    `of` are models by label, folders of private files (`private/scans`), or other places. How long: `number`
    names a keeping time of the policy, which counts `since` something; without one `since` says all, as
    in “Until the account is erased”. In it {birthday} stands for the age that the policy says of pupils.
    """

    of: tuple[str, ...]
    holds: str
    about: str
    since: str
    means: Means
    number: str = ""

    @property
    def until(self) -> str:
        """Return until when it is kept, with the number that the policy has now."""
        if not self.number:
            return self.since
        unit = NUMBERS[self.number].unit
        number = terms.number(self.number)
        since = self.since.replace("{birthday}", str(terms.number("pupil_birthday")))
        return f"{number:,} {unit.removesuffix('s') if number == 1 else unit} {since}"


NOBODY = "Nobody"
STAFF = "Staff"
IN_USE = "As long as the portal is used"

KEEPING = (
    Kept(
        ("log.Entry", "log.Head", "log.Cosignature", "log.Erasure"),
        "The log: what was done, with random references in place of people, and what vouches for it",
        NOBODY, f"{IN_USE}: it proves that nothing was shared that should not have been", Means.STAYS,
    ),
    Kept(
        ("log.Salt",),
        "Salts of the hashes that entries have of what people wrote", NOBODY,
        "Until what they wrote is erased", Means.DELETED,
    ),
    Kept(
        ("accounts.User",),
        "Accounts: name, email address, password and roles", STAFF,
        "after the account was deactivated", Means.EMPTIED, "account_keep_years",
    ),
    Kept(
        (
            "account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator",
            "usersessions.UserSession", "accounts.KnownBrowser", "accounts.ConnectedAccount",
        ),
        "How somebody signs in: addresses, second steps, browsers, internet addresses of their sessions, single sign-on",
        STAFF, "Until it is removed, or with the account", Means.DELETED,
    ),
    Kept(
        ("accounts.RoleProposal", "accounts.AccountChange"),
        "Roles and schools of accounts, and who gave them", STAFF,
        f"{IN_USE}: with the account erased they name nobody", Means.STAYS,
    ),
    Kept(
        ("sessions.Session",),
        "Sessions: who is signed in, and answers of forms that are not sent yet",
        "Staff, parents and pupils", "Until the session expires, a day at most after it was used", Means.DELETED,
    ),
    Kept(
        ("mail.Message",),
        "Emails with their addresses", "Parents, pupils, staff, people at organisations",
        "after the email was sent, or failed", Means.DELETED, "mail_keep_days",
    ),
    Kept(
        ("limits.Attempt", "limits.Alarm"),
        "How often somebody tried something, with keyed hashes of internet and email addresses",
        "Whoever sends a form", "A day; alarms 30 days", Means.DELETED,
    ),
    Kept(
        (
            "procrastinate.ProcrastinateJob", "procrastinate.ProcrastinateEvent",
            "procrastinate.ProcrastinateWorker", "procrastinate.ProcrastinatePeriodicDefer",
            "stalled.StalledJob",
        ),
        "Jobs, with the numbers of what they are about", NOBODY,
        "A week after the job was done", Means.DELETED,
    ),
    Kept(
        ("terms.PolicyNumber", "terms.PolicyText", "public_pages.Stamp", "auth.Group", "auth.Permission",
         "contenttypes.ContentType"),
        "Settings of the policy and of the portal", NOBODY, "Until they change", Means.REPLACED,
    ),
    Kept(
        ("private/uploads",),
        "Files while they are read", "Pupils and parents", "Until they are read, a day at most", Means.DELETED,
    ),
    Kept(
        ("The server’s log",),
        "Requests and faults, with internet addresses at the proxy", "Whoever uses the portal",
        "As the server is set up", Means.DELETED,
    ),
    Kept(
        ("Backups",),
        "Copies of the database and of kept files", "Everybody of whom the portal keeps something",
        "As the server is set up", Means.DELETED,
    ),
)  # fmt: skip
