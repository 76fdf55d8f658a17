"""Addresses of the list on which school staff note who did not want to take part."""

from django.urls import path

from consent.on_the_day import views

urlpatterns = [path("on-the-day/", views.on_the_day, name="staff-on-the-day")]
