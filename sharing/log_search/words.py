"""Every kind of event of the log in words, by the group that people look for it in.

A kind is never taken away: entries of it stay. A metatest holds this list to the code that writes entries.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Event(NamedTuple):
    """A kind of event: its group, and what happened, beginning with a capital letter."""

    group: str
    text: str


_GROUPS: Mapping[str, Mapping[str, str]] = {
    "Looks and downloads": {
        "pupil-opened": "Opened a pupil’s page",
        "pupils-listed": "Saw pupils in a list",
        "opt-out-opened": "Opened an online opt-out and the pupils it may be about",
        "protected-details-opened": "Saw where a protected pupil lives, and said why",
        "file-downloaded": "Downloaded a file",
        "school-file": "Downloaded a school’s choices",
        "school-figures-file": "Downloaded the figures of schools",
        "requests-exported": "Downloaded the requests for information",
        "letters-taken": "Downloaded letters",
        "request-letter": "Downloaded a letter about a request for information",
        "recall-letter": "Downloaded a recall letter",
    },
    "Signing in": {
        "signed-in": "Signed in",
        "sign-in-failed": "Sign-in failed",
        "sessions-ended": "Ended sessions in other browsers",
        "new-browser": "Signed in with a new browser",
        "password-changed": "Changed the password",
        "app-connected": "Connected an authenticator app",
        "app-replaced": "Replaced an authenticator app",
        "app-removed": "Disconnected an authenticator app",
        "codes-made": "Made new recovery codes",
        "recovery-code-used": "Used a recovery code",
        "passkey-added": "Added a passkey",
        "passkey-removed": "Removed a passkey",
        "single-sign-on-connected": "Connected single sign-on",
        "single-sign-on-disconnected": "Disconnected single sign-on",
        "factors-reset": "Reset someone’s second step",
    },
    "People who sign in": {
        "person-added": "Added a person who signs in",
        "person-renamed": "Changed a person’s name",
        "person-deactivated": "Deactivated a person",
        "person-reactivated": "Reactivated a person",
        "roles-proposed": "Proposed roles for a person",
        "roles-changed": "Changed a person’s roles",
        "roles-agreed": "Agreed to roles of a person",
        "roles-declined": "Declined roles of a person",
        "roles-withdrawn": "Withdrew proposed roles",
        "schools-changed": "Changed a person’s schools",
        "protected-records-lead": "Changed who leads on protected records",
        "link-sent-again": "Sent a person their first link again",
        "digest-setting-changed": "Turned their daily email of tasks on or off",
    },
    "Choices of families": {
        "opt-out-received": "An online opt-out was received",
        "code-used": "An opt-out or opt-in was sent with the code of a letter",
        "opt-out-matched": "Matched an online opt-out to a pupil",
        "opt-out-asked": "Asked the sender of an online opt-out to contact us",
        "opt-out-passed": "Passed on an online opt-out",
        "opt-out-not-found": "Closed an online opt-out with no match",
        "opt-out-refused": "Rejected an online opt-out",
        "decision-recorded": "Recorded a choice",
        "decision-invalid": "Marked a choice as invalid",
        "decision-verified": "An opt-in was verified",
        "decision-acknowledged": "Confirmed a choice as entered in the school’s system",
        "contact-told": "Told a person on record about an opt-in",
        "opt-in-meeting": "Met the person who opts in",
        "second-look": "Checked a record against the paper form",
        "opt-outs-imported": "Imported choices",
    },
    "Objections": {
        "objection-upheld": "Upheld an objection",
        "objection-grounds": "Did not uphold an objection: compelling grounds to keep sharing",
        "objection-withdrawn": "Recorded that an objection was withdrawn",
        "objection-told": "Told a person the decision on their objection",
    },
    "Letters": {
        "letters-asked": "Asked for letters",
        "letters-printed": "Letters were made",
    },
    "Keeping and erasing": {
        "details-erased": "Details that name somebody were erased",
        "hold-placed": "Held a pupil’s details, so that they are not erased",
        "hold-ended": "Ended a hold",
        "erasure-proposed": "Asked to erase a pupil’s details",
        "erasure-agreed": "Agreed to erase a pupil’s details",
        "erasure-refused": "Did not agree to erase a pupil’s details",
    },
    "Protected pupils and deaths": {
        "pupil-protected": "Protected a pupil",
        "protection-ending-proposed": "Asked to end a protection",
        "protection-ended": "Agreed to end a protection",
        "protection-kept": "Kept a protection that somebody asked to end",
        "pupil-died": "Recorded a death",
        "death-withdrawn": "Withdrew the record of a death",
        "pupil-news-seen": "Marked news about pupils as seen",
    },
    "Pupil records": {
        "roll-uploaded": "Uploaded a school roll",
        "roll-reading-chosen": "Said how to read a school roll",
        "roll-imported": "Imported a school roll",
        "roll-thrown-away": "An uploaded school roll was deleted",
        "schools-imported": "Imported the register of schools",
        "identity-confirmed": "Confirmed that a changed record is the same pupil",
        "same-child-asked": "Two records may be the same pupil",
        "same-child-answered": "Answered whether two records are the same pupil",
        "merge-proposed": "Proposed to merge two records",
        "merge-agreed": "Agreed to merge two records",
        "merge-refused": "Refused to merge two records",
        "pupils-merged": "Merged two records",
        "pupils-parted": "Separated two records that were merged",
        "move-waits": "A pupil’s move waits for an answer",
        "move-confirmed": "Confirmed a pupil’s move",
        "move-refused": "Refused a pupil’s move",
        "move-overtaken": "A pupil’s move was overtaken by another import",
        "move-withdrawn": "A pupil’s move was withdrawn: no longer on the school’s roll",
        "move-refusal-seen": "Marked refused moves as seen",
    },
    "Subject access": {
        "list-requested": "Asked to give out the list about a protected pupil",
        "list-agreed": "Agreed to give out the list about a protected pupil",
        "list-refused": "Refused to give out the list about a protected pupil",
        "disclosure-restricted": "Restricted what the family can see of a disclosure",
    },
    "Agreements and organisations": {
        "agreement-drafted": "Created a draft of an agreement",
        "agreement-changed": "Changed a draft of an agreement",
        "agreement-discarded": "Deleted a draft of an agreement",
        "agreement-imported": "Imported an agreement that was signed elsewhere",
        "agreement-signed": "Recorded an agreement as signed",
        "agreement-suspended": "Suspended an agreement",
        "agreement-lifted": "Lifted a suspension of an agreement",
        "agreement-terminated": "Terminated an agreement",
        "lawful-basis-confirmed": "Confirmed the lawful basis of an agreement",
        "assurance-recorded": "Recorded a registration or certificate of an organisation",
        "assurance-withdrawn": "Withdrew a registration or certificate of an organisation",
    },
    "Releases": {
        "extract-uploaded": "Uploaded an extract to check",
        "extract-reading-chosen": "Said how to read an extract",
        "headings-assigned": "Said what the columns of an extract are",
        "extract-deleted": "An extract was deleted",
        "release-approved": "Approved a release as second officer",
        "release-returned": "Sent a release back",
        "release-released": "Released a file",
        "release-expired": "A release expired before it was downloaded",
        "release-void": "A release was cancelled: the rules changed",
        "row-permitted": "Allowed a row about a protected pupil",
        "release-defined": "Saved what a file from pupil records holds",
        "release-redefined": "Changed what a file from pupil records holds",
        "release-undefined": "Deleted what a file from pupil records holds",
        "counts-void": "A table of counts was cancelled: the rules changed",
        "counts-warnings-meant": "Confirmed the warnings about a table of counts",
    },
    "Disclosures": {
        "disclosure": "Shared or received information",
        "disclosure-question": "Asked a question about a disclosure",
        "disclosure-answer": "Answered a question about a disclosure",
        "register-month-published": "Published a month in the public register",
        "refusal": "Sharing was refused",
        "hand-over-undone": "A file was logged as shared, but nothing was sent",
        "cover-sheet": "A cover sheet was made",
        "disclosure-signed-off": "Signed off a disclosure",
        "override-confirmed": "Agreed to a release despite an opt-out",
        "override-contested": "Challenged a release despite an opt-out",
        "override-raised": "A release despite an opt-out was reported to the auditor",
        "destruction-reminded": "An organisation was reminded to delete information",
        "destruction-confirmed": "Recorded that an organisation deleted information",
    },
    "Amendments": {
        "amendment-due": "An amendment is due: something that was shared has changed",
        "amendment-lapsed": "An amendment was no longer needed",
        "amendment-asked": "An organisation was sent an amendment",
        "amendment-reminded": "An organisation was reminded of an amendment",
        "amendment-raised": "Officers were told that an amendment is overdue",
        "amendment-acknowledged": "An organisation confirmed an amendment",
    },
    "Incidents and recalls": {
        "incident-opened": "Opened an incident",
        "incident-assessed": "Assessed the risk of an incident",
        "incident-ico-told": "Told the ICO about an incident",
        "incident-ico-not-told": "Decided that the ICO does not need to be told",
        "incident-people-told": "Told people about an incident",
        "incident-people-not-told": "Decided that people do not need to be told",
        "incident-recalled": "Recorded that information was recalled",
        "incident-note": "Added a note to an incident",
        "incident-closed": "Closed an incident",
        "disclosure-late": "Information was shared after an opt-out was received",
        "recall-sent": "Sent a recall letter",
        "recall-reminded": "Sent a reminder of a recall",
        "recall-confirmed": "An organisation confirmed a recall",
    },
    "Requests for information": {
        "request-received": "Recorded a request for information",
        "request-changed": "Changed a request for information",
        "request-decided": "Decided a request for information",
        "request-decision-answered": "Answered a decision as second officer",
        "request-step": "Recorded a step of a request for information",
    },
    "Privacy notices": {
        "notice-draft-changed": "Changed a draft of a privacy notice",
        "notice-published": "Published a privacy notice",
        "notice-withdrawn": "Withdrew a privacy notice",
    },
    "Corrections and complaints": {
        "report-received": "A correction or complaint was received",
        "report-opened": "Opened a correction or complaint",
        "report-taken": "Took a correction or complaint",
        "report-note": "Added a note to a correction or complaint",
        "report-told": "Sent an update on a correction or complaint",
        "report-answered": "Answered a correction or complaint",
        "report-reopened": "Reopened a correction or complaint",
        "report-erased": "A correction or complaint was erased",
    },
    "Policy": {
        "policy-drafted": "Drafted a change to the policy",
        "policy-in-force": "Put a change to the policy in force",
        "policy-sent-back": "Sent back a change to the policy",
        "policy-withdrawn": "Withdrew a change to the policy",
        "policy-imported": "Imported a policy file",
        "policy-content": "Recorded what the policy says since then",
    },
    "Safety of the service": {
        "log-checked": "The whole log was checked",
        "control-run": "The nightly control ran",
        "resumption-proposed": "Asked to let files go again",
        "resumption-refused": "Refused to let files go again",
        "hand-overs-resumed": "Let files go again",
        "virus-refused": "A file was refused: it holds a virus",
        "mail-discarded": "Deleted an email that was not sent",
    },
}

EVENTS: Mapping[str, Event] = {
    kind: Event(group, text) for group, kinds in _GROUPS.items() for kind, text in kinds.items()
}
GROUPS: Mapping[str, tuple[str, ...]] = {group: tuple(kinds) for group, kinds in _GROUPS.items()}
# A look at the page of a pupil or at a list with them in it, or a file about them.
LOOKS = GROUPS["Looks and downloads"]

# What a file that was downloaded is, by the code in its entry.
FILES: Mapping[str, str] = {
    "decision": "the decision about an extract",
    "rows": "the rows of an extract and how each was decided",
    "disclosures": "the disclosure log",
    "again": "how a past decision differs when it is checked again",
    "log": "entries of the log",
    "proof": "the proof of an entry of the log",
    "figures": "a table of figures",
}


def in_words(event: str) -> str:
    """Return what happened; a kind that has no words as it is written in the log."""
    return EVENTS[event].text if event in EVENTS else event
