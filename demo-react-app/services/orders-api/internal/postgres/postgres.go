// Package postgres stores products, orders and quotes in PostgreSQL.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is the shop's database.
type Store struct{ pool *pgxpool.Pool }

// Open connects.
func Open(ctx context.Context, url string) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read DATABASE_URL: %w", err)
	}
	// Waiting for a pooled connection gets no span: it is not a statement.
	config.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithDisableAcquireTracer())
	// Statements are not prepared on first use, so that a request has one span per
	// statement on a new connection too.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	store := &Store{pool}
	if err := store.waitUntilReady(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return store, nil
}

// Ping fails when the database does not respond.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// waitUntilReady waits for a server that starts together with this process: while it
// starts, it accepts connections and then refuses them.
func (s *Store) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.Ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pingInterval):
		}
	}
}

// Close waits for statements under way.
func (s *Store) Close() { s.pool.Close() }

const (
	startTimeout = 15 * time.Second
	pingInterval = 100 * time.Millisecond
)
