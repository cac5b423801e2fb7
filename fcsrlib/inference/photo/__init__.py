"""Whole photographs: every face found, restored and put back."""
