"""Addresses of the mails about changed notices."""

from django.urls import path

from notices.subscriptions import views as subscribe_views

urlpatterns = [
    path("", subscribe_views.subscribe, name="subscribe"),
    path("sent/", subscribe_views.sent, name="subscribe-sent"),
    path("confirm/<str:token>/", subscribe_views.confirm, name="subscribe-confirm"),
    path("end/<uuid:reference>/", subscribe_views.end, name="subscribe-end"),
]
