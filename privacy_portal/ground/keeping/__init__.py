"""What is kept how long, and erasing what names people."""
