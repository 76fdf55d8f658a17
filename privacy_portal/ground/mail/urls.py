"""Addresses of the pages about mails."""

from django.urls import path

from privacy_portal.ground.mail import views

urlpatterns = [
    path("outbox/", views.outbox, name="staff-outbox"),
    path("mails/", views.unsent, name="staff-mails"),
    path("mails/again/", views.try_again, name="staff-mails-again"),
    path("mails/<int:message_id>/discard/", views.discard, name="staff-mail-discard"),
]
