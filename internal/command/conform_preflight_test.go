package command

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// TestConformPreflight: what never spoke to a daemon cannot be judged, and one paragraph says what may be behind that.
func TestConformPreflight(t *testing.T) {
	t.Parallel()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const (
		modes  = " asked none of the good daemons for anything (mode unix, tcp, tls, tlsverify): there is nothing to judge. In "
		env    = "HOME={home} DOCKER_HOST={host} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH={certs} "
		likely = "Likely: it does not read DOCKER_HOST (tell it with --mode and {host}); or what it is told to do asks no daemon; " +
			"or it needs a file that is not there: HOME is an empty folder for each attempt, the working directory is yours."
	)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--", "false"}, "false" + modes + dir + " it ran `" + env + "{false}`, ended with exit code 1 and said nothing. " + likely},
		{[]string{"--", "true"}, "true" + modes + dir + " it ran `" + env + "{true}`, ended with exit code 0 and said nothing. " + likely},
		{[]string{"--", "nosuch"}, `exec: "nosuch": executable file not found in $PATH`},
		{[]string{"--", "python3", "missing.py"}, "python3" + modes + dir + " it ran `" + env + "{python3} missing.py`, ended with exit code 2 and said " +
			`"/python3: can't open file '` + dir + `/missing.py': [Errno 2] No such file or directory". ` + likely},
		{[]string{"--mode", "mutual=false --tls"}, "false asked none of the good daemons for anything (mode unix, tls, tlsverify): there is nothing to judge. In " + dir +
			" it ran `HOME={home} {false} --tls`, ended with exit code 1 and said nothing. " +
			"Likely: the command for client mode mutual names no daemon: give it {host}, or {addr}, among its arguments (false --tls)."},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			want := test.want
			for _, program := range []string{"false", "true", "python3"} {
				if strings.Contains(want, "{"+program+"}") {
					want = strings.ReplaceAll(want, "{"+program+"}", testtool.Need(t, program))
				}
			}
			_, _, err := execConform(t.Context(), conform.Options{}, test.args...)
			if conformExit(err) != exitSetup {
				t.Fatalf("error: got %v with exit code %d, want %d", err, conformExit(err), exitSetup)
			}
			got := err.Error()
			for _, r := range [][2]string{{`HOME=\S+/home`, "HOME={home}"}, {`tcp://127[.0-9]+:\d+`, "{host}"}, {`=\S+/cert-path`, "={certs}"}, {`"/\S+/python3:`, `"/python3:`}} {
				got = regexp.MustCompile(r[0]).ReplaceAllString(got, r[1])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
