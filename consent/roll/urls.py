"""Addresses of imports of pupils and schools."""

from django.urls import path

from consent.roll import move_views, views

urlpatterns = [
    path("", views.roll, name="staff-roll"),
    path("template/", views.template, name="staff-roll-template"),
    path("moves/", move_views.moves, name="staff-moves"),
    path("moves/<int:number>/", move_views.move, name="staff-move"),
    path("schools/", views.schools, name="staff-roll-schools"),
    path("<uuid:number>/", views.upload, name="staff-roll-upload"),
    path("<uuid:number>/reading/", views.reading, name="staff-roll-reading"),
    path("<uuid:number>/import/", views.confirm, name="staff-roll-import"),
    path("<uuid:number>/delete/", views.delete, name="staff-roll-delete"),
]
