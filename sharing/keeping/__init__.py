"""What is kept how long, what is due to be erased, what holds it, and what was erased (R2)."""
