"""Many calls: pages, one after the other or ahead."""
