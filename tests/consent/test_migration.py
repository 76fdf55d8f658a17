"""The consent app's migrations on a filled database: what people sent and decided is kept."""

from django.core.management import call_command
from django.db import connection

BEFORE = ("consent", "0005_stamped")


def test_what_was_sent_before_links_and_codes_is_kept(committed):
    """An opt-out sent, matched and marked invalid before there were links, letters or scans."""
    for app, name in (("sharing", "0003_stamped"), BEFORE):
        call_command("migrate", app, name, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO consent_school (urn, name) VALUES ('990001', 'Example High School');
            INSERT INTO consent_pupil (reference, surname, forename, surname_folded,
                forename_folded, born, sex, school_id, year_group, address, postcode, parent_name,
                parent_address, parent_email, supported_to_25)
            SELECT gen_random_uuid(), 'Barlow', 'Ella', 'barlow', 'ella', '2012-05-05', 'F', id, '9',
                '', '', '', '', '', false FROM consent_school;
            INSERT INTO consent_optoutrequest (reference, scheme_id, by, person_name, relation,
                email, phone, address, surname, forename, born, school_id, other_school, received_at)
            SELECT 'AAA-AAA-AAAA', scheme.id, 'parent', 'Ben', '', 'b@example.org', '', '', 'Barlow',
                'Ella', '2012-05-05', school.id, '', now()
            FROM consent_scheme scheme, consent_school school WHERE scheme.code = 'connexions';
            INSERT INTO consent_decision (pupil_id, scheme_id, choice, by, person_name, person_key,
                channel, received_at, recorded_at, request_id)
            SELECT pupil.id, request.scheme_id, 'opt-out', 'parent', 'Ben', 'ben', 'online', now(),
                now(), request.id FROM consent_pupil pupil, consent_optoutrequest request;
            INSERT INTO consent_invalidation (decision_id, reason, recorded_at)
            SELECT id, 'A neighbour', now() FROM consent_decision
            """
        )
    call_command("migrate", verbosity=0)
    from consent.models import Invalidation, OptOutRequest

    request = OptOutRequest.objects.with_state().get()
    assert (request.choice, request.confirmed_at, request.code) == ("opt-out", None, None)
    assert request.decision_made
    assert Invalidation.objects.get().kind == "other"
    assert request.decisions.get().invalidation.reason == "A neighbour"
    decision = request.decisions.select_related("pupil", "scheme__recipient").get()
    assert decision.matter == request.matter
    assert (decision.matter.title, decision.grounds) == ("Connexions opt-out", "")
    assert (decision.pupil.left_on, decision.pupil.home_language) == (None, "")
    from sharing.models import AgreementVersion

    signed = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    assert (signed.benefit, signed.statistics_profile) == ("", "hide-below-threshold")
    assert signed.items.exists()
