"""References to works in the formats that reference managers and word processors read."""
