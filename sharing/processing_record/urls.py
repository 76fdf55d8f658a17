"""Addresses of the record of processing activities."""

from django.urls import path

from sharing.processing_record import views

urlpatterns = [
    path("", views.record, name="staff-processing"),
    path("record.xlsx", views.workbook, name="staff-processing-workbook"),
    path("record.jsonld", views.linked_data, name="staff-processing-linked-data"),
]
