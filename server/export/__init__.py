"""What a sponsor takes away: one module a format, every expected day accounted for."""
