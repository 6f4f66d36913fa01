// Package postgrestest answers: which PostgreSQL do the tests talk to?
//
// The one of DATABASE_URL; without it, one of their own that lives as long as
// the test; without PostgreSQL on the machine, none, and the test says so.
package postgrestest

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// URL returns the address of an empty database of this test's own.
func URL(t *testing.T) string {
	t.Helper()
	server := os.Getenv("DATABASE_URL")
	if server == "" {
		server = start(t)
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
	return fmt.Sprintf("postgres://%s@%s:%d/%s?sslmode=disable", config.User, config.Host, config.Port, name)
}

// start runs a server on a free port until the test ends.
func start(t *testing.T) string {
	t.Helper()
	programs := programsOf(t)
	folder, err := os.MkdirTemp("", "orders-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	user := unprivileged(t, folder)
	cluster := filepath.Join(folder, "cluster")

	create := exec.Command(filepath.Join(programs, "initdb"),
		"--pgdata", cluster, "--username", "shop", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
	create.Dir = folder
	create.SysProcAttr = user
	if output, err := create.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}

	port := freePort(t)
	server := exec.Command(filepath.Join(programs, "postgres"),
		"-D", cluster, "-p", fmt.Sprint(port), "-k", folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
	server.Dir = folder
	server.SysProcAttr = user
	log := &strings.Builder{}
	server.Stderr = log
	if err := server.Start(); err != nil {
		t.Fatalf("postgres: %v", err)
	}
	t.Cleanup(func() {
		// SIGINT is PostgreSQL's fast shutdown.
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
	})
	url := fmt.Sprintf("postgres://shop@127.0.0.1:%d/postgres?sslmode=disable", port)
	deadline := time.Now().Add(20 * time.Second)
	for {
		connection, err := pgx.Connect(t.Context(), url)
		if err == nil {
			connection.Close(t.Context())
			return url
		}
		if time.Now().After(deadline) {
			_ = server.Process.Kill()
			_ = server.Wait()
			t.Fatalf("PostgreSQL did not answer: %v\n%s", err, log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// programsOf finds the folder of initdb: Debian keeps it out of PATH.
func programsOf(t *testing.T) string {
	t.Helper()
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Skip("no PostgreSQL here: set DATABASE_URL or install postgresql")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

// unprivileged returns who to run as and gives them the folder: PostgreSQL
// refuses to run as root.
func unprivileged(t *testing.T, folder string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	if err := os.Chown(folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// nobody is the overflow user and group of every Linux; it owns nothing.
const nobody = 65534
