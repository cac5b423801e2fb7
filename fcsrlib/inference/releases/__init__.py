"""Release files: made, listed, described, downloaded and read."""
