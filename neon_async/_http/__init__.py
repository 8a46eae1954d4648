"""HTTP: the only importer of httpx."""
