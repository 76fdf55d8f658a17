"""HTTP methods of views."""

FORM_METHODS = ["GET", "HEAD", "POST"]
