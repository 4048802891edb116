"""The server's database: tables, stores, migrations, guards and the one writer."""
