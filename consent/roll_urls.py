"""Addresses of the roll."""

from django.urls import path

from consent import merge_views, move_views, roll_views, same_child_views

urlpatterns = [
    path("", roll_views.roll, name="staff-roll"),
    path("template/", roll_views.template, name="staff-roll-template"),
    path("merge/", merge_views.merge, name="staff-merge"),
    path("moves/", move_views.moves, name="staff-moves"),
    path("moves/<int:number>/", move_views.move, name="staff-move"),
    path("merge/<int:number>/", merge_views.proposal, name="staff-merge-proposal"),
    path("merges/<int:number>/", merge_views.merged, name="staff-merged"),
    path("same/", same_child_views.questions, name="staff-same-children"),
    path("same/<int:number>/", same_child_views.question, name="staff-same-child"),
    path("schools/", roll_views.schools, name="staff-roll-schools"),
    path("<uuid:number>/", roll_views.upload, name="staff-roll-upload"),
    path("<uuid:number>/reading/", roll_views.reading, name="staff-roll-reading"),
    path("<uuid:number>/import/", roll_views.say_yes, name="staff-roll-import"),
    path("<uuid:number>/delete/", roll_views.throw_away, name="staff-roll-delete"),
]
