"""How the server is doing, in plain words, for everybody who looks after the study or the machine."""
