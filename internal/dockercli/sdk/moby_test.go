package sdk

import (
	"context"

	moby "github.com/moby/moby/client"
)

type mobyClient struct{ *moby.Client }

func newMoby(host, dir string) (client, error) {
	opts := []moby.Opt{moby.WithHost(host)}
	if dir != "" {
		opts = append(opts, moby.WithTLSClientConfig(files(dir)))
	}
	c, err := moby.New(opts...)
	return mobyClient{c}, err
}

func (c mobyClient) ask(ctx context.Context, containerID, imageName string) (a answers, err error) {
	defer c.Close()
	ping, err := c.Ping(ctx, moby.PingOptions{})
	if err != nil {
		return a, err
	}
	a.Ping = ping.APIVersion
	server, err := c.ServerVersion(ctx, moby.ServerVersionOptions{})
	if err != nil {
		return a, err
	}
	a.Version, a.Server, a.MinVersion = c.ClientVersion(), server.Version, server.MinAPIVersion
	i, err := c.Info(ctx, moby.InfoOptions{})
	if err != nil {
		return a, err
	}
	a.Info = info{i.Info.ID, i.Info.Containers, i.Info.Images}
	containers, err := c.ContainerList(ctx, moby.ContainerListOptions{All: true})
	if err != nil {
		return a, err
	}
	for _, one := range containers.Items {
		a.Containers = append(a.Containers, one.Names...)
	}
	one, err := c.ContainerInspect(ctx, containerID, moby.ContainerInspectOptions{})
	if err != nil {
		return a, err
	}
	a.Container = one.Container.Name + " " + string(one.Container.State.Status) + " " + one.Container.Config.Image
	images, err := c.ImageList(ctx, moby.ImageListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range images.Items {
		a.Images = append(a.Images, sorted(one.RepoTags)...)
	}
	img, err := c.ImageInspect(ctx, imageName)
	if err != nil {
		return a, err
	}
	a.Image = img.ID
	networks, err := c.NetworkList(ctx, moby.NetworkListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range networks.Items {
		a.Networks = append(a.Networks, one.Name)
	}
	sorted(a.Networks)
	volumes, err := c.VolumeList(ctx, moby.VolumeListOptions{})
	if err != nil {
		return a, err
	}
	for _, one := range volumes.Items {
		a.Volumes = append(a.Volumes, one.Name)
	}
	usage, err := c.DiskUsage(ctx, moby.DiskUsageOptions{Volumes: true, Verbose: true})
	if err != nil {
		return a, err
	}
	a.VolumeBytes = usage.Volumes.TotalSize
	return a, nil
}
