"""What the policy says is in the log as a hash, so that whoever owns the database cannot widen what leaves
unseen (L5)."""

import pytest

from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.policy import changing
from sharing.policy_file import content
from sharing.policy_file.content import EVENT, content_digest
from tests.commands import run
from tests.example import NOON
from tests.factories.policy import Kind, drafted
from tests.log_entries import entries
from tests.policy_parts import organisation
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db

CHANGES = [
    "UPDATE consent_scheme SET recipient_id = (SELECT max(id) FROM notices_recipient) WHERE code = 'connexions'",
    "UPDATE consent_scheme SET \"default\" = CASE \"default\" WHEN 'share' THEN 'withhold' ELSE 'share' END",
    "UPDATE consent_scheme SET min_age = min_age - 1 WHERE code = 'connexions'",
    """INSERT INTO consent_basicitem (scheme_id, item_id, position)
    SELECT (SELECT min(id) FROM consent_scheme), id, id + 1000 FROM notices_item ON CONFLICT DO NOTHING""",
    "DELETE FROM consent_schemepurpose",
    "UPDATE notices_itemheading SET item_id = (SELECT max(id) FROM notices_item)",
    "UPDATE notices_item SET special_category = NOT special_category",
    "UPDATE notices_item SET identifying = NOT identifying",
    "UPDATE notices_item SET label = label || 'x'",
    "UPDATE notices_purpose SET label = label || 'x'",
    "UPDATE notices_recipient SET name = name || 'x'",
    "UPDATE notices_controller SET name = name || 'x'",
    "UPDATE notices_notice SET title = title || 'x'",
    """WITH template AS (
        INSERT INTO sharing_agreementtemplate (code, withdrawn, position) VALUES ('forged', false, 99) RETURNING id
    )
    INSERT INTO sharing_templateversion (template_id, number, content, sha256, at)
    SELECT id, 1, '{}', 'x', now() FROM template""",
    "INSERT INTO sharing_twofilesterm (id, days) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET days = 1",
    "INSERT INTO terms_policynumber (key, number) VALUES ('sample_one_in', 100)",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_a_change_past_the_portal_is_found(policy, statement):
    verify_log(lambda entries: None)
    past_the_guards(statement.replace("%", "%%"))
    with pytest.raises(LogBrokenError, match=r"the policy .* is not what entry|template forged"):
        verify_log(lambda entries: None)


def test_what_two_officers_put_in_force_is_logged(policy, officer, second_officer):
    change = drafted(Kind.ORGANISATION, organisation(), by=officer)
    before = entries(EVENT)[-1]["content"]
    changing.put_in_force(change.pk, by=second_officer, at=NOON)
    (*_, newest) = entries(EVENT)
    assert newest["content"] == content_digest() != before
    assert newest["by"] == str(second_officer.reference)
    verify_log(lambda entries: None)


def test_importing_what_is_there_hides_no_change(policy, tmp_path):
    past_the_guards("UPDATE notices_recipient SET name = name || 'x'")
    file = tmp_path / "policy.json"
    file.write_text(run("policy", "export").out)
    known = len(entries(EVENT))
    assert run("policy", "import", str(file)).code == 0
    assert len(entries(EVENT)) == known
    with pytest.raises(LogBrokenError, match="the policy"):
        verify_log(lambda entries: None)


def test_a_log_from_before_gets_its_entry_with_the_next_file(policy, tmp_path, monkeypatch):
    file = tmp_path / "policy.json"
    file.write_text(run("policy", "export").out)
    monkeypatch.setattr(content, "EVENT", "as-if-none")
    verify_log(lambda entries: None)
    for _ in range(2):
        assert run("policy", "import", str(file)).code == 0
        (entry,) = entries("as-if-none")
    assert entry["content"] == content.content_digest()
