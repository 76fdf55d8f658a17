"""Addresses of cover sheets, by the log entry of the hand-over."""

from django.urls import path

from sharing.cover_sheets import views

ONE = "disclosures/<int:entry>/cover-sheet"

urlpatterns = [
    path(f"{ONE}.txt", views.text, name="staff-cover-sheet-text"),
    path(f"{ONE}.pdf", views.pdf, name="staff-cover-sheet"),
    path(f"{ONE}.tlog-proof", views.proof, name="staff-cover-sheet-proof"),
]
