"""Pages about accounts: the second step of the log-in, one's own account, the accounts of others, invitations."""
