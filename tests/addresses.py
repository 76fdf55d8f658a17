"""Every address of the portal, by who may open it."""

from django.urls import URLPattern, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from privacy_portal.ground.accounts.permissions import (
    check_notice_editor,
    check_officer,
    check_protected_records,
    check_staff,
)

PUBLIC = {
    "home", "accessibility", "privacy", "healthz", "readyz", "security-txt", "notices", "notice",
    "notice-versions", "notice-version", "notice-json", "notice-pdf", "notice-translation", "notice-translation-pdf", "notice-young", "notice-changes",
    "notice-feed", "notice-on-day", "opt-out", "opt-out-check", "opt-out-sent", "opt-out-again", "opt-out-confirm",
    "opt-out-status", "opt-out-form", "opt-out-code", "opt-out-code-step", "opt-out-code-check", "opt-out-receipt", "opt-out-another", "opt-out-receipt-pdf", "opt-out-receipt-json", "opt-out-step", "objection-step", "objection-check", "objection-form", "register", "public-disclosures", "public-disclosures-csv", "public-disclosures-year", "recipient",
    "subscribe", "subscribe-sent", "subscribe-confirm", "subscribe-end",
    "amendment-acknowledge",
    "report", "report-step", "report-check", "report-done",
    "account_login", "account_logout", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}  # fmt: skip
STAFF = {
    "account_change_password",
    "staff-home", "staff-opt-outs", "staff-outbox", "staff-opt-out", "staff-opt-out-choose", "staff-opt-out-act",
    "staff-roll", "staff-roll-upload", "staff-roll-reading", "staff-moves", "staff-move", "staff-same-children", "staff-same-child", "staff-roll-import", "staff-roll-delete", "staff-roll-template", "staff-letters", "staff-letters-one", "staff-letters-run", "staff-letters-pdf", "staff-letters-new",
    "staff-pupils", "staff-pupil", "staff-pupil-choices", "staff-key", "staff-key-batch", "staff-looks", "staff-look",
    "staff-protection", "staff-protect", "staff-pupil-news",
    "staff-school-work", "staff-school-file", "staff-scan", "staff-tellings", "staff-told", "staff-on-the-day",
    "staff-school-figures", "staff-school-figures-list",
}  # fmt: skip
OFFICERS = {
    "staff-pupil-list-ask", "staff-pupil-list-answer", "staff-protection-end", "staff-protection-answer", "staff-death", "staff-death-mistake", "staff-met", "staff-release-permit",
    "staff-releases", "staff-release-new", "staff-release", "staff-release-decision",
    "staff-release-headings", "staff-release-reading", "staff-release-rows", "staff-release-why", "staff-release-return", "staff-disclosures-csv",
    "staff-release-override", "staff-definitions", "staff-definition-new", "staff-definition", "staff-definition-run", "staff-definition-forget",
    "staff-record-given", "staff-record-received", "staff-keeping", "staff-destroyed", "staff-certificate", "staff-restrict", "staff-override-look",
    "staff-incidents", "staff-incident", "staff-pupil-list", "staff-pupil-list-pdf", "staff-pupil-list-csv",
    "staff-statistics", "staff-statistics-new", "staff-counts", "staff-counts-hand-over",
    "staff-release-approve", "staff-release-let-go", "staff-release-download", "staff-release-delete",
    "staff-agreements", "staff-agreement", "staff-agreement-warnings", "staff-agreement-new", "staff-agreement-changes", "staff-agreement-version",
    "staff-agreement-paper", "staff-agreement-signed-paper", "staff-agreement-next", "staff-agreement-sign", "staff-agreement-basis", "staff-agreement-discard", "staff-agreement-edit", "staff-agreement-act",
    "staff-organisations", "staff-organisation", "staff-assurance-add", "staff-assurance-withdraw",
    "staff-templates", "staff-template", "staff-template-new", "staff-template-version", "staff-agreement-template",
    "staff-requests", "staff-requests-csv", "staff-request-new", "staff-request", "staff-request-people", "staff-request-decide", "staff-request-answer", "staff-request-shared", "staff-request-file", "staff-request-file-download", "staff-request-step", "staff-request-more", "staff-request-letter", "staff-request-letter-pdf", "staff-request-part",
    "staff-disclosures", "staff-disclosure", "staff-mails", "staff-jobs", "staff-mails-again", "staff-mail-discard",
    "staff-cover-sheet", "staff-cover-sheet-text",
    "staff-control", "staff-control-run-now", "staff-control-resume", "staff-control-answer", "staff-control-nights", "staff-control-run",
    "staff-amendments", "staff-amendments-look", "staff-amendments-overdue", "staff-amendment", "staff-amendment-make", "staff-amendment-ask",
    "staff-decision-invalid", "staff-objections", "staff-roll-schools", "staff-merge", "staff-merge-proposal", "staff-merged", "staff-objection", "staff-schools", "staff-school-figures-csv", "staff-recalls", "staff-recall", "staff-recall-letter", "staff-reports", "staff-report", "staff-report-take", "staff-report-step",
}  # fmt: skip
NOTICE_EDITORS = {
    "staff-notices", "staff-draft-start", "staff-notice-version", "staff-withdraw", "staff-draft",
    "staff-draft-preview", "staff-publish", "staff-draft-discard", "staff-draft-details",
    "staff-draft-young", "staff-draft-section-add", "staff-draft-section", "staff-draft-line-add",
    "staff-draft-line", "staff-draft-move", "staff-draft-remove", "staff-draft-not-applicable",
    "staff-draft-language-add", "staff-draft-language", "staff-draft-language-title", "staff-draft-language-words",
    "staff-draft-language-remove", "staff-draft-language-section",
}  # fmt: skip
PROTECTED_RECORDS = {"staff-protected", "staff-protected-details"}
GUARDS = {
    **dict.fromkeys(STAFF, check_staff),
    **dict.fromkeys(OFFICERS, check_officer),
    **dict.fromkeys(NOTICE_EDITORS, check_notice_editor),
    **dict.fromkeys(PROTECTED_RECORDS, check_protected_records),
}


def patterns(resolver=None):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from patterns(pattern)


def address(name):
    from uuid import uuid4

    for arguments in (
        [], [1], [1, 1], [1, 1, 1], [1, 1, "law"], [uuid4()], [uuid4(), 1], ["x"], ["x", 1], ["x", 1, 1], ["x", 1, "sections", 1], ["x", 1, "dpo"], ["x", 1, "pl", 1], ["x", "answer"], ["990001", "connexions"],
    ):  # fmt: skip
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(name)
