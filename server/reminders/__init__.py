"""Reminders: what is due is queued once, claimed, sent through a channel and recorded step by step."""
