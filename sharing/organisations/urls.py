"""Addresses of the officers' pages about organisations."""

from django.urls import path

from sharing.organisations import views

urlpatterns = [
    path("", views.organisations, name="staff-organisations"),
    path("<slug:code>/", views.organisation, name="staff-organisation"),
    path("<slug:code>/assurance/", views.add, name="staff-assurance-add"),
    path(
        "<slug:code>/assurance/<int:number>/withdraw/",
        views.withdraw,
        name="staff-assurance-withdraw",
    ),
]
