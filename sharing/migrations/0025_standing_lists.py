"""Lists of what is not signed off and of what is still to be deleted, which the database keeps itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_TO_DELETE = """
    ({row}destroy_by IS NOT NULL OR ({row}agreement_version_id IS NULL AND {row}out_of_line))
    AND NOT ({row}outcome = 'refused' AND NOT {row}out_of_line)
"""
_SQL = """
INSERT INTO sharing_unsigneddisclosure (disclosure_id, by_id)
SELECT id, by_id FROM sharing_disclosure disclosure
WHERE NOT EXISTS (SELECT FROM sharing_signoff WHERE disclosure_id = disclosure.id);

INSERT INTO sharing_duedeletion (disclosure_id, destroy_by)
SELECT id, destroy_by FROM sharing_disclosure disclosure
WHERE {stored}
    AND NOT EXISTS (SELECT FROM sharing_undone WHERE disclosure_id = disclosure.id)
    AND NOT EXISTS (
        SELECT FROM sharing_keepingstep WHERE disclosure_id = disclosure.id AND kind = 'destroyed'
    );

CREATE FUNCTION sharing_list_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sharing_unsigneddisclosure (disclosure_id, by_id) VALUES (NEW.id, NEW.by_id);
    IF {new} THEN
        INSERT INTO sharing_duedeletion (disclosure_id, destroy_by) VALUES (NEW.id, NEW.destroy_by);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION sharing_unlist_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sharing_unsigneddisclosure WHERE disclosure_id = NEW.disclosure_id;
    RETURN NULL;
END
$$;
CREATE FUNCTION sharing_unlist_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sharing_duedeletion WHERE disclosure_id = NEW.disclosure_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER listed AFTER INSERT ON sharing_disclosure
    FOR EACH ROW EXECUTE FUNCTION sharing_list_disclosure();
CREATE TRIGGER unlisted AFTER INSERT ON sharing_signoff
    FOR EACH ROW EXECUTE FUNCTION sharing_unlist_signed();
CREATE TRIGGER unlisted AFTER INSERT ON sharing_keepingstep
    FOR EACH ROW WHEN (NEW.kind = 'destroyed') EXECUTE FUNCTION sharing_unlist_deletion();
CREATE TRIGGER unlisted AFTER INSERT ON sharing_undone
    FOR EACH ROW EXECUTE FUNCTION sharing_unlist_deletion();
ALTER TABLE sharing_disclosure ENABLE ALWAYS TRIGGER listed;
ALTER TABLE sharing_signoff ENABLE ALWAYS TRIGGER unlisted;
ALTER TABLE sharing_keepingstep ENABLE ALWAYS TRIGGER unlisted;
ALTER TABLE sharing_undone ENABLE ALWAYS TRIGGER unlisted;
"""
SQL = _SQL.format(stored=_TO_DELETE.format(row=""), new=_TO_DELETE.format(row="NEW."))
BEFORE_SQL = """
DROP TRIGGER listed ON sharing_disclosure;
DROP TRIGGER unlisted ON sharing_signoff;
DROP TRIGGER unlisted ON sharing_keepingstep;
DROP TRIGGER unlisted ON sharing_undone;
DROP FUNCTION sharing_list_disclosure();
DROP FUNCTION sharing_unlist_signed();
DROP FUNCTION sharing_unlist_deletion();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0024_person_lines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UnsignedDisclosure",
            fields=[
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="unsigned",
                        serialize=False,
                        to="sharing.disclosure",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DueDeletion",
            fields=[
                (
                    "disclosure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="due_deletion",
                        serialize=False,
                        to="sharing.disclosure",
                    ),
                ),
                ("destroy_by", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("destroy_by"), nulls_first=True),
                        models.F("disclosure"),
                        name="due_deletion_by_day",
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, BEFORE_SQL),
    ]
