"""Every address of the portal, by who may open it."""

from django.urls import URLPattern, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import Guard

PUBLIC = {
    "home", "accessibility", "privacy", "healthz", "readyz", "security-txt", "notices", "notice",
    "notice-versions", "notice-version", "notice-json", "notice-pdf", "notice-translation", "notice-translation-pdf", "notice-young", "notice-changes",
    "notice-feed", "notice-on-day", "opt-out", "opt-out-check", "opt-out-sent", "opt-out-again", "opt-out-confirm",
    "opt-out-status", "opt-out-form", "opt-out-code", "opt-out-code-step", "opt-out-code-check", "opt-out-receipt", "opt-out-another", "opt-out-receipt-pdf", "opt-out-receipt-json", "opt-out-receipt-proof", "opt-out-step", "objection-step", "objection-check", "objection-form", "register", "public-disclosures", "public-disclosures-csv", "public-disclosures-year", "public-disclosures-month", "public-disclosures-month-proof", "recipient",
    "subscribe", "subscribe-sent", "subscribe-confirm", "subscribe-end",
    "amendment-acknowledge",
    "report", "report-step", "report-check", "report-done",
    "account_welcome", "account_login", "account_logout", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "example-codes", "mfa_login_webauthn",
    "single-sign-on", "single-sign-on-back",
    "log", "log-checkpoint", "log-policy", "log-cosignature", "log-tile", "log-program",
}  # fmt: skip
# Of whoever is signed in: how they sign in. Others are asked to sign in.
OWN = {
    "account_reauthenticate",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_replace_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
    "account_sessions",
    "account_idle",
    "account_kept",
}
# Who may look at each address, and who may send a form to it; None: nobody.
_GUARDED = {
    (Action.USE_OWN_ACCOUNT, None): {
        "staff-home", "staff-outbox",
    },
    (Action.USE_OWN_ACCOUNT, Action.USE_OWN_ACCOUNT): {
        "account_change_password", "account_digest", "single-sign-on-connect", "single-sign-on-disconnect",
    },
    (Action.SEE_CHOICES, None): {
        "staff-looks", "staff-opt-out", "staff-opt-outs",
        "staff-protection", "staff-pupil", "staff-pupil-choices", "staff-pupils", "staff-scan",
        "staff-school-figures", "staff-school-figures-list", "staff-tellings",
    },
    (Action.SEE_CHOICES, Action.RECORD_CHOICES): {
        "staff-look", "staff-pupil-news", "staff-school-work",
    },
    (Action.RECORD_CHOICES, None): {
        "staff-school-file",
    },
    (Action.RECORD_CHOICES, Action.RECORD_CHOICES): {
        "staff-key", "staff-key-batch", "staff-on-the-day", "staff-opt-out-act", "staff-opt-out-choose",
        "staff-protect", "staff-told",
    },
    (Action.PRINT_LETTERS, None): {
        "staff-letters", "staff-letters-pdf", "staff-letters-run",
    },
    (Action.PRINT_LETTERS, Action.PRINT_LETTERS): {
        "staff-letters-new", "staff-letters-one",
    },
    (Action.SEE_ROLL, None): {
        "staff-roll-template",
    },
    (Action.IMPORT_ROLL, None): {
        "staff-roll-upload",
    },
    (Action.SEE_ROLL, Action.IMPORT_ROLL): {
        "staff-moves", "staff-roll", "staff-same-child", "staff-same-children",
    },
    (Action.IMPORT_ROLL, Action.IMPORT_ROLL): {
        "staff-move", "staff-roll-delete", "staff-roll-import", "staff-roll-reading",
    },
    (Action.SEE_CASES, None): {
        "staff-choices-received", "staff-erased", "staff-erasure-due", "staff-holds", "staff-keeping-times",
        "staff-pupil-keeping", "staff-mails", "staff-objections", "staff-pupil-list", "staff-report", "staff-reports",
        "staff-request", "staff-requests", "staff-requests-csv", "staff-school-figures-csv",
        "staff-schools",
    },
    (Action.SEE_CASES, Action.DECIDE_CASES): {
        "staff-merge", "staff-merge-proposal", "staff-merged", "staff-objection",
    },
    (Action.DECIDE_CASES, None): {
        "staff-pupil-list-csv", "staff-pupil-list-pdf", "staff-request-letter",
        "staff-request-letter-pdf",
    },
    (Action.DECIDE_CASES, Action.DECIDE_CASES): {
        "staff-hold", "staff-hold-end", "staff-erasure-wish", "staff-erasure-answer",
        "staff-death", "staff-death-mistake", "staff-decision-invalid", "staff-mail-discard",
        "staff-mails-again", "staff-met", "staff-protection-answer", "staff-protection-end",
        "staff-pupil-list-ask", "staff-report-step", "staff-report-take", "staff-request-answer",
        "staff-request-decide", "staff-request-file",
        "staff-request-more", "staff-request-new", "staff-request-part", "staff-request-people",
        "staff-request-shared", "staff-request-step", "staff-roll-schools",
    },
    (Action.SEE_PROTECTED_RECORDS, None): {
        "staff-protected",
    },
    (Action.SEE_PROTECTED_RECORDS, Action.SEE_PROTECTED_RECORDS): {
        "staff-protected-details",
    },
    (Action.SEE_AGREEMENTS, None): {
        "staff-agreement", "staff-agreement-changes", "staff-agreement-paper",
        "staff-agreement-signed-paper", "staff-agreement-template", "staff-agreement-version",
        "staff-agreement-warnings", "staff-agreements", "staff-organisation", "staff-organisations",
        "staff-processing", "staff-processing-linked-data", "staff-processing-workbook", "staff-template", "staff-template-version", "staff-templates",
    },
    (Action.KEEP_AGREEMENTS, Action.KEEP_AGREEMENTS): {
        "staff-agreement-act", "staff-agreement-basis", "staff-agreement-discard",
        "staff-agreement-edit", "staff-agreement-new", "staff-agreement-next",
        "staff-agreement-sign",
        "staff-template-new",
    },
    (Action.SEE_RELEASES, None): {
        "staff-amendments", "staff-amendments-overdue", "staff-control", "staff-control-nights",
        "staff-control-run", "staff-counts", "staff-definitions", "staff-release",
        "staff-release-decision", "staff-release-rows", "staff-release-why", "staff-releases",
        "staff-statistics",
    },
    (Action.SEE_RELEASES, Action.RELEASE): {
        "staff-amendment", "staff-release-headings", "staff-release-reading",
    },
    (Action.RELEASE, Action.RELEASE): {
        "staff-amendment-ask", "staff-amendment-make", "staff-amendments-look",
        "staff-control-resume", "staff-control-run-now",
        "staff-definition", "staff-definition-forget", "staff-definition-new",
        "staff-definition-run", "staff-release-delete",
        "staff-release-new",
        "staff-release-override",
        "staff-statistics-new",
    },
    (Action.HAND_OVER, Action.HAND_OVER): {
        "staff-counts-hand-over", "staff-release-download", "staff-release-let-go",
        "staff-request-file-download",
    },
    (Action.APPROVE, Action.APPROVE): {
        "staff-release-permit",
        "staff-control-answer", "staff-override-look", "staff-pupil-list-answer",
        "staff-release-approve", "staff-release-return",
    },
    (Action.SEE_LOG, Action.SEE_LOG): {"staff-log-check"},
    (Action.SEE_DISCLOSURES, None): {
        "staff-certificate", "staff-cover-sheet", "staff-cover-sheet-text", "staff-cover-sheet-proof", "staff-disclosures",
        "staff-disclosures-csv", "staff-disclosures-json",
        "staff-disclosure-again", "staff-disclosure-again-csv",
        "staff-disclosures-xlsx", "staff-incidents", "staff-keeping", "staff-recall-letter",
        "staff-recalls",
    },
    (Action.SEE_DISCLOSURES, Action.KEEP_DISCLOSURES): {
        "staff-disclosure", "staff-incident", "staff-recall",
    },
    (Action.KEEP_DISCLOSURES, Action.KEEP_DISCLOSURES): {
        "staff-destroyed", "staff-record-given", "staff-record-received", "staff-restrict",
        "staff-disclosure-answer", "staff-disclosure-ask", "staff-saved-filter-delete",
        "staff-saved-filter-save", "staff-sign-off",
    },
    (Action.SEE_FIGURES, None): {
        "staff-figures", "staff-figures-csv", "staff-figures-page",
    },
    (Action.SEE_POLICY, None): {
        "staff-policy", "staff-policy-draft", "staff-policy-drafts", "staff-policy-list",
        "staff-policy-thing",
    },
    (Action.DRAFT_POLICY, Action.DRAFT_POLICY): {
        "staff-policy-add", "staff-policy-change", "staff-policy-take-away",
        "staff-policy-withdraw", "staff-assurance-add", "staff-assurance-withdraw",
    },
    (Action.PUT_IN_FORCE, Action.PUT_IN_FORCE): {
        "staff-policy-put-in-force", "staff-policy-send-back",
    },
    (Action.SEE_LOG, None): {
        "staff-log", "staff-log-csv", "staff-log-entry", "staff-log-proof",
    },
    (Action.SEE_DRAFTS, None): {
        "staff-draft", "staff-draft-preview", "staff-notice-version", "staff-notices",
    },
    (Action.SEE_DRAFTS, Action.PUBLISH_NOTICES): {
        "staff-publish",
    },
    (Action.EDIT_NOTICES, None): {
        "staff-draft-language",
    },
    (Action.EDIT_NOTICES, Action.EDIT_NOTICES): {
        "staff-draft-details", "staff-draft-discard", "staff-draft-language-add",
        "staff-draft-language-remove", "staff-draft-language-section", "staff-draft-language-title",
        "staff-draft-language-words", "staff-draft-line", "staff-draft-line-add",
        "staff-draft-move", "staff-draft-not-applicable", "staff-draft-remove",
        "staff-draft-section", "staff-draft-section-add", "staff-draft-start", "staff-draft-young",
    },
    (Action.PUBLISH_NOTICES, Action.PUBLISH_NOTICES): {
        "staff-withdraw",
    },
    (Action.SEE_JOBS, None): {
        "staff-jobs",
    },
    (Action.SEE_PEOPLE, None): {
        "staff-people", "staff-person", "staff-roles",
    },
    (Action.KEEP_PEOPLE, Action.KEEP_PEOPLE): {
        "staff-person-add", "staff-person-deactivate", "staff-person-lead", "staff-person-link",
        "staff-person-name", "staff-person-reactivate", "staff-person-roles", "staff-person-second-step",
        "staff-person-withdraw",
    },
    (Action.AGREE_TO_ROLES, Action.AGREE_TO_ROLES): {
        "staff-person-answer",
    },
}  # fmt: skip
GUARDS = {name: Guard(*actions) for actions, names in _GUARDED.items() for name in names}


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
