package fakedaemon_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// BenchmarkListDuringBuild lists containers while images with a file of 64 MiB are built, one after another. The goal is a
// p99 of at most twice that of an idle daemon (x-idle). Where there are no cores to spare, all that computes is in the way,
// so that the fair limit is the same hashing and packing outside the daemon (peer-x-idle and x-peer).
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
	// The content is read, hashed for the step, hashed as a layer, packed and hashed again.
	peer := func() {
		read, err := io.ReadAll(bytes.NewReader(context.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		sha256.Sum256(read)
		sha256.Sum256(read)
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(read)
		z.Close()
		sha256.Sum256(packed.Bytes())
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
	var idle, built, beside float64
	for b.Loop() {
		idle += p99(func() { <-time.After(time.Second) })
		built += p99(build)
		beside += p99(peer)
	}
	b.ReportMetric(built/idle, "x-idle")
	b.ReportMetric(beside/idle, "peer-x-idle")
	b.ReportMetric(built/beside, "x-peer")
	b.ReportMetric(built/float64(b.N)/1e6, "ms-p99")
}
