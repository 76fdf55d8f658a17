"""Requests for data are decided: to share all, some or nothing, and by a second officer where the harm of
a mistake is greatest (Q1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from consent.queries import lock_with_others
from consent.rules import seen_now
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.errors import NotNowError
from sharing import request_rules as rules
from sharing.disclosures import request_entries as entries
from sharing.models import (
    DataRequest,
    DecidedPupil,
    DecisionAnswer,
    Override,
    RequestDecision,
    RequestDetails,
)
from sharing.requests import queries, standings
from sharing.requests.receiving import CHANGED_MEANWHILE, lock
from sharing.rules import Outcome

NEEDS = {
    rules.Need.ASKER: "who asks, and for which organisation",
    rules.Need.CONTACT: "how they can be reached",
    rules.Need.CHECK: "how you checked who asks",
    rules.Need.PEOPLE: "who it is about",
    rules.Need.INFORMATION: "what they ask for",
    rules.Need.PURPOSE: "what they need it for",
    rules.Need.POWER: "the legal power",
    rules.Need.NECESSITY: "why this much is necessary",
    rules.Need.CONDITION: "the condition for special category data",
    rules.Need.VIEW: "the data protection officer’s view",
}
RULES_CHANGED = (
    "What the rules say about these pupils has changed since you opened the page. Check it again."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an officer chose: for each pupil (by id) a choice by its code, which items go, and in words
    what else. Without `share` nothing goes. `harmful` is the harm test of section 16LA, None where it
    was not asked."""

    share: bool
    reasons: str
    choices: Mapping[int, str]
    items: Sequence[str] = ()
    words: str = ""
    others: int = 0
    harmful: bool | None = None
    harm_words: str = ""
    ground: str = ""


def missing(details: RequestDetails) -> list[rules.Need]:
    """Return what has to be known before information is shared; 2 queries."""
    pupils = details.pupils.count()
    return rules.missing(queries.facts_of(details, standings.special_items(), pupils))


def check_can_decide(request: DataRequest) -> None:
    """Raise NotNowError, with the reason, unless the request waits for a decision; 3 queries."""
    if queries.is_withdrawn(request):
        raise NotNowError("This request was withdrawn.")
    decision = queries.standing_decision(request)
    if decision is not None and decision.applies:
        raise NotNowError("This request is already decided.")
    if decision is not None:
        raise NotNowError("A decision already waits for a second officer.")


def decide(
    request: DataRequest, chosen: Chosen, *, seen: int, by: User, at: datetime
) -> RequestDecision:
    """Decide on a request by its details with the number `seen`; the log names pupils by reference.

    What the rules say is asked again under lock. Raises NotNowError where something has to be known
    first, where a rule withholds what was chosen, and where another officer was faster.
    """
    with transaction.atomic():
        lock(request)
        check_can_decide(request)
        details = _seen_details(request, seen)
        pupils = queries.pupils_of(details)
        _check_chosen(details, chosen)
        loaded = _loaded_under_lock(details, [pupil.pk for pupil in pupils], chosen.items, at)
        options = {
            pupil.pk: _option(loaded, pupil.pk, chosen) if chosen.share else None
            for pupil in pupils
        }
        decision = _stored(request, details, chosen, options, loaded, by=by, at=at)
        entries.log_decided(decision)
    return decision


def _seen_details(request: DataRequest, seen: int) -> RequestDetails:
    details = queries.details_of(request.pk)
    assert details is not None  # a request is recorded with details
    if details.number != seen:
        raise NotNowError(CHANGED_MEANWHILE)
    return details


def _check_chosen(details: RequestDetails, chosen: Chosen) -> None:
    """Raise NotNowError where what was chosen cannot be decided, whatever the pupils."""
    if details.power == rules.Power.SECTION_16LA and chosen.harmful is None:
        raise NotNowError(
            "Section 16LA asks whether sharing would harm the child more than not sharing."
        )
    if not chosen.share:
        return
    if chosen.harmful:
        raise NotNowError("If sharing would harm the child more, the information is not shared.")
    if needs := missing(details):
        raise NotNowError(f"Before you can share, enter: {'; '.join(NEEDS[n] for n in needs)}.")
    if not set(chosen.items) <= set(details.items) or chosen.others > details.others:
        raise NotNowError("You can only share what they ask for.")
    if not chosen.items and not chosen.words:
        raise NotNowError("Select what information to share.")


def _loaded_under_lock(
    details: RequestDetails, pupils: Sequence[int], items: Sequence[str], at: datetime
) -> standings.Loaded:
    locks.share(locks.Area.POLICY)
    locks.share(locks.Area.ROLL)
    lock_with_others(pupils)
    return standings.load(details, pupils, items, on=day_of(at), seen=seen_now(at))


