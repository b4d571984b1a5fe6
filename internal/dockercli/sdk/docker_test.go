package sdk

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/volume"
	docker "github.com/docker/docker/client"
)

type dockerClient struct{ *docker.Client }

func newDocker(host, dir string) (client, error) {
	opts := []docker.Opt{docker.WithHost(host), docker.WithAPIVersionNegotiation()}
	if dir != "" {
		opts = append(opts, docker.WithTLSClientConfig(files(dir)))
	}
	c, err := docker.NewClientWithOpts(opts...)
	return dockerClient{c}, err
}

func (c dockerClient) ask(ctx context.Context, containerID, imageName string) (a answers, err error) {
	defer c.Close()
	ping, err := c.Ping(ctx)
	if err != nil {
		return a, err
	}
	a.Ping = ping.APIVersion
	server, err := c.ServerVersion(ctx)
	if err != nil {
		return a, err
	}
	a.Version, a.Server, a.MinVersion = c.ClientVersion(), server.Version, server.MinAPIVersion
	i, err := c.Info(ctx)
	if err != nil {
		return a, err
	}
	a.Info = info{i.ID, i.Containers, i.Images}
	containers, err := c.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return a, err
	}
	for _, one := range containers {
		a.Containers = append(a.Containers, one.Names...)
	}
	one, err := c.ContainerInspect(ctx, containerID)
	if err != nil {
		return a, err
	}
	a.Container = one.Name + " " + one.State.Status + " " + one.Config.Image
	images, err := c.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range images {
		a.Images = append(a.Images, sorted(one.RepoTags)...)
	}
	img, err := c.ImageInspect(ctx, imageName)
	if err != nil {
		return a, err
	}
	a.Image = img.ID
	networks, err := c.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range networks {
		a.Networks = append(a.Networks, one.Name)
	}
	sorted(a.Networks)
	volumes, err := c.VolumeList(ctx, volume.ListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range volumes.Volumes {
		a.Volumes = append(a.Volumes, one.Name)
	}
	usage, err := c.DiskUsage(ctx, types.DiskUsageOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range usage.Volumes {
		a.VolumeBytes += one.UsageData.Size
	}
	return a, nil
}
