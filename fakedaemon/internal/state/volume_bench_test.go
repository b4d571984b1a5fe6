package state

import (
	"fmt"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// BenchmarkManyMounts makes containers that run on one network, each with a volume, looks at all, and removes them. The cost of one
// container hardly grows with their number.
func BenchmarkManyMounts(b *testing.B) {
	for _, count := range []int{100, 10000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			for b.Loop() {
				s := New(Options{Seed: []byte("test")})
				img, err := s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sleep", "1000"}}}})
				if err != nil {
					b.Fatal(err)
				}
				for i := range count {
					name := fmt.Sprintf("c%d", i)
					if _, err := s.AddContainer(Container{Name: name, ImageID: img.ID, Host: HostConfig{Binds: []string{name + "v:/data", "shared:/s"}}, State: ContainerState{Running: true}}); err != nil {
						b.Fatal(err)
					}
				}
				if n, err := s.Network("bridge"); err != nil || len(n.Containers) != count {
					b.Fatalf("%d attached, %v", len(n.Containers), err)
				}
				if got := len(s.Volumes()); got != count+1 {
					b.Fatalf("%d volumes", got)
				}
				for i := range count {
					if err := s.Remove(fmt.Sprintf("c%d", i), RemoveOptions{Force: true}); err != nil {
						b.Fatal(err)
					}
				}
				if removed, _ := s.PruneVolumes(func(Volume) bool { return true }); len(removed) != count+1 {
					b.Fatalf("%d removed", len(removed))
				}
				s.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/container")
		})
	}
}
