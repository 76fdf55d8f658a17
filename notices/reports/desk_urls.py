"""Map the addresses of the officers' pages about corrections and complaints."""

from django.urls import path

from notices.reports import desk_views

urlpatterns = [
    path("", desk_views.reports, name="staff-reports"),
    path("<slug:reference>/", desk_views.report_page, name="staff-report"),
    path("<slug:reference>/take/", desk_views.take, name="staff-report-take"),
    path("<slug:reference>/<slug:step>/", desk_views.step, name="staff-report-step"),
]
