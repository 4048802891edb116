"""The log of breaches of data protection, which the server keeps of its own incidents (GDPR article 33(5))."""
