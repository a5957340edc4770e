"""The encrypted database: SQLCipher under SQLAlchemy, migrated by Alembic."""
