"""Addresses of the officers' pages about templates of agreements."""

from django.urls import path

from sharing.agreement_templates import views

ONE = "templates/<slug:code>/"

urlpatterns = [
    path("templates/", views.templates, name="staff-templates"),
    path(ONE, views.template, name="staff-template"),
    path(f"{ONE}new/", views.new, name="staff-template-new"),
    path(f"{ONE}<int:number>/", views.template, name="staff-template-version"),
    path(
        "<int:agreement_id>/<int:number>/template/",
        views.compare,
        name="staff-agreement-template",
    ),
]
