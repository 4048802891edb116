"""The audit trail: that no fact was changed, left out or cut off since it was written down."""
