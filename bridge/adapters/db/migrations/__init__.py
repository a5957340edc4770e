"""Steps of the schema, run through the encrypted engine when a database is opened."""
