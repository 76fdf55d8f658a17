"""School staff are shown only rows of their own schools, also by a query that forgets its filter."""

from django.db import migrations

from privacy_portal.ground.row_security import shown_where

# A subquery by itself is asked once for a statement, not for each row.
OWN_SCHOOLS = "(SELECT consent_own_schools())::bigint[]"
OF_SCHOOL = f"school_id = ANY ({OWN_SCHOOLS})"
# Rows of a pupil are shown where the pupil is: the policy of `consent_pupil` holds in here too.
OF_PUPIL = "EXISTS (SELECT FROM consent_pupil shown WHERE shown.id = pupil_id)"
OF_DECISION = "EXISTS (SELECT FROM consent_decision shown WHERE shown.id = decision_id)"
OF_REQUEST = "EXISTS (SELECT FROM consent_optoutrequest shown WHERE shown.id = request_id)"


def _of_either(one, other):
    return f"EXISTS (SELECT FROM consent_pupil shown WHERE shown.id IN ({one}, {other}))"


# Functions that see every row, whoever calls them. What they are for is asked of all pupils: whether
# a reference holds, whether a merge or a protection does. None gives anything of a pupil away.
SEE_ALL = [
    "consent_refuse_merged_pupil()",
    "consent_check_merge()",
    "consent_check_merge_answer()",
    "consent_check_ending_answer()",
    "consent_records_of_child(bigint)",
    "consent_refresh_protection(bigint[])",
    "consent_protection_added()",
    "consent_ending_answered()",
    "consent_death_withdrawn()",
    "consent_records_linked()",
    "consent_note_pupil_changes()",
    "consent_note_replaced_upns()",
    "portal_check_reference()",
    "portal_keep_referred()",
]
SEE_ALL_SQL = "".join(
    f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = public, pg_temp;"
    for function in SEE_ALL
)
SEE_OWN_SQL = "".join(
    f"ALTER FUNCTION {function} SECURITY INVOKER RESET search_path;" for function in SEE_ALL
)

# As in `consent.queries.requests_for`: those that a pupil of the schools was matched to, and those in
# the schools' queues that no pupil was. It reads tables whose own policies ask for requests.
FUNCTIONS_SQL = """
CREATE FUNCTION consent_own_schools() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(school_id), '{}') FROM consent_schoolstaff
    WHERE user_id = nullif(current_setting('portal.staff', true), '')::bigint
$$;

CREATE FUNCTION consent_requests_of_own_schools() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH own (schools) AS (SELECT consent_own_schools()),
    named (id) AS (
        SELECT request.id FROM own, consent_optoutrequest request
        WHERE request.school_id = ANY (own.schools)
        UNION
        SELECT step.request_id FROM own, consent_requeststep step
        WHERE step.to_school_id = ANY (own.schools)
    )
    SELECT request.id FROM own, named JOIN consent_optoutrequest request USING (id)
    WHERE coalesce(
            (SELECT coalesce(step.to_school_id, 0) FROM consent_requeststep step
                WHERE step.request_id = request.id AND step.kind = 'passed'
                ORDER BY step.id DESC LIMIT 1),
            request.school_id, 0) = ANY (own.schools)
        AND NOT EXISTS (
            SELECT FROM consent_decision decision WHERE decision.request_id = request.id
                AND NOT EXISTS (SELECT FROM consent_invalidation invalid
                    WHERE invalid.decision_id = decision.id AND invalid.kind = 'wrong-pupil'))
    UNION
    SELECT decision.request_id FROM own, consent_decision decision
    JOIN consent_pupil pupil ON pupil.id = decision.pupil_id
    WHERE decision.request_id IS NOT NULL AND pupil.school_id = ANY (own.schools)
$$;
"""
NO_FUNCTIONS_SQL = (
    "DROP FUNCTION consent_requests_of_own_schools(); DROP FUNCTION consent_own_schools();"
)

SHOWN = {
    "consent_pupil": OF_SCHOOL,
    "consent_pupilupn": OF_PUPIL,
    "consent_pupilchange": OF_PUPIL,
    "consent_formername": OF_PUPIL,
    "consent_rollcontact": OF_PUPIL,
    "consent_pupilmove": OF_PUPIL,
    "consent_pupilnews": OF_PUPIL,
    # The school that asked sees what its own file said.
    "consent_waitingmove": f"to_school_id = ANY ({OWN_SCHOOLS}) OR {OF_PUPIL}",
    "consent_samechildquestion": _of_either("new_id", "other_id"),
    "consent_samechildanswer": (
        "EXISTS (SELECT FROM consent_samechildquestion shown WHERE shown.id = question_id)"
    ),
    "consent_mergeproposal": _of_either("gone_id", "kept_id"),
    "consent_mergeanswer": (
        "EXISTS (SELECT FROM consent_mergeproposal shown WHERE shown.id = proposal_id)"
    ),
    "consent_pupilmerge": _of_either("gone_id", "kept_id"),
    "consent_mergeundone": "EXISTS (SELECT FROM consent_pupilmerge shown WHERE shown.id = merge_id)",
    "consent_mergedupn": "EXISTS (SELECT FROM consent_pupilmerge shown WHERE shown.id = merge_id)",
    "consent_mergeddecision": "EXISTS (SELECT FROM consent_pupilmerge shown WHERE shown.id = merge_id)",
    "consent_protection": OF_PUPIL,
    "consent_ending": OF_PUPIL,
    "consent_endedprotection": (
        "EXISTS (SELECT FROM consent_protection shown WHERE shown.id = protection_id)"
    ),
    "consent_endinganswer": "EXISTS (SELECT FROM consent_ending shown WHERE shown.id = ending_id)",
    "consent_death": OF_PUPIL,
    "consent_deathwithdrawn": "EXISTS (SELECT FROM consent_death shown WHERE shown.id = death_id)",
    "consent_protectedlook": OF_PUPIL,
    "consent_decision": OF_PUPIL,
    "consent_invalidation": OF_DECISION,
    "consent_ruling": OF_DECISION,
    "consent_rulingtold": "EXISTS (SELECT FROM consent_ruling shown WHERE shown.id = ruling_id)",
    "consent_verification": OF_DECISION,
    "consent_telling": OF_DECISION,
    "consent_acknowledgement": OF_DECISION,
    "consent_meeting": OF_DECISION,
    "consent_scan": OF_DECISION,
    "consent_secondlook": OF_DECISION,
    "consent_letterrun": OF_SCHOOL,
    "consent_lettercode": OF_PUPIL,
    "consent_optoutrequest": "id = ANY (ARRAY(SELECT consent_requests_of_own_schools()))",
    "consent_requeststep": OF_REQUEST,
    "consent_requesttomatch": OF_REQUEST,
    "consent_unconfirmedoptout": OF_SCHOOL,
    # Whoever uploaded a file looks at it, and nobody else.
    "consent_rollupload": "by_id = (SELECT nullif(current_setting('portal.staff', true), '')::bigint)",
}


class Migration(migrations.Migration):
    dependencies = [("consent", "0013_several_roles"), ("accounts", "0009_restricted_role")]

    operations = [
        migrations.RunSQL(SEE_ALL_SQL, SEE_OWN_SQL),
        migrations.RunSQL(FUNCTIONS_SQL, NO_FUNCTIONS_SQL),
        *(shown_where(table, condition) for table, condition in SHOWN.items()),
    ]
