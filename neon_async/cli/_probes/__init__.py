"""Read-only probes of what the library assumes about NeonCRM's API v1."""
