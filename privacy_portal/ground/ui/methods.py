"""HTTP methods of views, and the length of pages of lists."""

PER_PAGE = 50


FORM_METHODS = ["GET", "HEAD", "POST"]
