"""Many files at once: planned, shared between processes, restored in batches."""
