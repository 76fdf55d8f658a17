"""What the database itself keeps (triggers, functions, policies, constraints), compared with what migrations
made: `made.txt`."""
