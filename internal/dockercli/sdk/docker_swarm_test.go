package sdk

import (
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func (c dockerCaller) swarm() {
	node := get[string](c.caller, "SwarmInit", swarm.InitRequest{ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1"})
	one := get[swarm.Swarm](c.caller, "SwarmInspect")
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("SwarmUpdate", one.Version, one.Spec)
	c.same("SwarmUpdate", one.Spec, get[swarm.Swarm](c.caller, "SwarmInspect").Spec)
	c.call("SwarmGetUnlockKey")
	c.nodes(node)
	config, secret := c.configs(), c.secrets()
	c.services()
	c.call("ConfigRemove", config)
	c.call("SecretRemove", secret)
	c.fails(inSwarm, "SwarmJoin", swarm.JoinRequest{RemoteAddrs: []string{"127.0.0.1:2377"}})
	c.fails("Error response from daemon: swarm is not locked", "SwarmUnlock", swarm.UnlockRequest{UnlockKey: "SWMKEY-1-x"})
	missing := "Error response from daemon: volume data not found"
	if c.engine == fakedaemon.Engine20 {
		missing = `"volume update" requires API version 1.42, but the Docker daemon API version is 1.41`
	}
	c.fails(missing, "VolumeUpdate", "data", swarm.Version{}, volume.UpdateOptions{})
	c.call("SwarmLeave", true)
}

func (c dockerCaller) nodes(id string) {
	list := get[[]swarm.Node](c.caller, "NodeList")
	c.same("NodeList", []string{id}, names(list, func(n swarm.Node) string { return n.ID }))
	node := get[swarm.Node](c.caller, "NodeInspectWithRaw", id)
	c.same("NodeInspectWithRaw", list[0], node)
	node.Spec.Labels = map[string]string{"disk": "fast"}
	c.call("NodeUpdate", id, node.Version, node.Spec)
	c.same("NodeUpdate", node.Spec, get[swarm.Node](c.caller, "NodeInspectWithRaw", id).Spec)
	c.fails(fmt.Sprintf(managerStays, id), "NodeRemove", id)
}

func (c dockerCaller) configs() string {
	spec := swarm.ConfigSpec{Annotations: swarm.Annotations{Name: "conf"}, Data: []byte("x")}
	id := get[swarm.ConfigCreateResponse](c.caller, "ConfigCreate", spec).ID
	one := get[swarm.Config](c.caller, "ConfigInspectWithRaw", "conf")
	c.same("ConfigInspectWithRaw", "x", string(one.Spec.Data))
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("ConfigUpdate", id, one.Version, one.Spec)
	list := get[[]swarm.Config](c.caller, "ConfigList")
	c.same("ConfigList", []string{id + " conf b"}, names(list, func(x swarm.Config) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	return id
}

func (c dockerCaller) secrets() string {
	spec := swarm.SecretSpec{Annotations: swarm.Annotations{Name: "key"}, Data: []byte("x")}
	id := get[swarm.SecretCreateResponse](c.caller, "SecretCreate", spec).ID
	one := get[swarm.Secret](c.caller, "SecretInspectWithRaw", "key")
	c.same("SecretInspectWithRaw", "", string(one.Spec.Data))
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("SecretUpdate", id, one.Version, one.Spec)
	list := get[[]swarm.Secret](c.caller, "SecretList")
	c.same("SecretList", []string{id + " key b"}, names(list, func(x swarm.Secret) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	return id
}

func (c dockerCaller) services() {
	replicas := uint64(1)
	spec := swarm.ServiceSpec{
		Annotations:  swarm.Annotations{Name: "web"},
		TaskTemplate: swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Image: "app:1", Command: []string{"serve"}}},
		Mode:         swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}},
	}
	id := get[swarm.ServiceCreateResponse](c.caller, "ServiceCreate", spec).ID
	one := get[swarm.Service](c.caller, "ServiceInspectWithRaw", "web")
	c.same("ServiceInspectWithRaw", []string{id, "web", "app:1"}, []string{one.ID, one.Spec.Name, one.Spec.TaskTemplate.ContainerSpec.Image})
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("ServiceUpdate", id, one.Version, one.Spec)
	list := get[[]swarm.Service](c.caller, "ServiceList")
	c.same("ServiceList", []string{id + " web b"}, names(list, func(x swarm.Service) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	tasks := get[[]swarm.Task](c.caller, "TaskList")
	if len(tasks) != 1 || tasks[0].ServiceID != id {
		c.t.Fatalf("TaskList: %+v", tasks)
	}
	c.same("TaskInspectWithRaw", id, get[swarm.Task](c.caller, "TaskInspectWithRaw", tasks[0].ID).ServiceID)
	c.same("ServiceLogs", readyFrame, get[string](c.caller, "ServiceLogs", id, container.LogsOptions{ShowStdout: true}))
	c.same("TaskLogs", readyFrame, get[string](c.caller, "TaskLogs", tasks[0].ID, container.LogsOptions{ShowStdout: true}))
	c.call("ServiceRemove", id)
}
