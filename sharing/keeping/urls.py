"""Addresses of keeping times, holds and erasures."""

from django.urls import path

from sharing.keeping import views

urlpatterns = [
    path("", views.index, name="staff-keeping-times"),
    path("due/<slug:what>/", views.due, name="staff-erasure-due"),
    path("erased/", views.erased, name="staff-erased"),
    path("holds/", views.holds, name="staff-holds"),
    path("pupils/<str:reference>/", views.pupil, name="staff-pupil-keeping"),
    path("pupils/<str:reference>/hold/", views.hold, name="staff-hold"),
    path("pupils/<str:reference>/holds/<int:number>/", views.end_hold, name="staff-hold-end"),
    path("pupils/<str:reference>/erase/", views.wish, name="staff-erasure-wish"),
    path("pupils/<str:reference>/erase/<int:number>/", views.answer, name="staff-erasure-answer"),
]
