package command

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestFlagsOfDockerd holds the flags of engine 20.10 against what dockerd --help prints there: none is missing, none is
// one too many, and what is not ignored has an effect that another test asks for.
func TestFlagsOfDockerd(t *testing.T) {
	t.Parallel()
	help, err := os.ReadFile("testdata/dockerd-20.10-help.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-\w, +)?--([\w-]+)`).FindAllStringSubmatch(string(help), -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	want = slices.Compact(want) // the text of --tls names another flag
	o := newOptions(pflag.NewFlagSet("", pflag.ContinueOnError), environment{}, generations[fakedaemon.Engine20])
	got, effective := []string{"help"}, []string{}
	o.flags.VisitAll(func(f *pflag.Flag) {
		if has(f, fakeFlag) {
			return
		}
		if !f.Hidden && f.Deprecated == "" {
			got = append(got, f.Name)
		}
		if !has(f, ignoredFlag) {
			effective = append(effective, f.Name)
		}
	})
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flags (-dockerd +fake):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"authorization-plugin", "config-file", "data-root", "debug", "experimental", "group", "host", "insecure-registry", "label",
		"live-restore", "log-driver", "log-level", "node-generic-resource", "pidfile", "raw-logs", "registry-mirror", "tls",
		"tlscacert", "tlscert", "tlskey", "tlsverify", "version",
	}, effective); diff != "" {
		t.Errorf("flags with an effect (-want +got):\n%s", diff)
	}
}

// TestShownFlags: /info tells the flags that change nothing else.
func TestShownFlags(t *testing.T) {
	t.Parallel()
	socket := workDir(t) + "/s.sock"
	p := newProcess(t, "dockerd", "-H", "unix://"+socket, "--data-root", "/d", "--experimental", "--http-proxy", "http://u:p@proxy:1",
		"--https-proxy", "http://proxy:2", "--no-proxy", "localhost", "--insecure-registry", "reg.example:5000", "--live-restore",
		"--log-driver", "local", "--node-generic-resource", "apple=3", "--registry-mirror", "https://m.example")
	p.start()
	p.until("API listen on")
	type info struct {
		DockerRootDir, LoggingDriver, HttpProxy, HttpsProxy, NoProxy string
		LiveRestoreEnabled, ExperimentalBuild                        bool
		GenericResources                                             []struct{ DiscreteResourceSpec struct{ Value int } }
		RegistryConfig                                               struct{ Mirrors []string }
	}
	want := info{DockerRootDir: "/d", LoggingDriver: "local", HttpProxy: "http://xxxxx:xxxxx@proxy:1", HttpsProxy: "http://proxy:2", NoProxy: "localhost",
		LiveRestoreEnabled: true, ExperimentalBuild: true, GenericResources: make([]struct{ DiscreteResourceSpec struct{ Value int } }, 1)}
	want.GenericResources[0].DiscreteResourceSpec.Value = 3
	want.RegistryConfig.Mirrors = []string{"https://m.example/"}
	if diff := cmp.Diff(want, askSocket[info](t, socket, "/info")); diff != "" {
		t.Errorf("/info (-want +got):\n%s", diff)
	}
	if at := slices.IndexFunc(p.lines, func(l string) bool { return regexp.MustCompile("ignored").MatchString(l) }); at >= 0 {
		t.Error(p.lines[at])
	}
}
