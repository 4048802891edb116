"""The call list: whom to call now and why, the number on demand, and what came of each call."""
