package testscripts_test

import (
	"strings"
	"testing"
)

func TestPort(t *testing.T) {
	posix(t)
	t.Parallel()
	out, err := script(t.Context(), write(t, "x.txtar", `port
port other
exec sh -c 'test $PORT -ne $PORT_other'
dockerd -H tcp://127.0.0.1:$PORT_other --tls=false &
exec fakedockerd script environ env.json
grep '"PORT='$PORT_other'"' env.json
`))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = script(t.Context(), write(t, "x.txtar", "port a b\n"))
	if err == nil || !strings.Contains(out, "usage: port [name]") {
		t.Errorf("%v\n%s", err, out)
	}
}
