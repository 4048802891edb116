"""The study's server: collects, grades, reminds and hands over data."""
