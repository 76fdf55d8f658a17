"""Another text of a template than its digest is of is found by the log check (L5)."""

from sharing.agreement_templates.verifying import template_fault
from sharing.models import TemplateVersion
from tests.tampering import past_the_guards


def test_another_text_is_found(templates):
    assert template_fault() is None
    first = TemplateVersion.objects.earliest("pk")
    past_the_guards(
        """UPDATE sharing_templateversion SET content = content || '{"title": "x"}' WHERE id = %s""",
        first.pk,
    )
    assert template_fault() == f"template {first} has another text than its digest says"
