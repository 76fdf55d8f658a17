"""Map the addresses of the public's corrections and complaints."""

from django.urls import path

from notices.reports import views

urlpatterns = [
    path("", views.start, name="report"),
    path("check/", views.check_answers, name="report-check"),
    path("done/", views.done, name="report-done"),
    path("<slug:step>/", views.step, name="report-step"),
]
