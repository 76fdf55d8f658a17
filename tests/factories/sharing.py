"""Agreements, releases and disclosures, each made by the verbs that officers use."""

from datetime import timedelta
from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from sharing.agreements import signing
from sharing.agreements.part import AgreementPart
from sharing.agreements.signing import Side
from sharing.agreements.storing import dump_version
from sharing.models import AgreementVersion, Disclosure, Release
from sharing.releases import (
    checking,
    desk,
    headings,
)
from sharing.releases.handing_over import HandOver, hand_over
from sharing.releases.request import Request
from tests.example import DAY, NOON, UPN
from tests.factories.ground import OfficerFactory, file_of

PDF = b"%PDF-1.7\nsigned\n%%EOF\n"
EXTRACT = f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n"
# For each side the name and role of who signs, for the council first.
SIGNATORIES = (("Dana Director", "Director"), ("Hal Head", "Head"))


class AgreementDraftFactory(DjangoModelFactory[AgreementVersion]):
    """Write a complete agreement that nobody has signed: UPN and sex to FFT for a year from today.

    Takes any term of `AgreementPart`.
    """

    class Meta:
        model = AgreementVersion

    reference = Sequence(lambda number: f"NEW-{number}")
    version = 1
    title = "A new agreement"
    recipient = "fft"
    audience = "pupil"
    kind = "controller-to-controller"
    form = "named"
    purposes = ("performance-analysis",)
    items = ("pupil.upn", "pupil.sex")
    schools = "all"
    starts = DAY
    ends = DAY + timedelta(days=365)
    signed_on = None
    terminated_on = None
    suspensions = ()
    lawful_basis = "UK GDPR Article 6(1)(e)"
    legal_gateway = "None is needed."
    special_category_condition = ""
    retention_months = 12
    threshold = 5
    review_on = DAY + timedelta(days=300)
    roles = "Both are controllers."
    contact_name = "Data"
    contact_email = "data@example.org"
    benefit = "Fair targets."
    access = "Two analysts."
    transfer = "By download."
    sent_by = "zip"
    security = "Locked away."
    deletion = "Shredded."
    rights = "The council answers."
    at_end = "Gone."
    signs_for_council = "Director"
    signs_for_recipient = "Head"
    dpia_reference = "DPIA-1"
    dpia_outcome = "no-high-risk"
    dpo_view = "agrees"
    dpo_on = DAY - timedelta(days=9)
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(
        cls, model_class: type[AgreementVersion], *args: Any, **terms: Any
    ) -> AgreementVersion:
        by, at = terms.pop("by"), terms.pop("at")
        for name in ("purposes", "items", "suspensions"):
            terms[name] = list(terms[name])
        return signing.start(AgreementPart(**terms), by=by, at=at)


class AgreementFactory(AgreementDraftFactory):
    """Write an agreement and have both sides sign it today, so that it is in force."""

    @classmethod
    def _create(
        cls, model_class: type[AgreementVersion], *args: Any, **terms: Any
    ) -> AgreementVersion:
        version = super()._create(model_class, *args, **terms)
        council, recipient = (Side(name, role, DAY) for name, role in SIGNATORIES)
        signing.sign(
            version.pk,
            council=council,
            recipient=recipient,
            document=PDF,
            seen=signing.token_of(dump_version(version)),
            by=terms["by"],
            at=terms["at"],
        )
        version.refresh_from_db()
        return version


# What an upload takes besides the request.
OPTIONS = ("at", "pasted", "definition")


class ReleaseFactory(DjangoModelFactory[Release]):
    """Upload an extract at the desk and check it: Ella's telephone number for Connexions.

    `assigned` says what stands under headings that no item has; the rest of those is left out. With
    `checked` false the job that checks it has not run.
    """

    class Meta:
        model = Release

    content = EXTRACT
    name = "extract.csv"
    agreement = "WIG-CNX"
    purpose = "careers-guidance"
    reference = ""
    assigned: dict[str, str] = {}
    checked = True
    by = SubFactory(OfficerFactory)
    at = NOON

    @classmethod
    def _create(cls, model_class: type[Release], *args: Any, **fields: Any) -> Release:
        content, assigned, checked = (fields.pop(key) for key in ("content", "assigned", "checked"))
        with file_of(content, fields["name"]) as path:
            options = {name: fields[name] for name in OPTIONS if name in fields}
            known = {name: value for name, value in fields.items() if name not in OPTIONS}
            release = desk.upload(Request(path, **known), **options)
        if release.state == Release.State.MATCHING:
            headings.assign(release.pk, assigned, by=fields["by"], at=fields["at"])
        if checked:
            checking.check(release.pk, at=fields["at"])
        release.refresh_from_db()
        return release


class ReadyReleaseFactory(ReleaseFactory):
    """Upload, check and let go an extract, which waits to be downloaded."""

    @classmethod
    def _create(cls, model_class: type[Release], *args: Any, **fields: Any) -> Release:
        release = super()._create(model_class, *args, **fields)
        desk.release(release.pk, by=fields["by"], at=fields["at"])
        release.refresh_from_db()
        return release


class DisclosureFactory(DjangoModelFactory[Disclosure]):
    """Hand an extract over, which is logged: Ella's telephone number to Connexions.

    `days` from noon it went; the file itself is gone.
    """

    class Meta:
        model = Disclosure

    content = EXTRACT
    agreement = "WIG-CNX"
    purpose = "careers-guidance"
    by = SubFactory(OfficerFactory)
    days = 0

    @classmethod
    def _create(cls, model_class: type[Disclosure], *args: Any, **fields: Any) -> Disclosure:
        return handed_over(**fields).disclosure


def handed_over(
    content: str | bytes = EXTRACT,
    *,
    by: Any,
    agreement: str = "WIG-CNX",
    purpose: str = "careers-guidance",
    days: float = 0,
    **more: Any,
) -> HandOver:
    """Hand an extract over, so many days from noon; the permitted file is gone afterwards."""
    at = NOON + timedelta(days=days)
    with file_of(content, "extract.csv") as path:
        done = hand_over(Request(path, path.name, agreement, purpose, by), clock=lambda: at, **more)
    if done.file:
        done.file.unlink()
    return done
