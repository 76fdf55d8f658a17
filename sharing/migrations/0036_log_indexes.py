"""Indexes of what is rare in the disclosure log, made while others write: what was not allowed or was
received, and the words of organisations' references, which few entries have."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_WORDS = """
CREATE INDEX CONCURRENTLY {name} ON sharing_disclosure
    USING gin (sharing_words(agreement_reference || ' ' || request_reference)){where}
"""


def _instead(old: str, new: str) -> migrations.RunSQL:
    of_old, of_new = "", " WHERE request_reference <> ''"
    return migrations.RunSQL(
        [_WORDS.format(name=new, where=of_new), f"DROP INDEX CONCURRENTLY {old}"],
        [_WORDS.format(name=old, where=of_old), f"DROP INDEX CONCURRENTLY {new}"],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sharing", "0035_counted_log")]

    operations = [
        AddIndexConcurrently(
            model_name="disclosure",
            index=models.Index(
                fields=["entry"],
                condition=models.Q(out_of_line=True),
                name="disclosure_not_allowed",
            ),
        ),
        AddIndexConcurrently(
            model_name="disclosure",
            index=models.Index(
                fields=["entry"],
                condition=models.Q(direction="received"),
                name="disclosure_received",
            ),
        ),
        _instead("disclosure_words", "disclosure_request_words"),
    ]
