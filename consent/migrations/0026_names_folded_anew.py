"""Folded names leave out some more apostrophes and hyphens: those stored are brought up to it."""

from django.db import migrations

from privacy_portal.ground.names import folded_name

NAMES = ("surname", "forename")
# Names in letters of English alone fold as before.
BEYOND_ASCII = r"[^\x01-\x7F]"
BATCH = 1_000


def fold_anew(apps, schema_editor):
    Pupil = apps.get_model("consent", "Pupil")
    FormerName = apps.get_model("consent", "FormerName")
    for name in NAMES:
        folded = f"{name}_folded"
        changed = []
        for pupil in (
            Pupil.objects.filter(**{f"{name}__regex": BEYOND_ASCII})
            .only("pk", name, folded)
            .iterator(chunk_size=BATCH)
        ):
            now = folded_name(getattr(pupil, name))
            if now != getattr(pupil, folded):
                setattr(pupil, folded, now)
                changed.append(pupil)
        Pupil.objects.bulk_update(changed, [folded], batch_size=BATCH)
        for former in FormerName.objects.filter(**{f"{folded}__regex": BEYOND_ASCII}):
            now = folded_name(getattr(former, folded))
            if now == getattr(former, folded):
                continue
            same = {
                "surname_folded": former.surname_folded,
                "forename_folded": former.forename_folded,
            }
            if FormerName.objects.filter(pupil=former.pupil, **{**same, folded: now}).exists():
                former.delete()
            else:
                setattr(former, folded, now)
                former.save(update_fields=[folded])


class Migration(migrations.Migration):
    dependencies = [("consent", "0025_contacts_without_responsibility")]

    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop, elidable=True)]
