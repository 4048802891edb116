"""What the phone talks to: enrol and sync."""
