package fakedaemon_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
)

// BenchmarkListDuringBuild lists containers while images with a file of 64 MiB are built, one after another. The goal is a
// p99 of at most twice that of an idle daemon (x-idle). Two floors tell how much of it is left to the daemon where there are no
// cores to spare: a goroutine that does nothing but compute (busy-x-idle), and what every daemon has to do with such a file, as
// this one does it (peer-x-idle and x-peer). The peer takes memory of the same size, of which most comes: a garbage collection
// that begins with 64 MiB more than was reckoned with makes all who want memory help it first. MB-per-build is that of a build
// alone.
func BenchmarkListDuringBuild(b *testing.B) {
	d := fakedaemon.Start(b, nil)
	for range 10 {
		d.AddContainer(fakedaemon.Container{})
	}
	data := make([]byte, 64<<20)
	rand.NewChaCha8([32]byte{}).Read(data)
	var context bytes.Buffer
	w := tar.NewWriter(&context)
	for name, content := range map[string][]byte{"Dockerfile": []byte("FROM scratch\nCOPY file /\n"), "file": data} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o644}); err != nil {
			b.Fatal(err)
		}
		w.Write(content)
	}
	w.Close()
	client := d.HTTPClient()
	do := func(method, path string, body io.Reader) []byte {
		req, err := http.NewRequest(method, "http://docker"+path, body)
		if err != nil {
			b.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err, string(answer))
		}
		return answer
	}
	build := func() {
		answer := do(http.MethodPost, "/build?q=1&nocache=1", bytes.NewReader(context.Bytes()))
		var line struct{ Stream string }
		if err := json.Unmarshal(answer, &line); err != nil {
			b.Fatal(err)
		}
		do(http.MethodDelete, "/images/"+strings.TrimSpace(line.Stream), nil)
	}
	// The content is sent, read, hashed for the step, written as a layer and hashed again.
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		read, err := bulk.ReadAll(r.Body, r.ContentLength)
		if err != nil {
			b.Error(err)
		}
		bulk.Sum256(read)
		layer := bulk.Buffer{Size: int64(len(read))}
		if err := bulk.Write(&layer, read); err != nil {
			b.Error(err)
		}
		bulk.Sum256(layer.Bytes())
	}))
	defer sink.Close()
	peer := func() {
		resp, err := sink.Client().Post(sink.URL, "application/x-tar", bytes.NewReader(context.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
	busy := func() {
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		}
	}
	p99 := func(work func()) float64 {
		done := make(chan struct{})
		go func() { defer close(done); work() }()
		var all []time.Duration
		for {
			select {
			case <-done:
				slices.Sort(all)
				return float64(all[len(all)*99/100])
			default:
			}
			start := time.Now()
			do(http.MethodGet, "/containers/json", nil)
			// Those that would have come meanwhile, one each millisecond, have waited too.
			for took := time.Since(start); took > 0; took -= time.Millisecond {
				all = append(all, took)
			}
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	build()
	runtime.ReadMemStats(&after)
	var idle, computed, built, beside float64
	for b.Loop() {
		idle += p99(func() { <-time.After(time.Second) })
		computed += p99(busy)
		built += p99(build)
		beside += p99(peer)
	}
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/1e6, "MB-per-build")
	b.ReportMetric(built/idle, "x-idle")
	b.ReportMetric(computed/idle, "busy-x-idle")
	b.ReportMetric(beside/idle, "peer-x-idle")
	b.ReportMetric(built/beside, "x-peer")
	b.ReportMetric(built/float64(b.N)/1e6, "ms-p99")
}
