"""How long pupils’ details are kept, what holds them, and what goes with them when they are erased."""
