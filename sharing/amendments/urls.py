"""Addresses of amendments, for officers."""

from django.urls import path

from sharing.amendments import views

ONE = "<int:number>/"

urlpatterns = [
    path("", views.amendments, name="staff-amendments"),
    path("overdue/", views.overdue, name="staff-amendments-overdue"),
    path("look/", views.look, name="staff-amendments-look"),
    path(ONE, views.amendment, name="staff-amendment"),
    path(f"{ONE}make/", views.make, name="staff-amendment-make"),
    path(f"{ONE}ask/", views.ask_again, name="staff-amendment-ask"),
]
