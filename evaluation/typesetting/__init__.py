"""Sets known German texts as PDF with real engines and tells on which page every part of them stands."""
