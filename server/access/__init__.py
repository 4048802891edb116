"""Who may do what: accounts, passwords, log-ins, roles and rights of staff."""
