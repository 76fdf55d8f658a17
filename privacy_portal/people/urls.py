"""Addresses of the pages about people."""

from django.urls import path

from privacy_portal.people import views

urlpatterns = [
    path("", views.people, name="staff-people"),
    path("add/", views.add, name="staff-person-add"),
    path("roles/", views.roles, name="staff-roles"),
    path("<uuid:reference>/", views.person, name="staff-person"),
    path("<uuid:reference>/roles/", views.change_roles, name="staff-person-roles"),
    path("<uuid:reference>/name/", views.rename, name="staff-person-name"),
    path("<uuid:reference>/deactivate/", views.deactivate, name="staff-person-deactivate"),
    path("<uuid:reference>/reactivate/", views.reactivate, name="staff-person-reactivate"),
    path("<uuid:reference>/link/", views.send_link, name="staff-person-link"),
    path("<uuid:reference>/second-step/", views.reset_factors, name="staff-person-second-step"),
    path("<uuid:reference>/lead/", views.lead, name="staff-person-lead"),
    path("<uuid:reference>/withdraw/", views.withdraw, name="staff-person-withdraw"),
    path("<uuid:reference>/answer/", views.answer, name="staff-person-answer"),
]
