"""What staff see: server-rendered pages that work without a script and load nothing from elsewhere."""
