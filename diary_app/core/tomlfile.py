"""Reading TOML so that every fault names its file, line, key and remedy."""
