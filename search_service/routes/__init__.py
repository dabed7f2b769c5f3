"""The endpoints of the JSON interface, one file per subject; `api` puts them together."""
