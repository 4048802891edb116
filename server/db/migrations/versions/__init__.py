"""One file a step, numbered; each keeps its own SQL, so that what was released never changes."""
