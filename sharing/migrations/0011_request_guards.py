"""What the database itself keeps of requests for data: nothing is shared before the asker is checked and a
second officer agreed where one has to, and a disclosure holds no more than was decided (Q1)."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from privacy_portal.ground.log.append_only import append_only
from sharing.rules import Outcome

GUARDS_SQL = """
-- Whether a decision stands: no second officer sent it back. It may still wait for one.
CREATE FUNCTION sharing_request_decision_stands(bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM sharing_decisionanswer WHERE decision_id = $1 AND NOT agrees
    )
$$;

-- Whether a decision applies: no second officer is needed, or one agreed.
CREATE FUNCTION sharing_request_decision_applies(bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM sharing_requestdecision decision
        LEFT JOIN sharing_decisionanswer answer ON answer.decision_id = decision.id
        WHERE decision.id = $1 AND coalesce(answer.agrees, decision.second_reasons = '{}')
    )
$$;

CREATE FUNCTION sharing_check_request_details() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM sharing_requestdecision decision
        WHERE decision.request_id = NEW.request_id AND sharing_request_decision_stands(decision.id)
    ) THEN
        RAISE EXCEPTION 'Request % is decided: what is known of it stays (Q1).', NEW.request_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION sharing_check_request_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    details sharing_requestdetails;
BEGIN
    SELECT * INTO details FROM sharing_requestdetails
    WHERE request_id = NEW.request_id ORDER BY number DESC LIMIT 1;
    IF details.id IS DISTINCT FROM NEW.details_id THEN
        RAISE EXCEPTION 'A request is decided by its newest details (Q1).'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind <> 'refuse' AND details.asker_check = '' THEN
        RAISE EXCEPTION 'Nothing is shared before the asker is checked (Q1).'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM sharing_requestdecision decision
        WHERE decision.request_id = NEW.request_id AND sharing_request_decision_stands(decision.id)
    ) OR EXISTS (
        SELECT 1 FROM sharing_datarequeststep
        WHERE request_id = NEW.request_id AND kind = 'withdrawn'
    ) THEN
        RAISE EXCEPTION 'Request % is decided or withdrawn (Q1).', NEW.request_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION sharing_check_request_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM sharing_requestdecision
        WHERE id = NEW.decision_id AND (by_id = NEW.by_id OR second_reasons = '{}')
    ) THEN
        RAISE EXCEPTION 'A second officer answers, never who decided (Q1).'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

-- What was shared as decided; what was shared otherwise is marked as such and opens an incident.
CREATE FUNCTION sharing_check_request_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision sharing_requestdecision;
BEGIN
    SELECT * INTO decision FROM sharing_requestdecision WHERE id = NEW.request_decision_id;
    IF decision.kind = 'refuse' OR NOT sharing_request_decision_applies(decision.id)
        OR NOT ARRAY(SELECT jsonb_array_elements_text(NEW.item_sets -> 0))
            <@ decision.items::text[]
        OR (
            SELECT count(*) FROM sharing_disclosureline
            WHERE disclosure_id = NEW.id AND person IS NULL
        ) > decision.others
        OR EXISTS (
            SELECT 1 FROM sharing_disclosureline line
            WHERE line.disclosure_id = NEW.id AND line.person IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM sharing_decidedpupil decided
                JOIN consent_pupil pupil ON pupil.id = decided.pupil_id
                WHERE decided.decision_id = decision.id AND decided.choice <> 'none'
                    AND pupil.reference = line.person
            )
        )
    THEN
        RAISE EXCEPTION 'Disclosure % holds more than was decided on its request (Q1).', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER request_details_open BEFORE INSERT ON sharing_requestdetails
    FOR EACH ROW EXECUTE FUNCTION sharing_check_request_details();
CREATE TRIGGER request_decision_sound BEFORE INSERT ON sharing_requestdecision
    FOR EACH ROW EXECUTE FUNCTION sharing_check_request_decision();
CREATE TRIGGER request_answer_sound BEFORE INSERT ON sharing_decisionanswer
    FOR EACH ROW EXECUTE FUNCTION sharing_check_request_answer();
CREATE TRIGGER request_disclosure_sound BEFORE INSERT ON sharing_disclosure
    FOR EACH ROW WHEN (NEW.request_decision_id IS NOT NULL AND NOT NEW.out_of_line)
    EXECUTE FUNCTION sharing_check_request_disclosure();
ALTER TABLE sharing_requestdetails ENABLE ALWAYS TRIGGER request_details_open;
ALTER TABLE sharing_requestdecision ENABLE ALWAYS TRIGGER request_decision_sound;
ALTER TABLE sharing_decisionanswer ENABLE ALWAYS TRIGGER request_answer_sound;
ALTER TABLE sharing_disclosure ENABLE ALWAYS TRIGGER request_disclosure_sound;
"""
DROP_SQL = """
DROP TRIGGER request_disclosure_sound ON sharing_disclosure;
DROP FUNCTION sharing_check_request_disclosure();
DROP FUNCTION sharing_check_request_answer() CASCADE;
DROP FUNCTION sharing_check_request_decision() CASCADE;
DROP FUNCTION sharing_check_request_details() CASCADE;
DROP FUNCTION sharing_request_decision_applies(bigint);
DROP FUNCTION sharing_request_decision_stands(bigint);
"""
ONLY_ADDED_TO = [
    "sharing_datarequest",
    "sharing_requestdetails",
    "sharing_requestedpupil",
    "sharing_requestdecision",
    "sharing_decidedpupil",
    "sharing_decisionanswer",
    "sharing_datarequeststep",
]


class Migration(migrations.Migration):
    dependencies = [("sharing", "0010_requests_for_data"), ("log", "0002_guards")]

    operations = [
        migrations.RunSQL(GUARDS_SQL, DROP_SQL),
        *map(append_only, ONLY_ADDED_TO),
        migrations.RemoveConstraint(model_name="disclosure", name="disclosure_under_an_agreement"),
        AddConstraintNotValid(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=Q(outcome=Outcome.REFUSED)
                | Q(agreement_version__isnull=False, recipient__isnull=False, purpose__isnull=False)
                | Q(request_decision__isnull=False, agreement_version__isnull=True),
                name="disclosure_under_an_agreement",
            ),
        ),
    ]
