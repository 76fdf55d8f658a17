"""The address of the page on which a protected pupil's row is let go."""

from django.urls import path

from sharing.row_permissions import views

urlpatterns = [
    path("releases/<uuid:release_id>/rows/<int:row>/", views.permit, name="staff-release-permit"),
]
