"""Releases of a filled database get the columns of their version and approval by a migration."""

from importlib import import_module

import pytest
from django.db import connection

from sharing.models import AgreementVersion, Release
from tests.example import UPN
from tests.factories.sharing import ReleaseFactory

migration = import_module("sharing.migrations.0003_releases_versions")


@pytest.mark.django_db
def test_each_release_gets_the_version_it_was_decided_under_and_whether_it_needs_approval(pupil):
    plain = ReleaseFactory()
    special = ReleaseFactory(
        content=f"UPN,SEN\r\n{UPN},K\r\n", agreement="WIG-FFT", purpose="performance-analysis"
    )
    unchecked = ReleaseFactory(checked=False)
    fields = ("pk", "agreement_version", "must_be_approved")
    expected = set(Release.objects.values_list(*fields))
    Release.objects.update(agreement_version=None, must_be_approved=False)
    with connection.cursor() as cursor:
        cursor.execute(migration.COLUMNS_SQL)
    assert set(Release.objects.values_list(*fields)) == expected
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    assert (plain.pk, version.pk, False) in expected
    assert (unchecked.pk, None, False) in expected
    assert [pk for pk, _, approved in expected if approved] == [special.pk]
