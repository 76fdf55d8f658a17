"""What a monitor of the council is told: lines of security events, and the ids of requests."""
