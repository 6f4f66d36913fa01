module github.com/throughline/throughline/deploy/grafana/validate

go 1.26.0

// Grafana's own types of dashboards and panels, generated from the schemas that Grafana reads.
require github.com/grafana/grafana-foundation-sdk/go v0.0.22
