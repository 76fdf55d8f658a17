"""The SQL of a roll import: staging tables, checks over all rows, and the merge."""

from collections.abc import Sequence

TEXT_LENGTHS = {
    "sex": 20,
    "year_group": 20,
    "address": 500,
    "postcode": 20,
    "parent_name": 200,
    "parent_address": 500,
    "parent_email": 254,
}

CREATE_STAGING = """
SET LOCAL work_mem = '64MB';
SET LOCAL default_statistics_target = 10;
CREATE TEMPORARY TABLE roll_staging (
    line integer NOT NULL, upn varchar NOT NULL,
    surname text NOT NULL, forename text NOT NULL,
    surname_folded text NOT NULL, forename_folded text NOT NULL,
    born date NOT NULL, urn text NOT NULL, supported boolean NOT NULL,
    sex text NOT NULL, year_group text NOT NULL, address text NOT NULL, postcode text NOT NULL,
    parent_name text NOT NULL, parent_address text NOT NULL, parent_email text NOT NULL,
    new_id bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('consent_pupil', 'id')),
    pupil_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE roll_former (line integer NOT NULL, upn varchar NOT NULL) ON COMMIT DROP;
CREATE TEMPORARY TABLE roll_schools (urn text NOT NULL, name text NOT NULL) ON COMMIT DROP;
"""

DROP_STAGING = "DROP TABLE roll_staging, roll_former, roll_schools, roll_found"

COPY_STAGING = """
COPY roll_staging (line, upn, surname, forename, surname_folded, forename_folded,
    born, urn, supported, sex, year_group, address, postcode, parent_name, parent_address,
    parent_email) FROM STDIN
"""
COPY_FORMER = "COPY roll_former (line, upn) FROM STDIN"
COPY_SCHOOLS = "COPY roll_schools (urn, name) FROM STDIN"

# A former number may stand in one row only, and be no other row's present number.
FORMER_IN_SEVERAL_ROWS = """
SELECT former.line, min(other.line) FROM roll_former former
JOIN (SELECT line, upn FROM roll_former UNION SELECT line, upn FROM roll_staging) other
    ON other.upn = former.upn AND other.line <> former.line
GROUP BY former.line ORDER BY former.line
"""

# Which pupils of the roll each row means, by any of its numbers, present or former.
RESOLVE = """
CREATE TEMPORARY TABLE roll_found ON COMMIT DROP AS
    SELECT DISTINCT given.line, known.pupil_id
    FROM (SELECT line, upn FROM roll_staging UNION ALL SELECT line, upn FROM roll_former) given
    JOIN consent_pupilupn known ON known.upn = given.upn;
ANALYZE roll_found;
UPDATE roll_staging SET pupil_id = found.pupil_id
    FROM roll_found found WHERE found.line = roll_staging.line;
"""

SEVERAL_PUPILS = """
SELECT line FROM roll_found GROUP BY line HAVING count(*) > 1 ORDER BY line
"""

SEVERAL_ROWS = """
SELECT later.line, min(earlier.line) FROM roll_found later
JOIN roll_found earlier ON earlier.pupil_id = later.pupil_id AND earlier.line < later.line
GROUP BY later.line ORDER BY later.line
"""

ADD_SCHOOLS = """
INSERT INTO consent_school (urn, name) SELECT urn, name FROM roll_schools
ON CONFLICT (urn) DO NOTHING
"""

RENAME_SCHOOLS = """
UPDATE consent_school SET name = roll_schools.name FROM roll_schools
WHERE roll_schools.urn = consent_school.urn AND roll_schools.name <> consent_school.name
"""

_ALWAYS = ("surname", "forename", "surname_folded", "forename_folded", "born")
_STAGED = {"supported": "supported_to_25"}


def _assigned(given: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of the pupil's column and the staged one, for the columns that the file has."""
    optional = [(_STAGED.get(field, field), field) for field in given if field != "former"]
    return [(field, field) for field in _ALWAYS] + optional


def _differs(given: Sequence[str]) -> str:
    pairs = _assigned(given)
    ours = ", ".join(f"pupil.{column}" for column, _ in pairs)
    staged = ", ".join(f"staged.{column}" for _, column in pairs)
    return f"({ours}) IS DISTINCT FROM ({staged})"


def count_changes(given: Sequence[str]) -> str:
    """How many rows are of known pupils; of these, who moves school; who else changes."""
    return f"""
SELECT count(*),
    count(*) FILTER (WHERE pupil.school_id <> school.id),
    count(*) FILTER (WHERE pupil.school_id = school.id AND ({_differs(given)} OR EXISTS (
        SELECT 1 FROM (
            SELECT staged.upn UNION ALL SELECT upn FROM roll_former WHERE line = staged.line
        ) given WHERE NOT EXISTS (
            SELECT 1 FROM consent_pupilupn known WHERE known.upn = given.upn))))
FROM roll_staging staged
JOIN consent_pupil pupil ON pupil.id = staged.pupil_id
JOIN consent_school school ON school.urn = staged.urn
"""


def update_pupils(given: Sequence[str]) -> str:
    """Brings changed pupils up to date, locking them in the order of their ids."""
    assignments = ", ".join(f"{ours} = staged.{column}" for ours, column in _assigned(given))
    return f"""
UPDATE consent_pupil SET {assignments}, school_id = changed.school_id
FROM roll_staging staged, (
    SELECT pupil.id, staged.line, school.id AS school_id
    FROM roll_staging staged
    JOIN consent_pupil pupil ON pupil.id = staged.pupil_id
    JOIN consent_school school ON school.urn = staged.urn
    WHERE pupil.school_id <> school.id OR {_differs(given)}
    ORDER BY pupil.id FOR UPDATE OF pupil
) changed
WHERE changed.line = staged.line AND consent_pupil.id = changed.id
"""


ADD_PUPILS = """
INSERT INTO consent_pupil (id, reference, surname, forename, surname_folded, forename_folded,
    born, sex, school_id, year_group, address, postcode, parent_name, parent_address,
    parent_email, supported_to_25)
SELECT new_id, gen_random_uuid(), surname, forename, surname_folded, forename_folded, born, sex,
    school.id, year_group, address, postcode, parent_name, parent_address, parent_email, supported
FROM roll_staging staged JOIN consent_school school ON school.urn = staged.urn
WHERE pupil_id IS NULL
"""

# A known pupil with a number the roll has never seen: the old number becomes a former one.
RETIRE_UPNS = """
UPDATE consent_pupilupn SET present = false
FROM roll_staging staged
WHERE staged.pupil_id IS NOT NULL AND consent_pupilupn.pupil_id = staged.pupil_id
    AND consent_pupilupn.present
    AND NOT EXISTS (SELECT 1 FROM consent_pupilupn known WHERE known.upn = staged.upn)
"""

ADD_UPNS = """
INSERT INTO consent_pupilupn (upn, pupil_id, present)
SELECT upn, coalesce(pupil_id, new_id), true FROM roll_staging ON CONFLICT (upn) DO NOTHING
"""

ADD_FORMER_UPNS = """
INSERT INTO consent_pupilupn (upn, pupil_id, present)
SELECT former.upn, coalesce(staged.pupil_id, staged.new_id), false
FROM roll_former former JOIN roll_staging staged ON staged.line = former.line
ON CONFLICT (upn) DO NOTHING
"""
