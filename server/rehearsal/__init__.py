"""What a new version of the study would do to everybody who is in it, before it goes live; nothing is written."""
