"""Months of the register that were published before each had a log entry get theirs, so that `log verify`
can ask it of every month (L5). What they say does not change."""

from django.db import migrations

from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from sharing.disclosures.month_entries import month_body, month_document


def vouch(apps, schema_editor):
    """Append an entry for each published month, oldest first."""
    PublishedMonth = apps.get_model("sharing", "PublishedMonth")
    Entry = apps.get_model("log", "Entry")
    Head = apps.get_model("log", "Head")
    months = list(PublishedMonth.objects.order_by("month"))
    if not months:
        return
    head = Head.objects.select_for_update().get()
    frontier = Frontier.from_bytes(head.size, bytes(head.frontier))
    for month in months:
        counts = month.counts.select_related("recipient", "purpose")
        document = month_document(month.month, month.at, counts)
        body = canonical(month_body(month.month, month.at, document))
        leaf = leaf_hash(body)
        Entry.objects.create(seq=frontier.size, body=body, leaf=leaf)
        frontier.add(leaf)
    Head.objects.update(size=frontier.size, frontier=frontier.as_bytes())


class Migration(migrations.Migration):
    dependencies = [("sharing", "0031_register_in_full"), ("log", "0003_account_changes")]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
