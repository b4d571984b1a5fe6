package flows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// answer is what a raw request got.
type answer struct {
	status int
	body   string
}

var (
	rawLine   = regexp.MustCompile(`(?s)^>(t=\S+)? (\S+) (.*)$`)
	rawHeader = regexp.MustCompile(`^\[([^]:]+): ?([^]]*)\] ?`)
)

// send sends a raw request: >[t=DURATION] METHOD TARGET [HEADER: VALUE]... [BODY | @FILE] [<<INPUT].
func send(socket, line string) (answer, error) {
	m := rawLine.FindStringSubmatch(line)
	if m == nil {
		return answer{}, fmt.Errorf("%q is no raw request", line)
	}
	wait := 10 * time.Second
	if m[1] != "" {
		var err error
		if wait, err = time.ParseDuration(strings.TrimPrefix(m[1], "t=")); err != nil {
			return answer{}, err
		}
	}
	rest, input, _ := strings.Cut(m[3], "<<")
	target, rest := cutTarget(strings.TrimSpace(rest))
	header := http.Header{}
	for {
		h := rawHeader.FindStringSubmatch(rest)
		if h == nil {
			break
		}
		header.Add(h[1], h[2])
		rest = rest[len(h[0]):]
	}
	body := []byte(rest)
	if name, ok := strings.CutPrefix(rest, "@"); ok {
		var err error
		if body, err = os.ReadFile(name); err != nil {
			return answer{}, err
		}
	}
	if len(body) > 0 && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(wait))
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: docker\r\n", m[2], escape(target))
	header.Write(&b)
	if len(body) > 0 || m[2] == http.MethodPost || m[2] == http.MethodPut {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	b.WriteString(input)
	_, _ = conn.Write(b.Bytes()) // a daemon that refuses does not read it all
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: m[2]})
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return answer{}, err
	}
	return answer{resp.StatusCode, string(data)}, nil
}

// cutTarget cuts the target from what follows it: a header or a body. Only filters have brackets and braces too.
func cutTarget(text string) (target, rest string) {
	if i := strings.Index(text, " "); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

// escape makes a target of what was typed: quotes and braces of filters are not escaped there.
func escape(target string) string {
	return strings.NewReplacer(`"`, "%22", " ", "%20", "{", "%7B", "}", "%7D", "<", "%3C", ">", "%3E", "[", "%5B", "]", "%5D").Replace(target)
}
