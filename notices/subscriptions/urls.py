"""Addresses of the emails about changed notices."""

from django.urls import path

from notices.subscriptions import views

urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("sent/", views.sent, name="subscribe-sent"),
    path("confirm/<str:token>/", views.confirm, name="subscribe-confirm"),
    path("end/<uuid:reference>/", views.end, name="subscribe-end"),
]
