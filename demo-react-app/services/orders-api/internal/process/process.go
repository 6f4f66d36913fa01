// Package process runs a command of the shop: signals, telemetry and database around its work.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

// Process is what every command of the shop works with.
type Process struct {
	Store     *postgres.Store
	Telemetry *telemetry.Telemetry
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

func run(ctx context.Context, name string, work func(context.Context, Process) error) error {
	return withTelemetry(ctx, name, func(ctx context.Context, sdk *telemetry.Telemetry) error {
		store, err := postgres.Open(ctx, environment.DatabaseURL())
		if err != nil {
			return err
		}
		defer store.Close()
		return work(ctx, Process{Store: store, Telemetry: sdk})
	})
}

// withTelemetry runs work and exports all of its telemetry before it returns.
func withTelemetry(ctx context.Context, name string, work func(context.Context, *telemetry.Telemetry) error) (err error) {
	sdk, err := telemetry.Start(ctx, name)
	if err != nil {
		return err
	}
	defer func() {
		// The last line of a process that fails says why; it is exported like any other.
		if err != nil {
			sdk.Slog().Error("ended", slog.Any("error", err))
		}
		err = errors.Join(err, sdk.Shutdown())
	}()
	return work(ctx, sdk)
}
