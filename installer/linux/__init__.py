"""The Debian package, built without rights and the same each time from the same tree."""
