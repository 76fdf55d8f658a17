"""Passwords of staff: asked for again when forgotten, changed, and hard to guess."""
