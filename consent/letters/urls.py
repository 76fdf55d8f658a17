"""Addresses of staff's pages about letters."""

from django.urls import path

from consent.letters import views

urlpatterns = [
    path("", views.index, name="staff-letters"),
    path("pupil/<str:reference>/", views.one, name="staff-letters-one"),
    path("run/<uuid:number>/", views.run, name="staff-letters-run"),
    path("run/<uuid:number>.pdf", views.pdf, name="staff-letters-pdf"),
    path("<str:urn>/<slug:scheme>/", views.new, name="staff-letters-new"),
]
