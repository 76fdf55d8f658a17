"""Addresses of staff's pages about opt-outs."""

from django.urls import path

from consent import staff_views

urlpatterns = [path("", staff_views.opt_outs, name="staff-opt-outs")]
