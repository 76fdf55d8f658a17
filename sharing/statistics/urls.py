"""Addresses of tables of counts."""

from django.urls import path

from sharing.statistics import views

urlpatterns = [
    path("statistics/", views.statistics, name="staff-statistics"),
    path("statistics/new/", views.new, name="staff-statistics-new"),
    path("statistics/<uuid:release_id>/", views.counts, name="staff-counts"),
    path("statistics/<uuid:release_id>/hand-over/", views.hand_over, name="staff-counts-hand-over"),
]
