package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the migrations that are not applied yet, in the order of their
// names and in one transaction.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// The API and the consumer start at the same time; one of them waits here.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (file text PRIMARY KEY)`); err != nil {
			return err
		}
		for _, file := range files {
			if err := apply(ctx, tx, file); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

func apply(ctx context.Context, tx pgx.Tx, file string) error {
	applied, err := tx.Exec(ctx, `INSERT INTO schema_migrations (file) VALUES ($1) ON CONFLICT DO NOTHING`, file)
	if err != nil || applied.RowsAffected() == 0 {
		return err
	}
	statements, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	// Only the simple protocol accepts several statements at once.
	_, err = tx.Exec(ctx, string(statements), pgx.QueryExecModeSimpleProtocol)
	return err
}

// migrationLock is any number that no other program locks in this database.
const migrationLock = int64(0x7368_6f70)
