package validate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachDashboardFitsTheSchemasOfGrafana(t *testing.T) {
	files, err := filepath.Glob("../dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := Dashboard(read(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatGrafanaDoesNotKnowIsNamed(t *testing.T) {
	text := string(read(t, "../dashboards/errors.json"))
	for name, test := range map[string]struct{ from, to, fault string }{
		"a field of the dashboard":       {`"uid":`, `"uidd": "a", "uid":`, "uidd"},
		"a value of another type":        {`"editable": true`, `"editable": "no"`, "editable"},
		"an option of a panel":           {`"showUnfilled": true`, `"showUnfiled": true`, "showUnfiled"},
		"a field of a query":             {`"legendFormat":`, `"legend": "a", "legendFormat":`, "legend"},
		"an option that has to be there": {`"namePlacement": "auto",`, ``, "namePlacement"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, test.from, test.to, 1)
			if changed == text {
				t.Fatalf("%s is not in the dashboard", test.from)
			}
			err := Dashboard([]byte(changed))
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("error is %v, want one that names %s", err, test.fault)
			}
		})
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
