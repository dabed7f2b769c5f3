"""Documents from the web: lists of addresses, sitemaps and repositories, fetched politely onto a shelf of files."""
