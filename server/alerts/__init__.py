"""What staff should see to: found in what the server knows, never in an answer."""
