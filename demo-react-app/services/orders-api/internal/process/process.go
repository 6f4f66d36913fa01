// Package process runs a command of the shop: signals, telemetry and database around its work.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

// Process is what every command of the shop works with.
type Process struct {
	Store  *postgres.Store
	Logger *zap.Logger
}

// Main runs work, whose context ends with SIGINT or SIGTERM, and exits with 1 when it fails.
// The name is that of the command and the default service name.
func Main(name string, work func(context.Context, Process) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, name, work); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, work func(context.Context, Process) error) (err error) {
	sdk, err := telemetry.Start(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sdk.Shutdown()) }()

	store, err := postgres.Open(ctx, environment.DatabaseURL())
	if err != nil {
		return err
	}
	defer store.Close()
	return work(ctx, Process{Store: store, Logger: sdk.Logger})
}
