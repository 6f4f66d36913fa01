package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL server with a port and a folder of its own.
type server struct {
	url     string
	folder  string
	process *exec.Cmd
	log     bytes.Buffer
}

func start() (_ *server, err error) {
	programs, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "orders-postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	user, err := unprivileged(folder)
	if err != nil {
		return nil, err
	}
	cluster := filepath.Join(folder, "cluster")
	create := exec.Command(filepath.Join(programs, "initdb"),
		"--pgdata", cluster, "--username", "shop", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
	create.Dir, create.SysProcAttr = folder, user
	if output, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, output)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.url = fmt.Sprintf("postgres://shop@127.0.0.1:%d/postgres?sslmode=disable", port)
	process := exec.Command(filepath.Join(programs, "postgres"),
		"-D", cluster, "-p", fmt.Sprint(port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off")
	process.Dir, process.SysProcAttr, process.Stderr = folder, user, &s.log
	if err := process.Start(); err != nil {
		return nil, err
	}
	s.process = process
	return s, s.waitUntilReady()
}

// waitUntilReady waits until the server accepts connections.
func (s *server) waitUntilReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		connection, err := pgx.Connect(ctx, s.url)
		if err == nil {
			return connection.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not respond: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) stop() {
	if s.process != nil {
		// SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
		stopped := errors.Join(s.process.Process.Signal(syscall.SIGINT), s.process.Wait())
		if stopped != nil {
			fmt.Fprintf(os.Stderr, "PostgreSQL: %v\n%s", stopped, s.log.String())
		}
	}
	_ = os.RemoveAll(s.folder)
}

// programs finds the folder of initdb: Debian keeps it out of PATH.
func programs() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return slices.Compare(version(a), version(b)) })), nil
}

// version returns the version in /usr/lib/postgresql/9.6/bin/initdb as numbers: as
// text 9.6 would be newer than 15.
func version(initdb string) []int {
	var major, minor int
	// A folder without a version counts as the oldest.
	_, _ = fmt.Sscanf(filepath.Base(filepath.Dir(filepath.Dir(initdb))), "%d.%d", &major, &minor)
	return []int{major, minor}
}

// unprivileged returns the user to run PostgreSQL as, and gives this user the folder:
// PostgreSQL refuses to run as root.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}},
		os.Chown(folder, nobody, nobody)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

const (
	// nobody is the overflow user and group of every Linux; it owns nothing.
	nobody       = 65534
	startTimeout = 20 * time.Second
)
