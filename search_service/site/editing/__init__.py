"""The editors' pages under `/pflege`, behind a sign-in with a key for the administration. Complete without JavaScript."""
