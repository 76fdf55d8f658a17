"""Whether two records are of one child: what tells them apart, and two officers' word on it (C6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from consent.identities import merging
from consent.models import MergeAnswer, MergeProposal, Pupil
from consent.queries import lock_pupils
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.names import folded_name


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of information about two records, in words; `differs` as D `details-differ` compares."""

    label: str
    kept: str
    gone: str
    differs: bool


def compare(gone: Pupil, kept: Pupil) -> list[Line]:
    """What the roll says of both records, the forename first: it alone tells twins apart."""
    return [
        _names("First name", gone.forename, kept.forename),
        _names("Surname", gone.surname, kept.surname),
        _line("Date of birth", in_words(gone.born), in_words(kept.born)),
        _line("Sex", gone.sex, kept.sex),
        _line("School", gone.school.name, kept.school.name),
        _line("Year group", gone.year_group, kept.year_group),
        _names("Address", gone.address, kept.address),
        _names("Postcode", gone.postcode, kept.postcode),
        _names("Parent or carer", gone.parent_name, kept.parent_name),
        _line("On the roll", _on_roll(gone), _on_roll(kept)),
    ]


def needs_second(gone: Pupil, kept: Pupil) -> bool:
    """Whether anything but the UPN tells the records apart, so that one officer is not enough."""
    return any(each.differs for each in compare(gone, kept))


def waiting() -> QuerySet[MergeProposal]:
    """Proposals that nobody has answered and that can still be followed, oldest first; 1 query."""
    found = MergeProposal.objects.filter(
        answer=None,
        gone__in=Pupil.objects.standing(),
        kept__in=Pupil.objects.standing(),
    )
    return found.select_related("gone__school", "kept__school", "by").order_by("pk")


def waiting_for(user: User) -> QuerySet[MergeProposal]:
    """Those that this officer can agree to: another one's; 1 query."""
    return waiting().exclude(by=user)


def propose(gone: Pupil, kept: Pupil, *, reason: str, by: User, at: datetime) -> MergeProposal:
    """Asks a second officer whether two records are of one child.

    Raises NotNowError if they are asked already, or the records cannot be made one.
    """
    with transaction.atomic():
        lock_pupils([gone.pk, kept.pk])
        merging.check_can_merge(gone, kept)
        asked = waiting().filter(
            Q(gone=gone, kept=kept) | Q(gone=kept, kept=gone)  # whichever is to stay
        )
        if asked.exists():
            raise NotNowError("A second officer has been asked about these two records already.")
        proposal = MergeProposal.objects.create(gone=gone, kept=kept, reason=reason, at=at, by=by)
        log.append([_entry("merge-proposed", proposal, by=by, at=at)])
    return proposal


def check_agree(proposal: MergeProposal, *, by: User) -> None:
    """Raises NotNowError for whoever asked, or once it is answered."""
    _check_open(proposal)
    if proposal.by_id == by.pk:
        raise NotNowError("You asked for this, so another officer must agree.")


def agree(proposal: MergeProposal, *, by: User, at: datetime) -> int:
    """A second officer agrees, and the records become one; returns how many decisions were added
    to the one that stays. Raises NotNowError."""
    with transaction.atomic():
        # In the order of all locks: the roll before pupils. Two answers at once follow each other.
        locks.take(locks.Held.ROLL)
        lock_pupils([proposal.gone_id, proposal.kept_id])
        check_agree(proposal, by=by)
        MergeAnswer.objects.create(proposal=proposal, agrees=True, at=at, by=by)
        log.append([_entry("merge-agreed", proposal, by=by, at=at)])
        return merging.merge(
            proposal.gone,
            proposal.kept,
            reason=proposal.reason,
            by=proposal.by,
            at=at,
            agreed_by=by,
        )


def refuse(proposal: MergeProposal, *, note: str, by: User, at: datetime) -> None:
    """An officer says that they are two children, or takes back what they asked. Raises NotNowError."""
    with transaction.atomic():
        lock_pupils([proposal.gone_id, proposal.kept_id])
        _check_open(proposal)
        MergeAnswer.objects.create(proposal=proposal, agrees=False, note=note, at=at, by=by)
        log.append([_entry("merge-refused", proposal, by=by, at=at)])


def _check_open(proposal: MergeProposal) -> None:
    if MergeAnswer.objects.filter(proposal=proposal).exists():
        raise NotNowError("Another officer has answered this already.")


def _entry(event: str, proposal: MergeProposal, *, by: User, at: datetime) -> log.Body:
    return log.body(
        event,
        at=at,
        by=by,
        proposal=proposal.pk,
        person=str(proposal.kept.reference),
        gone=str(proposal.gone.reference),
    )


def _names(label: str, gone: str, kept: str) -> Line:
    return Line(label, kept, gone, folded_name(gone) != folded_name(kept))


def _line(label: str, gone: str, kept: str) -> Line:
    return Line(label, kept, gone, gone != kept)


def _on_roll(pupil: Pupil) -> str:
    return f"Left by {in_words(pupil.left_on)}" if pupil.left_on else "Yes"
