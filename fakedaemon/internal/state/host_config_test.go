package state

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestHostConfig: the mounts that a container is created with, or what is refused of its mounts and links.
func TestHostConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host HostConfig
		want string
	}{
		{HostConfig{Binds: []string{":/a"}}, "*errors.errorString: invalid volume specification: ':/a'"},
		{HostConfig{Binds: []string{"a:b:c:d"}}, "*errors.errorString: invalid volume specification: 'a:b:c:d'"},
		{HostConfig{Binds: []string{""}}, "*errors.errorString: invalid volume specification: ''"},
		{HostConfig{Binds: []string{"/a:ro"}}, "*errors.errorString: invalid volume specification: '/a:ro'"},
		{HostConfig{Binds: []string{"v1:ro"}}, "*errors.errorString: invalid volume specification: 'v1:ro'"},
		{HostConfig{Binds: []string{"v1:/a:bogus"}}, "*errors.errorString: invalid mode: bogus"},
		{HostConfig{Binds: []string{"v1:/a:ro"}}, "{Type:volume Name:v1 Source:/var/lib/docker/volumes/v1/_data Destination:/a Driver:local Mode:ro RW:false Propagation:}"},
		{HostConfig{Binds: []string{"v1:/a:rw,z"}}, "{Type:volume Name:v1 Source:/var/lib/docker/volumes/v1/_data Destination:/a Driver:local Mode:rw,z RW:true Propagation:}"},
		{HostConfig{Binds: []string{"v1:/a:ro,ro"}}, "*errors.errorString: invalid mode: ro,ro"},
		{HostConfig{Binds: []string{"v1:/a:ro,rw"}}, "*errors.errorString: invalid mode: ro,rw"},
		{HostConfig{Binds: []string{"v1:"}}, "*errors.errorString: invalid volume specification: 'v1:'"},
		{HostConfig{Binds: []string{"v1:/"}}, `*errors.errorString: invalid volume specification: 'v1:/': invalid mount config for type "volume": invalid specification: destination can't be '/'`},
		{HostConfig{Binds: []string{"v1:/a/.."}}, `*errors.errorString: invalid volume specification: 'v1:/a/..': invalid mount config for type "volume": invalid specification: destination can't be '/'`},
		{HostConfig{Binds: []string{"/a:/b:rshared"}}, "{Type:bind Name: Source:/a Destination:/b Driver: Mode:rshared RW:true Propagation:rshared}"},
		{HostConfig{Binds: []string{"v1:/b:rshared"}}, `*errors.errorString: invalid volume specification: 'v1:/b:rshared': invalid mount config for type "volume": field BindOptions must not be specified`},
		{HostConfig{Binds: []string{"/a:/b:nocopy"}}, `*errors.errorString: invalid volume specification: '/a:/b:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified`},
		{HostConfig{Binds: []string{"v1:/b:nocopy"}}, "{Type:volume Name:v1 Source:/var/lib/docker/volumes/v1/_data Destination:/b Driver:local Mode:nocopy RW:true Propagation:}"},
		{HostConfig{Binds: []string{"/b:"}}, "*errors.errorString: invalid volume specification: '/b:'"},
		{HostConfig{Binds: []string{"/a/../c:/d/./e"}}, "{Type:bind Name: Source:/c Destination:/d/e Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{Binds: []string{"/:/b"}}, "{Type:bind Name: Source:/ Destination:/b Driver: Mode: RW:true Propagation:rslave}"},
		{HostConfig{Binds: []string{"/:/b:rslave"}}, "{Type:bind Name: Source:/ Destination:/b Driver: Mode:rslave RW:true Propagation:rslave}"},
		{HostConfig{Binds: []string{"/:/b:rshared"}}, "{Type:bind Name: Source:/ Destination:/b Driver: Mode:rshared RW:true Propagation:rshared}"},
		{HostConfig{Binds: []string{"/:/b:rprivate"}}, `Invalid: invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "/var/lib/docker", bind mount source: "/", propagation: "rprivate"`},
		{HostConfig{Binds: []string{"/var/lib/docker/x:/b"}}, "{Type:bind Name: Source:/var/lib/docker/x Destination:/b Driver: Mode: RW:true Propagation:rslave}"},
		{HostConfig{Binds: []string{"/var/lib/docker:/b:private"}}, `Invalid: invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "/var/lib/docker", bind mount source: "/var/lib/docker", propagation: "private"`},
		{HostConfig{Binds: []string{"/var/lib/docker2:/b"}}, "{Type:bind Name: Source:/var/lib/docker2 Destination:/b Driver: Mode: RW:true Propagation:rslave}"},
		{HostConfig{Binds: []string{"/var:/b"}}, "{Type:bind Name: Source:/var Destination:/b Driver: Mode: RW:true Propagation:rslave}"},
		{HostConfig{Binds: []string{"/a:/b:ro,rslave,Z"}}, "{Type:bind Name: Source:/a Destination:/b Driver: Mode:ro,rslave,Z RW:false Propagation:rslave}"},
		{HostConfig{Binds: []string{"vol1:/b"}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/b Driver:local Mode:z RW:true Propagation:}"},
		{HostConfig{VolumesFrom: []string{""}}, "Invalid: volumes-from specification cannot be an empty string"},
		{HostConfig{VolumesFrom: []string{"src"}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/v Driver:local Mode: RW:false Propagation:} {Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{VolumesFrom: []string{"src:ro"}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/v Driver:local Mode: RW:false Propagation:} {Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:false Propagation:rprivate}"},
		{HostConfig{VolumesFrom: []string{"src:rw"}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/v Driver:local Mode: RW:false Propagation:} {Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{VolumesFrom: []string{"src:x"}}, "Invalid: invalid mode: x"},
		{HostConfig{VolumesFrom: []string{"src:rshared"}}, "Invalid: invalid mode: rshared"},
		{HostConfig{VolumesFrom: []string{"src:nocopy"}}, "Invalid: invalid mode: nocopy"},
		{HostConfig{VolumesFrom: []string{"nosuch"}}, "Invalid: No such container: nosuch"},
		{HostConfig{VolumesFrom: []string{"tmp"}}, "NotFound: get: no such volume"},
		{HostConfig{VolumesFrom: []string{"src:z"}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/v Driver:local Mode: RW:false Propagation:} {Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{VolumesFrom: []string{"src"}, Binds: []string{"/z:/v"}}, "{Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:true Propagation:rprivate} {Type:bind Name: Source:/z Destination:/v Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{VolumesFrom: []string{"src", "src2"}}, "{Type:bind Name: Source:/x Destination:/y Driver: Mode: RW:true Propagation:rprivate} {Type:volume Name:vol2 Source:/var/lib/docker/volumes/vol2/_data Destination:/v Driver:local Mode: RW:true Propagation:}"},
		{HostConfig{Mounts: []MountRequest{{Type: "volume", Source: "vol1", Target: "/b"}}}, "{Type:volume Name:vol1 Source:/var/lib/docker/volumes/vol1/_data Destination:/b Driver:local Mode:z RW:true Propagation:}"},
		{HostConfig{Mounts: []MountRequest{{Type: "volume", Target: "/b", Driver: "local", Labels: map[string]string{"a": "b"}}}}, "{Type:volume Name:ID Source:/var/lib/docker/volumes/ID/_data Destination:/b Driver:local Mode:z RW:true Propagation:}"},
		{HostConfig{Mounts: []MountRequest{{Type: "bind", Source: "/x/../y", Target: "/b"}}}, "{Type:bind Name: Source:/y Destination:/b Driver: Mode: RW:true Propagation:rprivate}"},
		{HostConfig{Mounts: []MountRequest{{Type: "bind", Source: "/y", Target: "/b", Propagation: "shared", ReadOnly: true}}}, "{Type:bind Name: Source:/y Destination:/b Driver: Mode: RW:false Propagation:shared}"},
		{HostConfig{Mounts: []MountRequest{{Type: "image", Source: "bb:1", Target: "/b"}}}, "{Type:image Name:bb:1 Source:bb:1 Destination:/b Driver: Mode: RW:false Propagation:rprivate}"},
		{HostConfig{Mounts: []MountRequest{{Type: "tmpfs", Target: "/b"}}}, "{Type:tmpfs Name: Source: Destination:/b Driver: Mode: RW:true Propagation:}"},
		{HostConfig{Mounts: []MountRequest{{Type: "volume", Source: "x", Target: "/b"}}}, "Invalid: create x: volume name is too short, names should be at least two alphanumeric characters"},
		{HostConfig{Links: []string{""}}, "*errors.errorString: empty string specified for links"},
		{HostConfig{Links: []string{"a:b:c"}}, "*errors.errorString: bad format for links: a:b:c"},
		{HostConfig{Links: []string{"src"}}, ""},
		{HostConfig{Links: []string{"/src:/src/alias"}}, ""},
		{HostConfig{Links: []string{"src:alias"}}, ""},
		{HostConfig{Links: []string{"nosuch"}}, "Invalid: could not get container for nosuch: No such container: nosuch"},
		{HostConfig{Links: []string{"shared"}}, "Invalid: conflicting options: host type networking can't be used with links. This would result in undefined behavior"},
		{HostConfig{Links: []string{"onhost"}}, "Invalid: conflicting options: host type networking can't be used with links. This would result in undefined behavior"},
		{HostConfig{Links: []string{"nosuch:x"}}, "Invalid: could not get container for nosuch: No such container: nosuch"},
		{HostConfig{NetworkMode: "host", Links: []string{"nosuch"}}, "Invalid: could not get container for nosuch: No such container: nosuch"},
		{HostConfig{NetworkMode: "n1", Links: []string{"nosuch"}}, ""},
		{HostConfig{NetworkMode: "container:src", Links: []string{"nosuch"}}, "Invalid: could not get container for nosuch: No such container: nosuch"},
	} {
		s, img := withImage(t)
		ok[Network](t)(s.AddNetwork(Network{Name: "n1"}))
		for name, host := range map[string]HostConfig{
			"src":    {Binds: []string{"vol1:/v:ro", "/x:/y"}},
			"src2":   {Binds: []string{"vol2:/v"}},
			"tmp":    {Mounts: []MountRequest{{Type: "tmpfs", Target: "/t"}}},
			"onhost": {NetworkMode: "host"},
		} {
			ok[Container](t)(s.CreateContainer(Container{Name: name, ImageID: img, Host: host}))
		}
		ok[Container](t)(s.CreateContainer(Container{Name: "shared", ImageID: img, Host: HostConfig{NetworkMode: "container:onhost"}}))
		c, err := s.CreateContainer(Container{Name: "c1", ImageID: img, Host: tt.host})
		got := class(err) + ": " + fmt.Sprint(err)
		if err == nil {
			var list []string
			for _, m := range c.Mounts {
				list = append(list, fmt.Sprintf("%+v", m))
			}
			got = regexp.MustCompile("[0-9a-f]{64}").ReplaceAllString(strings.Join(list, " "), "ID")
		}
		if got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.host, got, tt.want)
		}
	}
}

// TestLinkIntoCircle: a link to a container whose network is found nowhere, as it is its own, ends.
func TestLinkIntoCircle(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "base"}, "sleep", "1000")
	base, err := lt.Container("base")
	lt.must(err)
	add := func(name string, h HostConfig) error {
		_, err := lt.CreateContainer(Container{Name: name, ImageID: base.ImageID, Config: base.Config, Host: h})
		return err
	}
	lt.must(add("own", HostConfig{NetworkMode: "container:own"}))
	if err := add("linked", HostConfig{Links: []string{"own"}}); err != nil {
		t.Error(err)
	}
}
