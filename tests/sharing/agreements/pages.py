"""Pages on which an agreement is written and signed."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sharing import rules
from sharing.agreements.signing import token_of
from sharing.agreements.views import get_agreement, get_version, part_of
from sharing.deciding import policy
from tests.databases import as_in_a_test
from tests.example import DAY, NOON
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import PDF
from tests.forms import day_fields

TEXTS = {
    "purpose": {"purposes": ["performance-analysis"], "benefit": "Fair targets."},
    "items": {"form": "named", "items": ["pupil.upn", "pupil.sex"]},
    "law": {"lawful_basis": "UK GDPR Article 6(1)(e)", "legal_gateway": "None is needed."},
    "handling": {"access": "x", "transfer": "x", "sent_by": "zip", "security": "x"},
    "keeping": {"retention_months": "12", "deletion": "Shredded."},
    "rights": {"rights": "The council answers."},
    "signatories": {"signs_for_council": "Director", "signs_for_recipient": "Head"},
}

ASSESSMENT = {
    "dpia_reference": "DPIA-1",
    "dpia_outcome": "no-high-risk",
    "dpo_view": "agrees",
    **day_fields("dpo_on", DAY - timedelta(days=9)),
}

START = {
    "reference": "NEW-1",
    "title": "A new agreement",
    "recipient": "fft",
    "audience": "pupil",
    "kind": "controller-to-controller",
    "form": "named",
    **day_fields("starts", DAY),
    **day_fields("ends", DAY + timedelta(days=365)),
}


def made_signed():
    """Store for good an agreement that was written and signed; returns the address of its version."""
    with as_in_a_test(NOON - timedelta(minutes=5)):
        client = Client()
        client.force_login(OfficerFactory(email="officer@example.org"))
        draft = client.post("/staff/agreements/new/", START).url
        complete(client, draft)
        assert post_signatures(client, draft).status_code == 302
        return draft


def seen(client, address):
    page = client.get(address).text
    return page.split('name="seen" value="')[1].split('"')[0]


def edit(client, draft, section, **fields):
    """Posts a section as its form does; to open the form first takes longer."""
    agreement, number = draft.strip("/").split("/")[-2:]
    part = part_of(get_version(get_agreement(int(agreement)), int(number)))
    return client.post(f"{draft}edit/{section}/", {"seen": token_of(part), **fields})


def complete(client, draft):
    for section, fields in TEXTS.items():
        assert edit(client, draft, section, **fields).status_code == 302, section
    parties = {name: START[name] for name in ("title", "recipient", "audience", "kind")}
    contact = {"roles": "Both.", "contact_name": "Data", "contact_email": "data@example.org"}
    assert edit(client, draft, "parties", **parties, **contact).status_code == 302
    assess(client, draft)
    dates = {name: START[name] for name in START if name.startswith(("starts", "ends"))}
    review = day_fields("review_on", DAY + timedelta(days=300))
    assert edit(client, draft, "dates", **dates, **review, at_end="Gone.").status_code == 302


def assess(client, draft, **changes):
    page = edit(client, draft, "assessment", **{**ASSESSMENT, **changes})
    assert page.status_code == 302, page.text


def post_signatures(client, draft, council=DAY - timedelta(days=3), recipient=DAY, document=PDF):
    return client.post(
        f"{draft}sign/",
        {
            "seen": seen(client, f"{draft}sign/"),
            "council_name": "Dana Director",
            "council_role": "Director",
            **day_fields("council_on", council),
            "recipient_name": "Hal Head",
            "recipient_role": "Head",
            **day_fields("recipient_on", recipient),
            "document": SimpleUploadedFile("signed.pdf", document),
        },
    )


def in_force(reference="NEW-1", on=DAY):
    loaded = policy.load(reference, "performance-analysis", on)
    return loaded.policy.agreement and rules.agreement_reasons(loaded.policy.agreement, on)
