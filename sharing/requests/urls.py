"""Addresses of requests for data (Q)."""

from django.urls import path

from sharing.requests import act_views, letter_views, part_views, views
from sharing.requests.files import views as files

ONE = "requests/<int:number>/"

urlpatterns = [
    path("requests/", views.index, name="staff-requests"),
    path("requests/log.csv", views.as_csv, name="staff-requests-csv"),
    path("requests/new/", part_views.new, name="staff-request-new"),
    path(ONE, views.page, name="staff-request"),
    path(f"{ONE}people/", part_views.people, name="staff-request-people"),
    path(f"{ONE}decide/", act_views.decide, name="staff-request-decide"),
    path(f"{ONE}second/", act_views.answer, name="staff-request-answer"),
    path(f"{ONE}shared/", act_views.shared, name="staff-request-shared"),
    path(f"{ONE}file/", files.choose, name="staff-request-file"),
    path(f"{ONE}file/download/", files.download, name="staff-request-file-download"),
    path(f"{ONE}step/", act_views.step, name="staff-request-step"),
    path(f"{ONE}more/", letter_views.more, name="staff-request-more"),
    path(f"{ONE}letters/<slug:kind>/", letter_views.letter, name="staff-request-letter"),
    path(f"{ONE}letters/<slug:kind>.pdf", letter_views.pdf, name="staff-request-letter-pdf"),
    path(f"{ONE}parts/<slug:part>/", part_views.part, name="staff-request-part"),
]
