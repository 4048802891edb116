"""The study as it is in use, and what its evenings and reminders look like on a journey or when clocks change."""
