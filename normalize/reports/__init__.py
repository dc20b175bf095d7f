"""Reports of what was found, one small module per format."""
