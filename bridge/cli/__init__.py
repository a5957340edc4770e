"""The command line: thin verbs over the running daemon, data on stdout, talk on stderr."""
