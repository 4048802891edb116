"""What a hospital checks on its own server before participants use it, and after each change: `xerodiary qualify`."""
