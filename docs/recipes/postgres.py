"""Keep the accounts of an organization in PostgreSQL up to date."""

import os
from datetime import UTC, datetime

import psycopg
from psycopg.sql import SQL, Identifier

from neon_async import Account, AsyncClient, blocking
from neon_async.warehouse import tables

SINCE = datetime(2000, 1, 1, tzinfo=UTC)
TYPES = {
    "text": SQL("text"),
    "integer": SQL("bigint"),
    "boolean": SQL("boolean"),
    "date": SQL("date"),
    "timestamp": SQL("timestamptz"),
}
UPSERT = """INSERT INTO checkpoints VALUES ('accounts', %s)
            ON CONFLICT (feed) DO UPDATE SET checkpoint = excluded.checkpoint"""


def create(db: psycopg.Connection) -> None:
    """Create the tables, unless they are there."""
    for table in tables.ACCOUNT_TABLES:
        columns = [(Identifier(column.snake), column.kind) for column in table.columns]
        parts = [SQL("{} {}").format(name, TYPES[kind]) for name, kind in columns]
        key = SQL("PRIMARY KEY ({})").format(SQL(", ").join(map(Identifier, table.key("snake"))))
        body = SQL(", ").join([*parts, key])
        db.execute(SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(Identifier(table.name), body))
    db.execute("CREATE TABLE IF NOT EXISTS checkpoints (feed text PRIMARY KEY, checkpoint text)")


def store(db: psycopg.Connection, batch: blocking.BlockingBatch[Account]) -> None:
    """Store a batch and its checkpoint in one transaction: all of it, or nothing."""
    ids = list(tables.net(batch.changes).ids)
    rows = tables.ACCOUNT_TABLES.rows(batch.changes, names="snake")
    with db.transaction(), db.cursor() as cursor:
        for table in tables.ACCOUNT_TABLES:
            name = Identifier(table.name)
            cursor.execute(SQL("DELETE FROM {} WHERE account_id = ANY(%s)").format(name), [ids])
            columns = SQL(", ").join(map(Identifier, table.column_names("snake")))
            with cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as copy:
                for row in rows[table.name]:
                    copy.write_row(tuple(row.values()))
        cursor.execute(UPSERT, [batch.checkpoint])


def main() -> None:
    """Continue where the last run ended, or was killed."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        db.execute("SELECT pg_advisory_lock(hashtext('neon_async accounts'))")  # one run at a time
        create(db)
        row = db.execute("SELECT checkpoint FROM checkpoints WHERE feed = 'accounts'").fetchone()
        checkpoint = row[0] if row else None
        with blocking.account_changes(
            AsyncClient, SINCE, checkpoint=checkpoint, merges=True
        ) as feed:
            for batch in feed.batches():
                store(db, batch)
        print(feed.certificate.verdict)


if __name__ == "__main__":
    main()
