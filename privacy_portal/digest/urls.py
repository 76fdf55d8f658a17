"""The address of the setting of the daily email."""

from django.urls import path

from privacy_portal.digest import views

urlpatterns = [path("daily-email/", views.setting, name="account_digest")]
