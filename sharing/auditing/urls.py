"""Address of the check of the whole log."""

from django.urls import path

from sharing.auditing import views

urlpatterns = [path("check/", views.check, name="staff-log-check")]
