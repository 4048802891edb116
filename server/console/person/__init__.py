"""The pages of one participant, the list of participants, and the trail."""
