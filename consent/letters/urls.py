"""Addresses of staff's pages about letters."""

from django.urls import path

from consent.letters import views as letter_views

urlpatterns = [
    path("", letter_views.index, name="staff-letters"),
    path("pupil/<str:reference>/", letter_views.one, name="staff-letters-one"),
    path("run/<uuid:number>/", letter_views.run, name="staff-letters-run"),
    path("run/<uuid:number>.pdf", letter_views.pdf, name="staff-letters-pdf"),
    path("<str:urn>/<slug:scheme>/", letter_views.new, name="staff-letters-new"),
]
