"""Rows beside disclosures that no entry speaks of: lines of none, and the lists and numbers that the database keeps (L5)."""

from django.db import connection

# Ids come from a sequence, so few are missing among them; lines are looked up between those only.
_STRAY = """
WITH gap AS (
    SELECT id AS above, lead(id, 1, 9223372036854775807) OVER (ORDER BY id) AS below
    FROM (SELECT id FROM sharing_disclosure UNION ALL SELECT -9223372036854775808) AS disclosure
)
SELECT stray.disclosure_id FROM gap CROSS JOIN LATERAL (
    SELECT disclosure_id FROM sharing_disclosureline
    WHERE disclosure_id > above AND disclosure_id < below ORDER BY disclosure_id LIMIT 1
) AS stray
WHERE below > above + 1 ORDER BY 1 LIMIT 1
"""
# What is wrong where they differ, with what is stored and what it is by its definition
# (sharing/migrations/0025_standing_lists.py, 0040_signed_counts.py).
_LISTS = {
    "the list of disclosures to sign off is wrong about disclosure {}": (
        "SELECT disclosure_id, by_id FROM sharing_unsigneddisclosure",
        """SELECT id, by_id FROM sharing_disclosure
        WHERE NOT EXISTS (SELECT FROM sharing_signoff WHERE disclosure_id = sharing_disclosure.id)""",
    ),
    "the list of data to delete is wrong about disclosure {}": (
        "SELECT disclosure_id, destroy_by FROM sharing_duedeletion",
        """SELECT id, destroy_by FROM sharing_disclosure
        WHERE (destroy_by IS NOT NULL OR (agreement_version_id IS NULL AND out_of_line))
            AND NOT (outcome = 'refused' AND NOT out_of_line)
            AND NOT EXISTS (SELECT FROM sharing_undone WHERE disclosure_id = sharing_disclosure.id)
            AND NOT EXISTS (
                SELECT FROM sharing_keepingstep
                WHERE disclosure_id = sharing_disclosure.id AND kind = 'destroyed'
            )""",
    ),
    "the number of data to delete by {} is wrong": (
        """SELECT coalesce(destroy_by::text, 'no day'), sum(number) FROM sharing_duedeletioncount
        GROUP BY destroy_by HAVING sum(number) <> 0""",
        """SELECT coalesce(destroy_by::text, 'no day'), count(*) FROM sharing_duedeletion
        GROUP BY destroy_by""",
    ),
    "the number of disclosures that are signed off is wrong": (
        """SELECT sum(number) FROM (
            SELECT entries AS number FROM sharing_signedcount
            UNION ALL SELECT count(*) FROM sharing_uncountedsignoff
        ) AS counted""",
        "SELECT count(*) FROM sharing_signoff",
    ),
}
_UNLIKE = """
SELECT min(named) FROM (
    (({stored}) EXCEPT ALL ({defined})) UNION ALL (({defined}) EXCEPT ALL ({stored}))
) AS differing (named)
"""


def stray_lines_fault() -> str | None:
    """Return a sentence about lines of a disclosure that does not exist; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_STRAY)
        row = cursor.fetchone()
    return f"lines of disclosure {row[0]} are stored, but no such disclosure" if row else None


def lists_fault() -> str | None:
    """Return a sentence about the first list or number which the database keeps that is wrong; 1 query for
    each."""
    with connection.cursor() as cursor:
        for fault, (stored, defined) in _LISTS.items():
            cursor.execute(_UNLIKE.format(stored=stored, defined=defined))
            (named,) = cursor.fetchone()
            if named is not None:
                return fault.format(named)
    return None
