"""Diary studies in which everything goes wrong, drawn from a seed, lived through by the real programs, and checked."""
