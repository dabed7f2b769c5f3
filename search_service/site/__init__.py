"""The German pages: what they show, and how they are rendered."""
