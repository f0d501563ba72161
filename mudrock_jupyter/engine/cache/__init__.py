"""What was computed before, kept on disk by a key of everything it depends on."""
