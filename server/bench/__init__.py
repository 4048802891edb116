"""Figures of how fast and how large things are, each beside its floor measured in the same run."""
