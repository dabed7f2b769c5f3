"""What the pages cost a reader in a real browser, and whether a new one finds the page that answers."""
