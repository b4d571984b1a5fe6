package image

import (
	"encoding/json"
	"strings"
)

// oldImage is a layer as an image of its own, as Docker had them before version 1.10.
type oldImage struct {
	id   string
	json []byte
}

// oldConfig is what such an image says of itself (image/image.go, V1Image).
type oldConfig struct {
	ID              string          `json:"id,omitempty"`
	Parent          string          `json:"parent,omitempty"`
	Comment         string          `json:"comment,omitempty"`
	Created         string          `json:"created"`
	Container       string          `json:"container,omitempty"`
	ContainerConfig json.RawMessage `json:"container_config"`
	DockerVersion   string          `json:"docker_version,omitempty"`
	Author          string          `json:"author,omitempty"`
	Config          json.RawMessage `json:"config,omitempty"`
	Architecture    string          `json:"architecture,omitempty"`
	Variant         string          `json:"variant,omitempty"`
	OS              string          `json:"os,omitempty"`
}

// noConfig is a config without anything.
const noConfig = `{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,` +
	`"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"",` +
	`"Entrypoint":null,"OnBuild":null,"Labels":null}`

// oldImages makes the layers of an image images, from the bottom up (image/tarexport/save.go, image/v1/imagev1.go).
func oldImages(img Content) ([]oldImage, error) {
	var list []oldImage
	parent := ""
	for n, l := range img.Layers {
		c := oldConfig{Created: "1970-01-01T00:00:00Z", ContainerConfig: json.RawMessage(noConfig)}
		if n == len(img.Layers)-1 {
			if err := json.Unmarshal(img.ConfigBlob.Data, &c); err != nil {
				return nil, err
			}
		}
		plain, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		fields := make(map[string]json.RawMessage)
		if err := json.Unmarshal(plain, &fields); err != nil {
			return nil, err
		}
		fields["layer_id"] = json.RawMessage(`"` + l.ChainID + `"`)
		if parent != "" {
			fields["parent"] = json.RawMessage(`"` + parent + `"`)
		}
		named, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		id := digestOf(named)
		c.ID, c.Parent, c.OS = strings.TrimPrefix(id, "sha256:"), strings.TrimPrefix(parent, "sha256:"), img.OS
		data, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		list = append(list, oldImage{c.ID, data})
		parent = id
	}
	return list, nil
}

// addFolders writes the archive of engine 20.10: a folder for each layer.
func (a *archive) addFolders(images []Saved) error {
	var manifests []savedManifest
	repositories := make(map[string]map[string]string)
	for _, img := range images {
		m := savedManifest{Config: strings.TrimPrefix(img.ConfigBlob.Digest, "sha256:") + ".json", RepoTags: familiarAll(img.Refs)}
		a.add(m.Config, img.ConfigBlob.Data)
		old, err := oldImages(img.Content)
		if err != nil {
			return err
		}
		for n, l := range img.Layers {
			b, err := l.unpacked()
			if err != nil {
				return err
			}
			folder := old[n].id + "/"
			a.add(folder+"VERSION", []byte("1.0"))
			a.add(folder+"json", old[n].json)
			a.add(folder+"layer.tar", b.Data)
			m.Layers = append(m.Layers, folder+"layer.tar")
		}
		manifests = append(manifests, m)
		addRepositories(repositories, img, old[len(old)-1].id)
	}
	setParents(manifests, images)
	if len(repositories) > 0 {
		if err := a.json("repositories", repositories, "\n"); err != nil {
			return err
		}
	}
	return a.json("manifest.json", manifests, "\n")
}
