"""Schools, pupils and their contacts, and what people decide: each through its use case."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory
from stdnum.gb.upn import calc_check_digit

from consent.decisions.contacts import Contact
from consent.decisions.recording import record
from consent.letters import printing as letters
from consent.matching import matching
from consent.models import (
    Decision,
    LetterKind,
    LetterRun,
    OptOutRequest,
    Protection,
    ProtectionReason,
    Pupil,
    PupilUpn,
    RollContact,
    RollUpload,
    Scheme,
    School,
    Source,
    UnconfirmedOptOut,
)
from consent.online import requesting
from consent.protection.recording import protect
from consent.roll import desk as roll_desk
from consent.rules import DecidedBy
from notices.models import Purpose, Recipient
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.names import (
    folded_name,
    person_key,
)
from tests.example import NOON
from tests.factories.ground import OfficerFactory, file_of
from tests.rolls import pupil_row, roll_of


def upn_of(number: int) -> str:
    """Return a valid UPN, another for each number."""
    body = f"3594001{number:05}"
    return calc_check_digit(body) + body


def scheme_of(code: str = "connexions") -> Scheme:
    """Return the scheme of the example's policy with this code."""
    return Scheme.objects.get(code=code)


class SchoolFactory(DjangoModelFactory[School]):
    """Create Example High School, or the school with another URN; one there is already is taken."""

    class Meta:
        model = School
        django_get_or_create = ("urn",)

    urn = "990001"
    name = LazyAttribute(
        lambda school: "Example High School" if school.urn == "990001" else "Other School"
    )


class PupilFactory(DjangoModelFactory[Pupil]):
    """Put a pupil on the roll: Ella Barlow of Example High School, aged 14, under a number of her own.

    `upn` is the present number, `former` are those she had.
    """

    class Meta:
        model = Pupil

    surname = "Barlow"
    forename = "Ella"
    surname_folded = LazyAttribute(lambda pupil: folded_name(pupil.surname))
    forename_folded = LazyAttribute(lambda pupil: folded_name(pupil.forename))
    born = date(2012, 5, 5)
    sex = "F"
    school = SubFactory(SchoolFactory)
    year_group = "9"
    parent_name = "Ben Barlow"
    upn = Sequence(upn_of)
    former: tuple[str, ...] = ()

    @classmethod
    def _create(cls, model_class: type[Pupil], *args: Any, **fields: Any) -> Pupil:
        upn, former = fields.pop("upn"), fields.pop("former")
        pupil: Pupil = Pupil.objects.create(**fields)
        numbers = [PupilUpn(upn=upn, pupil=pupil, present=True)]
        numbers += [PupilUpn(upn=number, pupil=pupil, present=False) for number in former]
        PupilUpn.objects.bulk_create(numbers)
        return pupil


class ContactFactory(DjangoModelFactory[RollContact]):
    """Name another person with parental responsibility for a pupil, as a CTF file does."""

    class Meta:
        model = RollContact

    pupil = SubFactory(PupilFactory)
    place = Sequence(lambda number: number + 1)
    name = "Ali Khan"
    email = "ali@example.org"


class DecisionFactory(DjangoModelFactory[Decision]):
    """Record a decision: a parent's opt-out from Connexions, received and known at noon.

    `days` says instead how many days from noon it was received. `scheme` can be its code. A `channel` of "import" gives it a
    key of its own.
    """

    class Meta:
        model = Decision

    class Params:
        days = 0

    pupil = SubFactory(PupilFactory)
    scheme: Any = LazyFunction(scheme_of)
    choice = "opt-out"
    by = "parent"
    person_name = "Ben Barlow"
    person_key = LazyAttribute(lambda decision: person_key(decision.person_name))
    channel = "online"
    received_at = LazyAttribute(lambda decision: NOON + timedelta(days=decision.days))
    recorded_at = NOON
    import_key = LazyAttribute(
        lambda decision: uuid4().hex if decision.channel == "import" else None
    )

    @classmethod
    def _create(cls, model_class: type[Decision], *args: Any, **fields: Any) -> Decision:
        if isinstance(fields["scheme"], str):
            fields["scheme"] = scheme_of(fields["scheme"])
        decision = Decision(**fields)
        record([decision], by=decision.recorded_by, at=decision.recorded_at)
        return decision


class ObjectionFactory(DecisionFactory):
    """Record a parent's objection to the analyses of FFT."""

    scheme = None
    choice = "objection"
    recipient = LazyFunction(lambda: Recipient.objects.get(code="fft"))
    purpose = LazyFunction(lambda: Purpose.objects.get(code="performance-analysis"))


