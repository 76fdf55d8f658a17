"""People who sign in: added, given roles and schools, deactivated; their pages and commands."""
