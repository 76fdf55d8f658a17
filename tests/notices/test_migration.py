"""What was published before a migration keeps its words through it."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from notices.drafts.content import content_of, digest_of
from notices.models import NoticeVersion, Publication, Translation
from tests.conftest import EXAMPLE, run


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


def test_translations_published_earlier_stay_as_they_were(committed):
    """They have no words for the table yet, and neither they nor their fingerprint change."""
    assert run("policy", "import", EXAMPLE / "policy.json").code == 0
    before = dict(Publication.objects.values_list("pk", "digest"))
    call_command("migrate", "notices", "0007", verbosity=0)
    call_command("migrate", verbosity=0)
    assert dict(Publication.objects.values_list("pk", "digest")) == before
    assert {str(translation.words) for translation in Translation.objects.all()} == {"{}"}
    with pytest.raises(DatabaseError, match="never changes"):
        Translation.objects.update(words={"Who": "Kto"})
