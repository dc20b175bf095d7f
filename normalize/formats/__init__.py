"""Readers and writers, one small module per format."""
