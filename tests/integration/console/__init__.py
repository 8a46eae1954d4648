"""The emulator's web console."""
