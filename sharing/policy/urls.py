"""Addresses of the pages about the policy. A code may be any word, but a kind may not."""

from django.urls import path

from sharing.policy import edit_views, views

urlpatterns = [
    path("", views.policy, name="staff-policy"),
    path("changes/", views.drafts, name="staff-policy-drafts"),
    path("changes/<int:number>/", views.draft, name="staff-policy-draft"),
    path(
        "changes/<int:number>/in-force/",
        edit_views.put_in_force,
        name="staff-policy-put-in-force",
    ),
    path("changes/<int:number>/back/", edit_views.send_back, name="staff-policy-send-back"),
    path("changes/<int:number>/withdraw/", edit_views.withdraw, name="staff-policy-withdraw"),
    path("add/<slug:kind>/", edit_views.add, name="staff-policy-add"),
    path("<slug:kind>/", views.listed, name="staff-policy-list"),
    path("<slug:kind>/<str:code>/", views.thing, name="staff-policy-thing"),
    path("<slug:kind>/<str:code>/change/", edit_views.change, name="staff-policy-change"),
    path("<slug:kind>/<str:code>/take-away/", edit_views.take_away, name="staff-policy-take-away"),
]
