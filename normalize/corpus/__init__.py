"""Many documents: worker processes and remembered results."""
