"""HTTP: the application, its log and its faults."""
