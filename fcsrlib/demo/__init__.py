"""The page of ``fcsr demo``: a photo, what hides its face, and the restoration beside it."""
