"""The inbox: everything at somebody's sites that waits for somebody, each kind by itself, the oldest first."""
