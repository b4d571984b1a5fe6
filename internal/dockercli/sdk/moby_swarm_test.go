package sdk

import (
	"fmt"

	"github.com/moby/moby/api/types/swarm"
	moby "github.com/moby/moby/client"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func (c mobyCaller) swarm() {
	node := get[moby.SwarmInitResult](c.caller, "SwarmInit", moby.SwarmInitOptions{ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1"}).NodeID
	one := get[moby.SwarmInspectResult](c.caller, "SwarmInspect").Swarm
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("SwarmUpdate", moby.SwarmUpdateOptions{Version: one.Version, Spec: one.Spec})
	c.same("SwarmUpdate", one.Spec, get[moby.SwarmInspectResult](c.caller, "SwarmInspect").Swarm.Spec)
	c.call("SwarmGetUnlockKey")
	c.nodes(node)
	config, secret := c.configs(), c.secrets()
	c.services()
	c.call("ConfigRemove", config)
	c.call("SecretRemove", secret)
	c.fails(inSwarm, "SwarmJoin", moby.SwarmJoinOptions{RemoteAddrs: []string{"127.0.0.1:2377"}})
	c.fails("Error response from daemon: swarm is not locked", "SwarmUnlock", moby.SwarmUnlockOptions{Key: "SWMKEY-1-x"})
	missing := "Error response from daemon: volume data not found"
	if c.engine == fakedaemon.Engine20 {
		missing = "Error response from daemon: page not found"
	}
	c.fails(missing, "VolumeUpdate", "data")
	c.call("SwarmLeave", moby.SwarmLeaveOptions{Force: true})
}

func (c mobyCaller) nodes(id string) {
	list := get[moby.NodeListResult](c.caller, "NodeList").Items
	c.same("NodeList", []string{id}, names(list, func(n swarm.Node) string { return n.ID }))
	node := get[moby.NodeInspectResult](c.caller, "NodeInspect", id).Node
	c.same("NodeInspect", list[0], node)
	node.Spec.Labels = map[string]string{"disk": "fast"}
	c.call("NodeUpdate", id, moby.NodeUpdateOptions{Version: node.Version, Spec: node.Spec})
	c.same("NodeUpdate", node.Spec, get[moby.NodeInspectResult](c.caller, "NodeInspect", id).Node.Spec)
	c.fails(fmt.Sprintf(managerStays, id), "NodeRemove", id)
}

func (c mobyCaller) configs() string {
	spec := swarm.ConfigSpec{Annotations: swarm.Annotations{Name: "conf"}, Data: []byte("x")}
	id := get[moby.ConfigCreateResult](c.caller, "ConfigCreate", moby.ConfigCreateOptions{Spec: spec}).ID
	one := get[moby.ConfigInspectResult](c.caller, "ConfigInspect", "conf").Config
	c.same("ConfigInspect", "x", string(one.Spec.Data))
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("ConfigUpdate", id, moby.ConfigUpdateOptions{Version: one.Version, Spec: one.Spec})
	list := get[moby.ConfigListResult](c.caller, "ConfigList").Items
	c.same("ConfigList", []string{id + " conf b"}, names(list, func(x swarm.Config) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	return id
}

func (c mobyCaller) secrets() string {
	spec := swarm.SecretSpec{Annotations: swarm.Annotations{Name: "key"}, Data: []byte("x")}
	id := get[moby.SecretCreateResult](c.caller, "SecretCreate", moby.SecretCreateOptions{Spec: spec}).ID
	one := get[moby.SecretInspectResult](c.caller, "SecretInspect", "key").Secret
	c.same("SecretInspect", "", string(one.Spec.Data))
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("SecretUpdate", id, moby.SecretUpdateOptions{Version: one.Version, Spec: one.Spec})
	list := get[moby.SecretListResult](c.caller, "SecretList").Items
	c.same("SecretList", []string{id + " key b"}, names(list, func(x swarm.Secret) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	return id
}

func (c mobyCaller) services() {
	replicas := uint64(1)
	spec := swarm.ServiceSpec{
		Annotations:  swarm.Annotations{Name: "web"},
		TaskTemplate: swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Image: "app:1", Command: []string{"serve"}}},
		Mode:         swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}},
	}
	id := get[moby.ServiceCreateResult](c.caller, "ServiceCreate", moby.ServiceCreateOptions{Spec: spec}).ID
	one := get[moby.ServiceInspectResult](c.caller, "ServiceInspect", "web").Service
	c.same("ServiceInspect", []string{id, "web", "app:1"}, []string{one.ID, one.Spec.Name, one.Spec.TaskTemplate.ContainerSpec.Image})
	one.Spec.Labels = map[string]string{"a": "b"}
	c.call("ServiceUpdate", id, moby.ServiceUpdateOptions{Version: one.Version, Spec: one.Spec})
	list := get[moby.ServiceListResult](c.caller, "ServiceList").Items
	c.same("ServiceList", []string{id + " web b"}, names(list, func(x swarm.Service) string { return x.ID + " " + x.Spec.Name + " " + x.Spec.Labels["a"] }))
	tasks := get[moby.TaskListResult](c.caller, "TaskList").Items
	if len(tasks) != 1 || tasks[0].ServiceID != id {
		c.t.Fatalf("TaskList: %+v", tasks)
	}
	c.same("TaskInspect", id, get[moby.TaskInspectResult](c.caller, "TaskInspect", tasks[0].ID).Task.ServiceID)
	c.same("ServiceLogs", readyFrame, get[string](c.caller, "ServiceLogs", id, moby.ServiceLogsOptions{ShowStdout: true}))
	c.same("TaskLogs", readyFrame, get[string](c.caller, "TaskLogs", tasks[0].ID, moby.TaskLogsOptions{ShowStdout: true}))
	c.call("ServiceRemove", id)
}