class SubmissionFactory(DjangoModelFactory[Any]):
    """What a parent fills in online about Ella Barlow, to opt out of Connexions."""

    class Meta:
        abstract = True

    scheme = LazyFunction(scheme_of)
    by = DecidedBy.PARENT
    forename = "Ella"
    surname = "Barlow"
    born = date(2012, 5, 5)
    school = SubFactory(SchoolFactory)
    other_school = ""
    person_name = "Ben Barlow"
    relation = "Father"
    email = "ben@example.org"
    phone = ""
    received_at = NOON

    @classmethod
    def _receive(cls, fields: dict[str, Any]) -> str:
        """Send the form; return its reference."""
        scheme, at = fields.pop("scheme"), fields.pop("received_at")
        answers = requesting.OnlineAnswers(**fields)
        return requesting.receive(scheme.matter, answers, submission=uuid4(), at=at)


class UnconfirmedFactory(SubmissionFactory):
    """Send an opt-out online, whose link waits in a mail."""

    class Meta:
        model = UnconfirmedOptOut

    @classmethod
    def _create(
        cls, model_class: type[UnconfirmedOptOut], *args: Any, **fields: Any
    ) -> UnconfirmedOptOut:
        return UnconfirmedOptOut.objects.get(reference=cls._receive(fields))


class RequestFactory(SubmissionFactory):
    """Send an opt-out online and confirm it by the link of its mail; then its pupil is looked for.

    With `matched` false the job that looks for the pupil has not run.
    """

    class Meta:
        model = OptOutRequest

    matched = True

    @classmethod
    def _create(cls, model_class: type[OptOutRequest], *args: Any, **fields: Any) -> OptOutRequest:
        at, matched = fields["received_at"], fields.pop("matched")
        letter = Message.objects.get(key=f"opt-out-confirm/{cls._receive(fields)}")
        token = letter.text.split("/opt-out/confirm/")[1].split("/")[0]
        request = requesting.confirm(token, at=at)
        if matched:
            matching.match_all_confirmed(at=at)
        return request


class LetterRunFactory(DjangoModelFactory[LetterRun]):
    """Have letters with codes printed for `pupils`, all of one school, who may choose.

    `to_name` addresses the letter to this parent. The PDF waits for `asked_by`; with `printed` false
    the job that makes it has not run.
    """

    class Meta:
        model = LetterRun

    pupils = LazyFunction(lambda: [PupilFactory.create()])
    scheme = LazyFunction(scheme_of)
    kind = LetterKind.CHOICE
    language = ""
    to_name = ""
    asked_by = SubFactory(OfficerFactory)
    asked_at = NOON
    printed = True

    @classmethod
    def _create(cls, model_class: type[LetterRun], *args: Any, **fields: Any) -> LetterRun:
        pupils, to_name, at = fields["pupils"], fields["to_name"], fields["asked_at"]
        run = letters.ask(
            LetterRun(
                school=pupils[0].school,
                scheme=fields["scheme"],
                kind=fields["kind"],
                pupils=[pupil.pk for pupil in pupils],
                language=fields["language"],
            ),
            to=Contact(to_name, "", "x") if to_name else None,
            by=fields["asked_by"],
            at=at,
        )
        if fields["printed"]:
            letters.create(run.pk, at=at)
            run.refresh_from_db()
            assert run.state == LetterRun.State.READY, run.why
        return run


class RollUploadFactory(DjangoModelFactory[RollUpload]):
    """Upload a roll, whose check is a job that has not run."""

    class Meta:
        model = RollUpload

    content = roll_of(pupil_row())
    whole = False
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(cls, model_class: type[RollUpload], *args: Any, **fields: Any) -> RollUpload:
        with file_of(fields.pop("content"), "roll.csv") as path:
            return roll_desk.upload(path, name=path.name, **fields)


class ProtectionFactory(DjangoModelFactory[Protection]):
    """Protect a pupil, as an officer does who does not say since when."""

    class Meta:
        model = Protection

    pupil = SubFactory(PupilFactory)
    since = None
    reason = ProtectionReason.SAFE_ADDRESS
    source = Source.OFFICER
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(cls, model_class: type[Protection], *args: Any, **fields: Any) -> Protection:
        protection = protect(fields.pop("pupil"), **fields)
        protection.pupil.refresh_from_db()
        return protection
