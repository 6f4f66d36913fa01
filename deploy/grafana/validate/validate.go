// Package validate checks dashboards against Grafana's own schemas: of the dashboard, of each kind of
// panel, and of each query.
package validate

import (
	"errors"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Dashboard returns an error that names each field of a dashboard's JSON which Grafana does not know,
// which is missing, or which has a value that it does not take.
func Dashboard(text []byte) error {
	plugins.RegisterDefaultPlugins()
	var decoded dashboard.Dashboard
	if err := faults(decoded.UnmarshalJSONStrict(text)); err != nil {
		return err
	}
	return faults(decoded.Validate())
}

// faults is nil for a list of errors without one, which the decoder returns for what is right.
func faults(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}
