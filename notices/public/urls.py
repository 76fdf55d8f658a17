"""Addresses of the public notices."""

from django.urls import path

from notices.public import views

urlpatterns = [
    path("", views.index, name="notices"),
    path("<slug:slug>/", views.in_force, name="notice"),
    path("<slug:slug>/feed/", views.feed, name="notice-feed"),
    path("<slug:slug>/on/", views.on_day, name="notice-on-day"),
    path("<slug:slug>/changes/<int:earlier>/<int:later>/", views.changes, name="notice-changes"),
    path("<slug:slug>/versions/", views.versions, name="notice-versions"),
    path("<slug:slug>/versions/<int:number>/", views.version, name="notice-version"),
    path("<slug:slug>/versions/<int:number>.json", views.version_json, name="notice-json"),
    path("<slug:slug>/versions/<int:number>.pdf", views.version_pdf, name="notice-pdf"),
    path("<slug:slug>/versions/<int:number>/young/", views.young, name="notice-young"),
    path(
        "<slug:slug>/versions/<int:number>/<slug:language>.pdf",
        views.translation_pdf,
        name="notice-translation-pdf",
    ),
    path(
        "<slug:slug>/versions/<int:number>/<slug:language>/",
        views.translation,
        name="notice-translation",
    ),
]
