"""Signing in: password and second factor, what is told and logged of both, and who did it just now."""
