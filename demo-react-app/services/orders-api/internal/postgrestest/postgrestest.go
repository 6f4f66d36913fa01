// Package postgrestest gives tests a PostgreSQL server.
//
// It is the server of DATABASE_URL; without it, one that is started for the tests of
// a package; without PostgreSQL on the machine, none, and the tests are skipped.
package postgrestest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Run starts a server where it is needed and runs the tests of a package. For TestMain.
func Run(m *testing.M) int {
	if os.Getenv(variable) != "" {
		return m.Run()
	}
	server, err := start()
	if errors.Is(err, errNoPostgres) {
		return m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "postgrestest:", err)
		return 1
	}
	defer server.stop()
	if err := os.Setenv(variable, server.url); err != nil {
		fmt.Fprintln(os.Stderr, "postgrestest:", err)
		return 1
	}
	return m.Run()
}

// URL creates an empty database for this test and returns its address.
func URL(t *testing.T) string {
	t.Helper()
	server := os.Getenv(variable)
	if server == "" {
		t.Skip(errNoPostgres)
	}
	connection, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatalf("connect to %s: %v", server, err)
	}
	defer connection.Close(t.Context())
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := connection.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	config := connection.Config()
	return fmt.Sprintf("postgres://%s:%s@%s:%d/%s?sslmode=disable",
		config.User, config.Password, config.Host, config.Port, name)
}

var errNoPostgres = errors.New("no PostgreSQL here: set DATABASE_URL or install postgresql")

const variable = "DATABASE_URL"
