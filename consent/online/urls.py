"""Addresses of the online opt-out."""

from django.urls import path

from consent.online import code_views, sent_views, views

urlpatterns = [
    path("", views.start, name="opt-out"),
    path("sent/", sent_views.sent, name="opt-out-sent"),
    path("sent/again/", sent_views.again, name="opt-out-again"),
    path("code/", code_views.enter, name="opt-out-code"),
    path("code/check/", code_views.check, name="opt-out-code-check"),
    path("code/<slug:step>/", code_views.step, name="opt-out-code-step"),
    path("status/", sent_views.status, name="opt-out-status"),
    path("confirm/<str:token>/", views.confirm, name="opt-out-confirm"),
    path("receipt/<str:token>/another/", sent_views.another, name="opt-out-another"),
    path("receipt/<str:token>/", views.receipt, name="opt-out-receipt"),
    path("receipt/<str:token>.pdf", views.receipt_pdf, name="opt-out-receipt-pdf"),
    path("receipt/<str:token>.json", views.receipt_json, name="opt-out-receipt-json"),
    path("receipt/<str:token>.tlog-proof", views.receipt_proof, name="opt-out-receipt-proof"),
    path("form/<slug:scheme>.pdf", views.form, name="opt-out-form"),
    path(
        "object/<slug:recipient>/<str:purpose>/check/", views.check_answers, name="objection-check"
    ),
    path("object/<slug:recipient>/<str:purpose>/form.pdf", views.form, name="objection-form"),
    path("object/<slug:recipient>/<str:purpose>/<slug:step>/", views.step, name="objection-step"),
    path("about/<slug:scheme>/check/", views.check_answers, name="opt-out-check"),
    path("about/<slug:scheme>/<slug:step>/", views.step, name="opt-out-step"),
]
