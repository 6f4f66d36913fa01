package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date: it applies the migrations that are not applied yet, in
// the order of their names and in one transaction, and returns their names.
func (s *Store) Migrate(ctx context.Context) (applied []string, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Of two that start at the same time one waits here.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (file text PRIMARY KEY)`); err != nil {
			return err
		}
		for _, file := range files {
			isNew, err := apply(ctx, tx, file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			if isNew {
				applied = append(applied, path.Base(file))
			}
		}
		return nil
	})
	return applied, err
}

func apply(ctx context.Context, tx pgx.Tx, file string) (isNew bool, err error) {
	applied, err := tx.Exec(ctx, `INSERT INTO schema_migrations (file) VALUES ($1) ON CONFLICT DO NOTHING`, file)
	if err != nil || applied.RowsAffected() == 0 {
		return false, err
	}
	statements, err := migrations.ReadFile(file)
	if err != nil {
		return false, err
	}
	// Only the simple protocol accepts several statements at once.
	_, err = tx.Exec(ctx, string(statements), pgx.QueryExecModeSimpleProtocol)
	return true, err
}

// migrationLock is any number that no other program locks in this database.
const migrationLock = int64(0x7368_6f70)
