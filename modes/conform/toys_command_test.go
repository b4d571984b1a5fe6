package conform

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// commandEntries are the entries that toys of other languages meet, in the order of the letters in the table.
var commandEntries = []string{
	"env/ref-mtls",                               // 1 a good daemon
	"tcp/mutual/env",                             // 2 a daemon without TLS
	"env/srv-expired",                            // 3
	"tlsverify/mutual/env/server:other-ca",       // 4
	"tlsverify/mutual/env/server:wrong-hostname", // 5
	"tls/tlsverify/env/server:expired",           // 6 a daemon that asks for no certificate
	"env/verify1-noca",                           // 7 no ca.pem
	"env/keymismatch",                            // 8 the key of another certificate
	"env/client-expired",                         // 9 the daemon refuses the client
}

// pythonToy does what its argument says: it is good, verifies nothing, or does not look at the name.
const pythonToy = `
import http.client, os, ssl, sys
habit, files = sys.argv[1], os.environ['DOCKER_CERT_PATH']
ca, cert, key = (os.path.join(files, name) for name in ('ca.pem', 'cert.pem', 'key.pem'))
if habit == 'verifies-nothing':
    context = ssl._create_unverified_context()
else:
    context = ssl.create_default_context(cafile=ca)
    context.check_hostname = habit != 'no-name'
if os.path.exists(cert):
    context.load_cert_chain(cert, key)
connection = http.client.HTTPSConnection(os.environ['DOCKER_HOST'][len('tcp://'):], context=context)
connection.request('GET', '/version')
print(connection.getresponse().status)
`

const nodeToy = `
const fs = require('fs'), https = require('https'), path = require('path');
const habit = process.argv[2], read = name => {
	const file = path.join(process.env.DOCKER_CERT_PATH, name);
	return name === 'ca.pem' || fs.existsSync(file) ? fs.readFileSync(file) : undefined;
};
const o = {cert: read('cert.pem'), key: read('key.pem')};
if (habit === 'verifies-nothing') o.rejectUnauthorized = false;
else o.ca = read('ca.pem');
if (habit === 'no-name') o.checkServerIdentity = () => undefined;
https.get(process.env.DOCKER_HOST.replace('tcp://', 'https://') + '/version', o, r => { console.log(r.statusCode); process.exit(); })
	.on('error', e => { console.error(e.code, e.message); process.exit(1); });
`

const (
	curlOver = `a=${DOCKER_HOST#tcp://}; d=$DOCKER_CERT_PATH; `
	curlGood = curlOver + `set --; [ -e "$d/cert.pem" ] && set -- --cert "$d/cert.pem" --key "$d/key.pem"; curl -sSf --cacert "$d/ca.pem" "$@" https://$a/version`
)

// A commandToy is a toy that is a command, by its name.
type commandToy struct {
	name, want string
	command    []string // the first word is looked up
}

func (toy commandToy) String() string { return toy.name }

// commandToys has, for each toy, the first letter of its verdict in each of commandEntries.
var commandToys = []commandToy{
	{"good Python", "ooooooooo", []string{"python3", "-c", pythonToy, "good"}},
	{"Python that verifies nothing", "ooiiiiioo", []string{"python3", "-c", pythonToy, "verifies-nothing"}},
	{"Python without a look at the name", "ooooioooo", []string{"python3", "-c", pythonToy, "no-name"}},
	{"good Node", "ooooooooo", []string{"node", "-e", nodeToy, "-", "good"}},
	{"Node that verifies nothing", "ooiiiiioo", []string{"node", "-e", nodeToy, "-", "verifies-nothing"}},
	{"Node without a look at the name", "ooooioooo", []string{"node", "-e", nodeToy, "-", "no-name"}},
	{"good curl", "ooooooooo", []string{"sh", "-c", curlGood}},
	{"curl that verifies nothing", "ooiiiiioo", []string{"sh", "-c", strings.Replace(curlGood, `--cacert "$d/ca.pem"`, "-k", 1)}},
	{"curl that verifies nothing, without a certificate", "boiiiiiio", []string{"sh", "-c", curlOver + `exec curl -sfk https://$a/version`}},
	{"curl, and success", "ddddddddd", []string{"sh", "-c", curlGood + ` || true`}},
	{"curl, then plaintext", "iiiiiiiii", []string{"sh", "-c", curlGood + ` || curl -sSf http://$a/version`}},
}

// TestCommandToys holds the verdict on toys in Python, Node and curl against the table.
func TestCommandToys(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "curl")
	some := testtool.Sample(t, commandEntries, 5)
	filter := regexp.MustCompile("^(" + strings.Join(some, "|") + ")$")
	for _, test := range testtool.Sample(t, commandToys, 3) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := Command(Tool{Name: "toy", Command: append([]string{testtool.Need(t, test.command[0])}, test.command[1:]...)})
			if err != nil {
				t.Fatal(err)
			}
			r := runEntries(t, &Options{Clients: []Client{c}, Filter: filter, Timeout: time.Minute})
			want, got := map[string]string{}, map[string]string{}
			for i, id := range commandEntries {
				if slices.Contains(some, id) {
					want[id] = test.want[i : i+1]
				}
			}
			for _, e := range r.Entries {
				got[e.ID] = string(e.Got["toy"].Verdict[0])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("first letters of the verdicts (-want +got):\n%s", diff)
				for _, d := range r.Deviations() {
					if want[d.ID] != got[d.ID] {
						t.Log(d)
					}
				}
			}
		})
	}
}
