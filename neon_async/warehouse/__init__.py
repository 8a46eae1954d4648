"""Records as tables, for databases, data frames and pipelines.

- `neon_async.warehouse.tables`: flat rows with a fixed schema, with nothing to install.
- `neon_async.warehouse.arrow`: the same as Arrow schemas and record batches, for pandas, Polars,
  DuckDB and Parquet. It needs the extra `arrow`.
- `neon_async.warehouse.sqlite`: a copy of the organization in a SQLite file, kept up to date.
"""
