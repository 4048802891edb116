"""The ladder of schema changes, run from the installed package; new steps only add to fact tables."""
