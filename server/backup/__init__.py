"""Backups: written online from one snapshot, verified, restored into either kind of database."""
