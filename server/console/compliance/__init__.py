"""How much of the diary is kept: per site, per period and per week, in every reading, with n of N."""
