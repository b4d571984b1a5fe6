package state

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// BenchmarkRun starts containers that end at once.
func BenchmarkRun(b *testing.B) {
	for name, cmd := range map[string][]string{"true": {"true"}, "echo": {"sh", "-c", "echo hello; exit 3"}} {
		b.Run(name, func(b *testing.B) {
			s := New(Options{})
			defer s.Close()
			i, err := s.AddImage(Image{Refs: []string{"docker.io/library/busybox:1"}, Content: image.Content{Config: image.Config{Cmd: cmd}}})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c, err := s.CreateContainer(Container{ImageID: i.ID, Image: "busybox:1"})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Start(c.ID); err != nil {
					b.Fatal(err)
				}
				if err := s.Remove(c.ID, RemoveOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
