"""Addresses of officers' pages about records of one child."""

from django.urls import path

from consent.identities import merge_views, same_child_views

urlpatterns = [
    path("merge/", merge_views.merge, name="staff-merge"),
    path("merge/<int:number>/", merge_views.proposal, name="staff-merge-proposal"),
    path("merges/<int:number>/", merge_views.merged, name="staff-merged"),
    path("same/", same_child_views.questions, name="staff-same-children"),
    path("same/<int:number>/", same_child_views.question, name="staff-same-child"),
]
