"""What was published before there were publications keeps its words through the migration."""

from django.core.management import call_command
from django.db import connection

from notices.content import content_of, digest_of
from notices.models import NoticeVersion, Publication


def test_versions_published_earlier_get_their_words(committed):
    wanted = {
        version.pk: digest_of(content_of(version))
        for version in NoticeVersion.objects.select_related("notice")
    }
    # Back to before: the words go with their table, as if they had never been kept.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notices_publication DISABLE TRIGGER ALL")
        cursor.execute("DELETE FROM notices_publication")
    call_command("migrate", "notices", "0002", verbosity=0)
    call_command("migrate", verbosity=0)
    found = dict(Publication.objects.values_list("pk", "digest"))
    assert found == wanted
    assert {digest_of(each.content) for each in Publication.objects.all()} == set(wanted.values())
