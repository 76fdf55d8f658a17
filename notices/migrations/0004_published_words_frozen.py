"""Published words are only ever added; what was published before gets its publication."""

import hashlib
import json

from django.db import migrations
from django.utils import timezone

from notices.freezing import frozen_part
from privacy_portal.ground.log.append_only import append_only
from privacy_portal.ground.public_pages.stamping import stamped

# A version is never published without its words: checked at the end of each transaction.
WORDS_SQL = """
CREATE FUNCTION notices_published_with_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'draft' AND NOT EXISTS (
        SELECT 1 FROM notices_publication WHERE version_id = NEW.id
    ) AND EXISTS (SELECT 1 FROM notices_noticeversion WHERE id = NEW.id) THEN
        RAISE EXCEPTION 'Version % of notice % is published without its words.',
            NEW.number, NEW.notice_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER published_with_words AFTER INSERT OR UPDATE ON notices_noticeversion
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION notices_published_with_words();
"""


def publish_words(apps, schema_editor):
    """The publication of each version that was published when there were none."""
    Controller = apps.get_model("notices", "Controller")
    Contact = apps.get_model("notices", "Contact")
    controller = Controller.objects.first()
    contacts = Contact.objects.order_by("kind")
    described = controller and {
        "name": controller.name,
        "service": controller.service,
        "website": controller.website,
        "contacts": [
            {name: getattr(each, name) for name in ("kind", "role", "address", "phone", "email")}
            for each in contacts
        ],
    }
    NoticeVersion = apps.get_model("notices", "NoticeVersion")
    Publication = apps.get_model("notices", "Publication")
    for version in NoticeVersion.objects.exclude(status="draft").select_related("notice"):
        content = {
            "notice": version.notice.slug,
            "title": version.notice.title,
            "audience": version.notice.audience,
            "number": version.number,
            "effective_from": version.effective_from.isoformat(),
            "summary": version.summary,
            "young_summary": "",
            "controller": described,
            "sections": [
                {name: getattr(each, name) for name in ("element", "heading", "scheme", "body")}
                for each in version.sections.order_by("position")
            ],
            "not_applicable": [],
            "recipients": [
                {
                    "code": line.recipient.code,
                    "name": line.recipient.name,
                    "website": line.recipient.website,
                    "legal_duty": "",
                    "purposes": [
                        {"code": each.purpose.code, "label": each.purpose.label}
                        for each in line.purposes.select_related("purpose").order_by("position")
                    ],
                    "items": [
                        {"code": each.item.code, "label": each.item.label}
                        for each in line.items.select_related("item").order_by("position")
                    ],
                }
                for line in version.named_recipients.select_related("recipient").order_by(
                    "position"
                )
            ],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        Publication.objects.create(
            version=version,
            content=content,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            at=timezone.now(),
        )
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_drafts_and_publications"),
        ("public_pages", "0001_initial"),
        ("log", "0002_append_only"),
    ]

    operations = [
        migrations.RunPython(publish_words, migrations.RunPython.noop),
        append_only("notices_draftedit"),
        append_only("notices_publication"),
        append_only("notices_withdrawal"),
        frozen_part("notices_notapplicable"),
        migrations.RunSQL(WORDS_SQL, "DROP FUNCTION notices_published_with_words() CASCADE"),
        *stamped(
            "notices_controller",
            "notices_contact",
            "notices_item",
            "notices_purpose",
            "notices_recipient",
            "notices_notice",
            "notices_noticeversion",
            "notices_publication",
            "notices_withdrawal",
        ),
    ]
