"""When something about a pupil changed, so that who got it can be told (H6). No value is kept."""

import django.db.models.deletion
from django.db import migrations, models

# The columns of a pupil that can be handed over as an item are compared.
# Once for a statement: an import changes many at once. By the clock of the moment, not of the
# transaction's beginning: an import begins before it waits for hand-overs.
CHANGES_SQL = """
CREATE FUNCTION consent_note_pupil_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_pupilchange (pupil_id, field, at)
    SELECT after.id, changed.field, clock_timestamp()
    FROM after JOIN before ON before.id = after.id
    CROSS JOIN LATERAL (VALUES
        ('surname', before.surname IS DISTINCT FROM after.surname),
        ('forename', before.forename IS DISTINCT FROM after.forename),
        ('born', before.born IS DISTINCT FROM after.born),
        ('sex', before.sex IS DISTINCT FROM after.sex),
        ('school_id', before.school_id IS DISTINCT FROM after.school_id),
        ('year_group', before.year_group IS DISTINCT FROM after.year_group),
        ('address', before.address IS DISTINCT FROM after.address),
        ('postcode', before.postcode IS DISTINCT FROM after.postcode),
        ('parent_name', before.parent_name IS DISTINCT FROM after.parent_name),
        ('parent_address', before.parent_address IS DISTINCT FROM after.parent_address)
    ) changed (field, differs)
    WHERE changed.differs;
    RETURN NULL;
END
$$;
CREATE FUNCTION consent_note_replaced_upns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_pupilchange (pupil_id, field, at)
    SELECT after.pupil_id, 'upn', clock_timestamp()
    FROM after JOIN before ON before.upn = after.upn
    WHERE before.present AND NOT after.present;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_changes AFTER UPDATE ON consent_pupil
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION consent_note_pupil_changes();
CREATE TRIGGER note_replaced AFTER UPDATE ON consent_pupilupn
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION consent_note_replaced_upns();
ALTER TABLE consent_pupil ENABLE ALWAYS TRIGGER note_changes;
ALTER TABLE consent_pupilupn ENABLE ALWAYS TRIGGER note_replaced;
"""
NO_CHANGES_SQL = """
DROP FUNCTION consent_note_pupil_changes() CASCADE;
DROP FUNCTION consent_note_replaced_upns() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0009_children_refuse")]

    operations = [
        migrations.CreateModel(
            name="PupilChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "pupil",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="consent.pupil",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["at"], name="pupil_changes_by_time")]},
        ),
        migrations.RunSQL(CHANGES_SQL, NO_CHANGES_SQL),
    ]
