"""Indexes of the review desk, made while others write: each order and filter of the disclosure log finds its
page without reading the log, and what people quote is found by its words."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Coalesce

# ASCII that is no letter and no digit parts words; of other letters the configuration knows.
WORDS_SQL = r"""
CREATE FUNCTION sharing_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.to_tsvector('pg_catalog.simple'::pg_catalog.regconfig, pg_catalog.regexp_replace(
        $1, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ', 'g'))
$$;
"""
_INDEX = "CREATE INDEX CONCURRENTLY {name} ON {table} USING gin (sharing_words({text}))"


def _words(name: str, table: str, text: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        _INDEX.format(name=name, table=table, text=text), f"DROP INDEX CONCURRENTLY {name}"
    )


INDEXES = [
    models.Index(fields=["recipient", "entry"], name="disclosure_by_recipient"),
    models.Index(fields=["agreement_reference", "entry"], name="disclosure_by_agreement"),
    models.Index(fields=["purpose", "entry"], name="disclosure_by_purpose"),
    models.Index(fields=["by", "entry"], name="disclosure_by_officer"),
    models.Index(fields=["at"], name="disclosure_by_time"),
    models.Index(F("outcome"), F("entry") * -1, name="disclosure_by_outcome"),
    models.Index(Coalesce(F("rows_total"), Value(0)), F("entry"), name="disclosure_by_rows"),
    GinIndex(fields=["schools"], name="disclosure_by_school"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0026_agreement_use")]

    operations = [
        migrations.RunSQL(WORDS_SQL, "DROP FUNCTION sharing_words(text)"),
        _words(
            "disclosure_words",
            "sharing_disclosure",
            "agreement_reference || ' ' || request_reference",
        ),
        _words("release_file_words", "sharing_release", "file_name"),
        *(AddIndexConcurrently(model_name="disclosure", index=index) for index in INDEXES),
    ]
