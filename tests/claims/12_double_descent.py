"""What the notebook says."""
