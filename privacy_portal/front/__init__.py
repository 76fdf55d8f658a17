"""What stands before the application: whole bodies of requests, then a thread for each."""
