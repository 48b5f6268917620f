"""The process that does the work. Only `launch` is seen from above."""
