// Package upstream calls the services behind this one: JSON over HTTP, each call a client span.
package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// Service is a service behind this one.
type Service struct {
	name, base string
	http       *http.Client
}

// New returns the service at base, http://host:port. The name is for messages: "pricing".
func New(name, base string) *Service {
	return &Service{name: name, base: base, http: &http.Client{
		Timeout: timeout,
		Transport: otelhttp.NewTransport(http.DefaultTransport,
			// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method })),
	}}
}

// StatusError is a response with an error status.
type StatusError struct {
	Service string
	Status  int
	// Detail is the message for the client of this service; empty when there is none.
	Detail string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the %s service responded with %d: %s", e.Service, e.Status, e.Detail)
}

// UnreachableError leaves a call without a response.
type UnreachableError struct {
	Service string
	Reason  error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the %s service cannot be reached: %s", e.Service, e.Reason)
}

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Reason }

// UnreadableError is an error in the body of a successful response.
type UnreadableError struct {
	Service string
	Reason  error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the response of the %s service cannot be read: %s", e.Service, e.Reason)
}

// Unwrap returns the reason.
func (e *UnreadableError) Unwrap() error { return e.Reason }

// Call sends a request and lets decode read the body of a successful response.
func (s *Service) Call(ctx context.Context, method, path string, body io.Reader, decode func([]byte) error) error {
	request, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.http.Do(request)
	if err != nil {
		return &UnreachableError{s.name, err}
	}
	defer response.Body.Close()
	// The body is read to its end, so that the span ends and the connection is reused.
	content, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	if err != nil {
		return &UnreachableError{s.name, err}
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return &StatusError{s.name, response.StatusCode, detail(content)}
	}
	if err := decode(content); err != nil {
		return &UnreadableError{s.name, err}
	}
	return nil
}

// detail returns the message of an error of the Python services; empty when there is none.
func detail(response []byte) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(response, &problem) != nil {
		return ""
	}
	return problem.Detail
}

const (
	timeout          = 5 * time.Second
	maxResponseBytes = 1 << 20
)
