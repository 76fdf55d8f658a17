"""Addresses of staff's pages on which paper forms and calls are keyed."""

from django.urls import path

from consent.keying import views

urlpatterns = [
    path("paper/", views.key, name="staff-key"),
    path("paper/batch/", views.batch, name="staff-key-batch"),
    path("second/", views.looks, name="staff-looks"),
    path("second/<int:number>/", views.look, name="staff-look"),
    path("scans/<int:decision>/", views.scan, name="staff-scan"),
    path("told/", views.to_tell, name="staff-tellings"),
    path("told/<int:number>/", views.mark_told, name="staff-told"),
]