def _option(loaded: standings.Loaded, pupil: int, chosen: Chosen) -> rules.Option:
    """Return the option that was chosen for a pupil. Raises NotNowError if the rules withhold it."""
    choice = choice_of(chosen.choices.get(pupil, rules.NOTHING.code))
    option = loaded.chosen(pupil, choice, chosen.items, words=bool(chosen.words))
    withheld = option.decision.outcome is Outcome.WITHHELD
    if choice.shared and (withheld or not (option.items or chosen.words)):
        raise NotNowError(RULES_CHANGED)
    return option


def _stored(
    request: DataRequest,
    details: RequestDetails,
    chosen: Chosen,
    options: Mapping[int, rules.Option | None],
    loaded: standings.Loaded,
    *,
    by: User,
    at: datetime,
) -> RequestDecision:
    goes = {
        pupil: option
        for pupil, option in options.items()
        if option is not None and option.choice.shared
    }
    others = chosen.others if chosen.share else 0
    special = details.special_category or bool(set(chosen.items) & loaded.special_items)
    second = rules.second_reasons(
        [(loaded.standings[pupil], option.choice) for pupil, option in goes.items()],
        special_category=special,
        others=others,
        view=details.view,
        maybe_listed=loaded.maybe_listed,
    )
    if chosen.share and not goes and not others:
        raise NotNowError("Select about whom to share information, or choose not to share.")
    despite = rules.SecondReason.OPTED_OUT in second
    if despite and chosen.ground not in Override.Ground.values:
        raise NotNowError("Select why you share despite an opt-out.")
    kind = rules.kind_of(
        wanted=details.items,
        pupils=len(options),
        others=details.others,
        chosen=[option.items for option in goes.values()],
        others_chosen=others,
        words_wanted=bool(details.words),
        words_chosen=bool(chosen.words),
    )
    decision = RequestDecision.objects.create(
        request=request,
        details=details,
        number=request.decisions.count() + 1,
        kind=kind,
        reasons=chosen.reasons,
        items=list(chosen.items) if chosen.share else [],
        words=chosen.words if chosen.share else "",
        others=others,
        harmful=chosen.harmful,
        harm_words=chosen.harm_words,
        override_ground=chosen.ground if despite else "",
        second_reasons=[reason.value for reason in second],
        at=at,
        by=by,
    )
    DecidedPupil.objects.bulk_create(
        DecidedPupil(
            decision=decision,
            pupil_id=pupil,
            choice=option.choice.code if option else rules.NOTHING.code,
            items=list(option.items) if option else [],
            reason=(option.decision.reason or "") if option else "",
            elsewhere=sorted(loaded.standings[pupil].elsewhere) if pupil in goes else [],
        )
        for pupil, option in options.items()
    )
    return decision


def check_can_answer(decision: queries.DecisionRow, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may answer as the second officer."""
    if decision.answer is not None or not decision.decision.second_reasons:
        raise NotNowError("This decision does not wait for a second officer.")
    if decision.decision.by_id == user.pk:
        raise NotNowError("You decided this, so another officer must agree.")


def answer(
    request: DataRequest, *, agrees: bool, note: str, number: int, by: User, at: datetime
) -> DecisionAnswer:
    """Agree to the decision with this number as a second officer, or send it back.

    Raises NotNowError for one's own decision, one that is answered, and where the rules now withhold
    something that it shares.
    """
    with transaction.atomic():
        lock(request)
        row = queries.standing_decision(request)
        if row is None or row.decision.number != number or queries.is_withdrawn(request):
            raise NotNowError("This decision does not wait for a second officer.")
        check_can_answer(row, by)
        if agrees:
            _check_still_so(row.decision, at)
        given = DecisionAnswer.objects.create(
            decision=row.decision, agrees=agrees, note=note, at=at, by=by
        )
        entries.log_answered(given)
    return given


def _check_still_so(decision: RequestDecision, at: datetime) -> None:
    """Raise NotNowError if by now the rules give less of a pupil than was decided, or an opt-out or
    objection is in force that was not then."""
    rows = list(decision.pupils.all())
    records = queries.records_of(rows)
    loaded = _loaded_under_lock(decision.details, list(records.values()), decision.items, at)
    for row in rows:
        choice = choice_of(row.choice)
        now = loaded.option(records[row.pupil_id], choice, decision.items)
        withheld = now.decision.outcome is Outcome.WITHHELD or loaded.knows_more(
            records[row.pupil_id], row
        )
        if choice.shared and (withheld or set(row.items) - set(now.items)):
            raise NotNowError(
                "What the rules say about a pupil has changed since this was decided. Send it back."
            )


def choice_of(code: str) -> rules.Choice:
    """Return the choice with this code. Raises NotNowError if there is none."""
    if code not in rules.CHOICES:
        raise NotNowError(RULES_CHANGED)
    return rules.CHOICES[code]
