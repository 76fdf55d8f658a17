"""Who may do what: the one table from which every guard, menu and button derives.

An action is a kind of thing that people do on pages. Each address names the action of who may look at
it, and the one of who may change something there (`permissions.open_to`).
"""

from collections.abc import Mapping
from enum import Enum

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role

_SCHOOL = frozenset({Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA})
_OFFICER = frozenset({Role.OFFICER})
_APPROVING = frozenset({Role.APPROVING_OFFICER})
_AUDITOR = frozenset({Role.AUDITOR})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_NOTICES = frozenset({Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER})


class Action(Enum):
    """A kind of thing that people do; its value completes the sentence “This role lets somebody …”."""

    USE_OWN_ACCOUNT = "sign in, see what is waiting for them, change their own password"
    SEE_CHOICES = "see pupils, opt-outs and what each school has to enter"
    RECORD_CHOICES = "enter and match opt-outs, protect pupils, record news of a death or a move"
    PRINT_LETTERS = "print letters with codes"
    SEE_ROLL = "see imports of the school roll, moves and possible duplicate records"
    IMPORT_ROLL = "import the school roll, answer moves and questions about duplicates"
    SEE_CASES = "see objections, merged records, complaints, requests for data and unsent emails"
    DECIDE_CASES = "decide objections and requests for data, merge records, answer complaints"
    SEE_PROTECTED_RECORDS = "see where a protected pupil lives"
    SEE_AGREEMENTS = "see agreements, their templates and organisations"
    KEEP_AGREEMENTS = "draft, sign, suspend and end agreements, keep templates and organisations"
    SEE_RELEASES = "see extracts, tables and amendments, and how each was decided"
    RELEASE = "check extracts and tables, create files, prepare amendments"
    HAND_OVER = "release and download what was checked"
    APPROVE = "approve as second officer what leaves against a rule or with special categories"
    SEE_DISCLOSURES = "see the disclosure log, data to delete, recalls and incidents"
    KEEP_DISCLOSURES = "record and sign off disclosures, deletions, recalls and incidents"
    SEE_FIGURES = "see charts and tables of what was shared, chosen and is waiting"
    SEE_LOG = "search the log of everything that was done, by whom and about whom"
    SEE_DRAFTS = "see drafts of privacy notices"
    EDIT_NOTICES = "write privacy notices"
    PUBLISH_NOTICES = "publish and withdraw privacy notices that somebody else wrote"
    SEE_POLICY = "see organisations, information, purposes and opt-outs, and how they changed"
    DRAFT_POLICY = "draft changes to organisations, information, purposes and opt-outs"
    PUT_IN_FORCE = "put changes to the policy in force that somebody else drafted"
    SEE_JOBS = "see jobs of the portal that were stopped"
    SEE_PEOPLE = "see who can sign in, and with which roles"
    KEEP_PEOPLE = "add people, change their roles and schools, deactivate them"
    AGREE_TO_ROLES = "agree to roles that somebody else proposed"


MAY: Mapping[Action, frozenset[Role]] = {
    Action.USE_OWN_ACCOUNT: frozenset(Role),
    Action.SEE_CHOICES: _SCHOOL | _OFFICER | _AUDITOR,
    Action.RECORD_CHOICES: _SCHOOL | _OFFICER,
    Action.PRINT_LETTERS: _SCHOOL | _OFFICER,
    Action.SEE_ROLL: _SCHOOL | _OFFICER | _AUDITOR,
    Action.IMPORT_ROLL: _SCHOOL | _OFFICER,
    Action.SEE_CASES: _OFFICER | _AUDITOR,
    Action.DECIDE_CASES: _OFFICER,
    Action.SEE_PROTECTED_RECORDS: frozenset({Role.PROTECTED_RECORDS_OFFICER}),
    Action.SEE_AGREEMENTS: _OFFICER | _AUDITOR,
    Action.KEEP_AGREEMENTS: _OFFICER,
    Action.SEE_RELEASES: _OFFICER | _AUDITOR,
    Action.RELEASE: _OFFICER,
    Action.HAND_OVER: _OFFICER,
    Action.APPROVE: _APPROVING,
    Action.SEE_DISCLOSURES: _OFFICER | _AUDITOR,
    Action.KEEP_DISCLOSURES: _OFFICER,
    Action.SEE_FIGURES: _OFFICER | _APPROVING | _AUDITOR,
    Action.SEE_LOG: _OFFICER | _AUDITOR,
    Action.SEE_DRAFTS: _NOTICES | _AUDITOR,
    Action.EDIT_NOTICES: frozenset({Role.NOTICE_EDITOR}),
    Action.PUBLISH_NOTICES: frozenset({Role.NOTICE_PUBLISHER}),
    Action.SEE_POLICY: _OFFICER | _APPROVING | _AUDITOR | _ADMINISTRATOR,
    Action.DRAFT_POLICY: _OFFICER,
    Action.PUT_IN_FORCE: _APPROVING,
    Action.SEE_JOBS: _OFFICER | _ADMINISTRATOR,
    Action.SEE_PEOPLE: _ADMINISTRATOR | _AUDITOR | _APPROVING | {Role.SCHOOL_HEAD_OF_DATA},
    Action.KEEP_PEOPLE: _ADMINISTRATOR | {Role.SCHOOL_HEAD_OF_DATA},
    Action.AGREE_TO_ROLES: _ADMINISTRATOR | _APPROVING,
}


# What matters most: somebody proves again who they are before they do it, unless they just did.
PROVEN_AGAIN = frozenset(
    {
        Action.HAND_OVER,
        Action.APPROVE,
        Action.PUBLISH_NOTICES,
        Action.PUT_IN_FORCE,
        Action.SEE_PROTECTED_RECORDS,
        Action.KEEP_PEOPLE,
        Action.AGREE_TO_ROLES,
    }
)


def may(user: User, action: Action) -> bool:
    """Return whether one of the user's roles lets them do this."""
    return not MAY[action].isdisjoint(user.roles)
