package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgrestest"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/vouchers"
)

func TestResponses(t *testing.T) {
	shop := start(t, services(t))
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		response           string // fields that the response must have
	}{
		"an order": {
			"POST", "/api/orders", `{"items":[{"sku":"mug","quantity":2}]}`,
			201, `{"currency":"EUR","totalCents":2610}`,
		},
		"an order with an unknown voucher": {
			"POST", "/api/orders", `{"items":[{"sku":"mug","quantity":2}],"voucher":"NONE"}`,
			404, `{"error":"there is no voucher NONE"}`,
		},
		"not JSON": {
			"POST", "/api/orders", `{"items":`,
			400, `{"error":"the body is not the JSON expected here: unexpected EOF"}`,
		},
		"an unknown field": {
			"POST", "/api/orders", `{"items":[],"coupon":"x"}`,
			400, `{"error":"the body is not the JSON expected here: json: unknown field \"coupon\""}`,
		},
		"two values": {
			"POST", "/api/orders", `{"items":[]} {}`,
			400, `{"error":"the body has something behind its JSON"}`,
		},
		"too large": {
			"POST", "/api/orders", `{"items":[{"sku":"` + strings.Repeat("x", maxRequestBytes) + `"}]}`,
			413, `{"error":"the body is larger than 65536 bytes"}`,
		},
		"an empty basket": {
			"POST", "/api/orders", `{"items":[]}`,
			422, `{"error":"some fields are wrong","fields":{"items":"must not be empty"}}`,
		},
		"an unknown product": {
			"POST", "/api/orders", `{"items":[{"sku":"yacht","quantity":1}]}`,
			422, `{"error":"some fields are wrong","fields":{"items[0].sku":"is not sold here"}}`,
		},
		"a voucher": {
			"GET", "/api/vouchers/WELCOME", "",
			200, `{"code":"WELCOME","discountPercent":10}`,
		},
		"an unknown voucher": {
			"GET", "/api/vouchers/NONE", "",
			404, `{"error":"there is no voucher NONE"}`,
		},
		"a voucher that breaks the vouchers service": {
			"GET", "/api/vouchers/BROKEN", "",
			502, `{"error":"the vouchers service failed"}`,
		},
		"another method": {"DELETE", "/api/orders", "", 405, ``},
		"another path":   {"GET", "/api/nothing", "", 404, ``},
		"health":         {"GET", "/healthz", "", 200, `{"status":"ok"}`},
	} {
		t.Run(name, func(t *testing.T) {
			status, response := ask(t, shop, test.method, test.path, test.body)
			if status != test.status {
				t.Errorf("status is %d, want %d: %s", status, test.status, response)
			}
			if test.response != "" {
				expectFields(t, response, test.response)
			}
		})
	}
}

func TestAVoucherLowersTheTotal(t *testing.T) {
	shop := start(t, services(t))
	status, response := ask(t, shop, "POST", "/api/orders", `{"items":[{"sku":"mug","quantity":2}],"voucher":"WELCOME"}`)
	if status != 201 {
		t.Errorf("status is %d, want 201: %s", status, response)
	}
	expectFields(t, response, `{"currency":"EUR","totalCents":2349}`)
}

func TestProducts(t *testing.T) {
	shop := start(t, services(t))
	status, response := ask(t, shop, "GET", "/api/products", "")
	if status != 200 || strings.Count(response, `"sku"`) != 6 {
		t.Errorf("status %d, want 200 and six products: %s", status, response)
	}
}

func TestAServiceThatIsDownIsABadGateway(t *testing.T) {
	behind := services(t)
	shop := start(t, behind)
	behind.Close()
	status, response := ask(t, shop, "POST", "/api/orders", `{"items":[{"sku":"mug","quantity":1}]}`)
	if status != 502 {
		t.Errorf("status is %d, want 502", status)
	}
	expectFields(t, response, `{"error":"the pricing service cannot be reached"}`)
}

func TestAnUnreadableResponseOfAServiceIsABadGateway(t *testing.T) {
	for name, response := range map[string]string{
		"no JSON":       "<html>It works!</html>",
		"another shape": `{"code":7,"id":7}`,
	} {
		t.Run(name, func(t *testing.T) {
			behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, response)
			}))
			defer behind.Close()
			shop := start(t, behind)
			for service, request := range map[string][3]string{
				"pricing":  {"POST", "/api/orders", `{"items":[{"sku":"mug","quantity":1}]}`},
				"vouchers": {"GET", "/api/vouchers/WELCOME", ""},
			} {
				status, response := ask(t, shop, request[0], request[1], request[2])
				if status != 502 {
					t.Errorf("%s: status is %d, want 502", request[1], status)
				}
				expectFields(t, response, `{"error":"the `+service+` service failed"}`)
			}
		})
	}
}

// start serves the whole API on a port of its own, with a database of its own.
func start(t *testing.T, behind *httptest.Server) *httptest.Server {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgrestest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	shop := &API{
		Store:    store,
		Pricing:  pricing.New(behind.URL),
		Vouchers: vouchers.New(behind.URL),
		Logger:   zap.NewNop(),
	}
	server := httptest.NewServer(shop.Handler())
	t.Cleanup(server.Close)
	return server
}

// services is the pricing and the vouchers service with fixed responses: ten percent off two mugs.
func services(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /quotes", func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		if want := `{"items":[{"sku":"mug","quantity":2,"unit_cents":1450}]}`; string(asked) != want {
			t.Errorf("pricing was asked %s, want %s", asked, want)
		}
		_, _ = io.WriteString(w, `{"id":"01976a50-0000-7000-8000-000000000009","currency":"EUR","total_cents":2610,
			"lines":[{"sku":"mug","quantity":2,"unit_cents":1305,"total_cents":2610}]}`)
	})
	mux.HandleFunc("GET /vouchers/WELCOME", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"code":"WELCOME","discount_percent":10}`)
	})
	mux.HandleFunc("GET /vouchers/NONE", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"detail":"there is no voucher NONE"}`)
	})
	mux.HandleFunc("GET /vouchers/BROKEN", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func ask(t *testing.T, server *httptest.Server, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("traceparent", "00-"+clickTrace+"-"+clickSpan+"-01")
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func expectFields(t *testing.T, response, want string) {
	t.Helper()
	var got, wanted map[string]any
	if err := json.Unmarshal([]byte(response), &got); err != nil {
		t.Fatalf("not JSON: %q", response)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	for field, value := range wanted {
		if !reflect.DeepEqual(got[field], value) {
			t.Errorf("%s is %v, want %v", field, got[field], value)
		}
	}
}

const (
	clickTrace = "0af7651916cd43dd8448eb211c80319c"
	clickSpan  = "b7ad6b7169203331"
)
