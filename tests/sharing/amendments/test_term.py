"""Whether and how often an organisation is told of changes is a term of its agreement (H6)."""

import json

import pytest
from pydantic import ValidationError

from sharing.agreements.part import AgreementPart
from sharing.agreements.signing import terms_digest
from sharing.agreements.storing import dump_version
from tests.factories.sharing import AgreementDraftFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "kept"), [(True, "as-needed"), (False, ""), ("", ""), ("month", "month")]
)
def test_true_means_as_needed_and_what_is_exported_is_imported_the_same(policy, said, kept):
    document = json.loads(dump_version(AgreementDraftFactory()).model_dump_json(by_alias=True))
    document = {**document, "amendments": said}
    read = AgreementPart.model_validate_json(json.dumps(document))
    assert read.amendments == kept
    assert AgreementPart.model_validate_json(read.model_dump_json(by_alias=True)) == read
    assert dump_version(AgreementDraftFactory(amendments=kept)).amendments == kept


def test_any_other_word_is_a_fault(policy):
    part = dump_version(AgreementDraftFactory())
    with pytest.raises(ValidationError, match="is not one of"):
        AgreementPart(**{**part.model_dump(), "amendments": "daily"})


def test_the_term_is_among_what_both_sides_sign(policy):
    without = dump_version(AgreementDraftFactory())
    with_it = without.model_copy(update={"amendments": "week"})
    assert terms_digest(without) != terms_digest(with_it)
