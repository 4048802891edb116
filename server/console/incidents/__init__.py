"""The log of breaches of data protection: read by whoever answers for the data, kept by administrators."""
