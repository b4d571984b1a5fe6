package openapi

// steps are the requests, in this order: STATUS METHOD PATH [BODY] [-> NAME]. The ID in an answer becomes {NAME}, its version
// {NAME.version}, an archive @NAME; @context and @bad are archives with a good and a bad Dockerfile.
const steps = `
# system
200 GET /_ping
200 HEAD /_ping
200 GET /version
200 GET /info
200 GET /system/df
200 POST /auth {"username":"bob","password":"secret","serveraddress":"{registry}"}
500 POST /auth {"username":"bob","password":"secret","serveraddress":"{nobody}"}
200 GET /events?since=0&until=1
400 GET /events?since=2&until=1
400 POST /session

# containers
400 GET /containers/json?filters={"no":["x"]}
400 POST /containers/create {"Image":""}
404 POST /containers/create {"Image":"none"}
201 POST /containers/create?name=one {"Image":"app:1","Cmd":["serve"],"Labels":{"a":"b"},"HostConfig":{"PortBindings":{"80/tcp":[{}]}},"Healthcheck":{"Test":["CMD","true"]}}
409 POST /containers/create?name=one {"Image":"app:1"}
404 POST /containers/none/start
204 POST /containers/one/start
304 POST /containers/one/start
200 GET /containers/json?size=1
200 GET /containers/one/json?size=1
404 GET /containers/none/json
200 GET /containers/one/top
404 GET /containers/none/top
500 GET /containers/one/top?ps_args=-Z
200 GET /containers/one/stats?stream=0&one-shot=1
200 GET /containers/one/stats?stream=0
404 GET /containers/none/stats
200 POST /containers/one/resize?h=24&w=80
404 POST /containers/none/resize?h=24&w=80
400 POST /containers/one/resize
200 POST /containers/one/update {"RestartPolicy":{"Name":"always"}}
404 POST /containers/none/update {}
400 POST /containers/one/update {"RestartPolicy":{"Name":"none"}}
201 POST /containers/create?name=two {"Image":"app:1","Cmd":["serve"]}
204 POST /containers/two/rename?name=three
404 POST /containers/none/rename?name=two
409 POST /containers/three/rename?name=one
204 POST /containers/one/pause
409 POST /containers/one/pause
409 POST /containers/one/start
404 POST /containers/none/pause
204 POST /containers/one/unpause
500 POST /containers/one/unpause
404 POST /containers/none/unpause
201 POST /containers/one/exec {"Cmd":["true"]} -> exec
404 POST /containers/none/exec {"Cmd":["true"]}
409 POST /containers/three/exec {"Cmd":["true"]}
400 POST /containers/one/exec {}
200 POST /exec/{exec}/start {"Detach":true}
409 POST /exec/{exec}/start {"Detach":true}
404 POST /exec/none/start {"Detach":true}
200 GET /exec/{exec}/json
404 GET /exec/none/json
404 POST /exec/none/resize?h=24&w=80
400 POST /exec/{exec}/resize
201 POST /containers/one/exec {"Cmd":["watch"]} -> watch
200 POST /exec/{watch}/start {"Detach":true}
200 POST /exec/{watch}/resize?h=24&w=80
204 POST /containers/one/restart
404 POST /containers/none/restart
400 POST /containers/one/kill?signal=NONE
204 POST /containers/one/kill
409 POST /containers/three/kill
404 POST /containers/none/kill
204 POST /containers/one/start
204 POST /containers/one/stop
304 POST /containers/three/stop
404 POST /containers/none/stop
200 POST /containers/one/wait
400 POST /containers/one/wait?condition=none
404 POST /containers/none/wait
201 POST /commit?container=one&repo=committed
404 POST /commit?container=none
200 POST /containers/prune?filters={"label":["none"]}
204 POST /containers/one/start
409 DELETE /containers/one
204 DELETE /containers/three
404 DELETE /containers/none
500 DELETE /containers/one?link=1
200 POST /containers/prune

# streams and files
201 POST /containers/create?name=four {"Image":"app:1","Cmd":["serve"],"HostConfig":{"ReadonlyRootfs":true}}
204 POST /containers/four/start
200 GET /containers/four/logs?stdout=1&stderr=1
404 GET /containers/none/logs?stdout=1
200 POST /containers/four/attach?stdout=1
101 POST /containers/four/attach?stdout=1
404 POST /containers/none/attach?stdout=1
400 POST /containers/four/attach?stdout=1&detachKeys=x-x
101 GET /containers/four/attach/ws?stdout=1
404 GET /containers/none/attach/ws?stdout=1
400 GET /containers/four/attach/ws?stdout=1&detachKeys=x-x
400 GET /containers/four/attach/ws?stdout=1
200 GET /containers/four/changes
404 GET /containers/none/changes
400 PUT /containers/four/archive?path=/ @context
201 POST /containers/create?name=five {"Image":"app:1","Cmd":["serve"]}
200 PUT /containers/five/archive?path=/ @context
404 PUT /containers/five/archive?path=/none @context
404 PUT /containers/none/archive?path=/ @context
400 PUT /containers/five/archive @context
200 GET /containers/five/changes
200 HEAD /containers/five/archive?path=/Dockerfile
404 HEAD /containers/five/archive?path=/none
404 HEAD /containers/none/archive?path=/
400 HEAD /containers/five/archive
200 GET /containers/five/archive?path=/Dockerfile -> file
404 GET /containers/five/archive?path=/none
404 GET /containers/none/archive?path=/
400 GET /containers/five/archive
200 PUT /containers/five/archive?path=/ @file
200 GET /containers/five/export
404 GET /containers/none/export
204 DELETE /containers/four?force=1
204 DELETE /containers/five

# images
200 GET /images/json?shared-size=1
400 GET /images/json?filters={"no":["x"]}
200 GET /images/app:1/json
404 GET /images/none/json
200 GET /images/app:1/history
404 GET /images/none/history
201 POST /images/app:1/tag?repo={registry}/app&tag=1
404 POST /images/none/tag?repo=other
400 POST /images/app:1/tag?repo=BAD
200 POST /images/{registry}/app/push?tag=1
200 POST /images/{registry}/none/push
200 DELETE /images/{registry}/app:1
404 DELETE /images/none
409 DELETE /images/app:1
200 POST /images/create?fromImage={registry}/app&tag=1
404 POST /images/create?fromImage={registry}/none&tag=1
500 POST /images/create?fromImage={nobody}/app&tag=1
200 GET /distribution/{registry}/app:1/json
401 GET /distribution/{locked}/app:1/json
500 POST /auth {"username":"bob","password":"bad","serveraddress":"{locked}"}
400 GET /distribution/{registry}/BAD/json
200 GET /images/search?term={registry}/app
400 GET /images/search?term={registry}/app&limit=x
200 GET /images/app:1/get -> image
200 GET /images/get?names=app:1
404 GET /images/none/get
200 POST /images/load @image
200 POST /images/prune
500 POST /build
200 POST /build @context
400 POST /build @bad
200 POST /build/prune

# volumes
201 POST /volumes/create {"Name":"data","Labels":{"a":"b"}}
400 POST /volumes/create {"Name":"."}
200 GET /volumes
400 GET /volumes?filters={"no":["x"]}
200 GET /volumes/data
404 GET /volumes/none
204 DELETE /volumes/data
404 DELETE /volumes/none
201 POST /volumes/create {"Name":"used"}
201 POST /containers/create?name=user {"Image":"app:1","HostConfig":{"Binds":["used:/x"]}}
409 DELETE /volumes/used
201 POST /volumes/create
200 POST /volumes/prune
503 PUT /volumes/none?version=1 {"Spec":{}}

# networks
201 POST /networks/create {"Name":"back","IPAM":{"Config":[{"Subnet":"10.7.0.0/24","Gateway":"10.7.0.1"}]},"Labels":{"a":"b"}}
400 POST /networks/create {"Name":""}
403 POST /networks/create {"Name":"host","Driver":"host"}
409 POST /networks/create {"Name":"back"}
404 POST /networks/create {"Name":"other","Driver":"nosuch"}
200 GET /networks
400 GET /networks?filters={"no":["x"]}
200 POST /networks/back/connect {"Container":"one","EndpointConfig":{"Aliases":["www"]}}
403 POST /networks/back/connect {"Container":"one"}
404 POST /networks/back/connect {"Container":"none"}
404 POST /networks/nosuch/connect {"Container":"one"}
400 POST /networks/none/connect {"Container":"one"}
200 GET /networks/back?verbose=1
404 GET /networks/nosuch
403 DELETE /networks/back
200 GET /containers/one/json
200 POST /networks/back/disconnect {"Container":"one"}
404 POST /networks/nosuch/disconnect {"Container":"one"}
500 POST /networks/back/disconnect {"Container":"one"}
204 DELETE /networks/back
404 DELETE /networks/nosuch
200 POST /networks/prune

# plugins
200 GET /plugins
200 GET /plugins/privileges?remote=none
404 GET /plugins/none/json
404 DELETE /plugins/none
404 POST /plugins/none/enable?timeout=30
404 POST /plugins/none/disable
404 POST /plugins/none/push
404 POST /plugins/none/set ["A=B"]

# what is not served
501 POST /plugins/pull?remote=none
501 POST /plugins/none/upgrade?remote=none
501 POST /plugins/create?name=none
503 GET /services/none/logs?stdout=1
503 GET /tasks/none/logs?stdout=1

# a node without a swarm
503 GET /swarm
400 POST /swarm/init {"ListenAddr":"x:y:z"}
400 POST /swarm/join {"ListenAddr":"127.0.0.1:2377"}
503 POST /swarm/leave
503 POST /swarm/update?version=1 {}
503 GET /swarm/unlockkey
503 POST /swarm/unlock {"UnlockKey":"x"}
503 GET /nodes
503 GET /nodes/none
503 DELETE /nodes/none
503 POST /nodes/none/update?version=1 {"Role":"manager","Availability":"active"}
503 GET /services
503 POST /services/create {"Name":"web"}
503 GET /services/none
503 DELETE /services/none
503 POST /services/none/update?version=1 {"Name":"web"}
503 GET /tasks
503 GET /tasks/none
503 GET /secrets
503 POST /secrets/create {"Name":"key"}
503 GET /secrets/none
503 DELETE /secrets/none
503 POST /secrets/none/update?version=1 {"Name":"key"}
503 GET /configs
503 POST /configs/create {"Name":"conf"}
503 GET /configs/none
503 DELETE /configs/none
503 POST /configs/none/update?version=1 {"Name":"conf"}

# a swarm
200 POST /swarm/init {"ListenAddr":"127.0.0.1:2377","AdvertiseAddr":"127.0.0.1"} -> node
503 POST /swarm/init {"ListenAddr":"127.0.0.1:2377"}
503 POST /swarm/join {"ListenAddr":"127.0.0.1:2377","RemoteAddrs":["127.0.0.1:2377"]}
200 GET /info
200 GET /swarm -> swarm
200 POST /swarm/update?version={swarm.version} {"Name":"default","Labels":{"a":"b"}}
400 POST /swarm/update?version=x {}
200 GET /swarm/unlockkey
409 POST /swarm/unlock {"UnlockKey":"x"}
200 GET /nodes
200 GET /nodes/{node} -> node
404 GET /nodes/none
404 PUT /volumes/none?version=1 {"Spec":{}}
400 PUT /volumes/none?version=x {"Spec":{}}
200 POST /nodes/{node}/update?version={node.version} {"Role":"manager","Availability":"active"}
400 POST /nodes/{node}/update?version=x {}
404 POST /nodes/none/update?version=1 {"Role":"manager","Availability":"active"}
404 DELETE /nodes/none
201 POST /secrets/create {"Name":"key","Data":"eA=="} -> secret
409 POST /secrets/create {"Name":"key","Data":"eA=="}
200 GET /secrets
200 GET /secrets/key -> secret
404 GET /secrets/none
200 POST /secrets/{secret}/update?version={secret.version} {"Name":"key","Labels":{"a":"b"}}
400 POST /secrets/{secret}/update?version=x {"Name":"key"}
404 POST /secrets/none/update?version=1 {"Name":"key"}
201 POST /configs/create {"Name":"conf","Data":"eA=="} -> config
409 POST /configs/create {"Name":"conf","Data":"eA=="}
200 GET /configs
200 GET /configs/conf -> config
404 GET /configs/none
200 POST /configs/{config}/update?version={config.version} {"Name":"conf","Labels":{"a":"b"},"Data":"eA=="}
400 POST /configs/{config}/update?version=x {"Name":"conf"}
404 POST /configs/none/update?version=1 {"Name":"conf"}
201 POST /services/create {"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"app:1","Command":["serve"]}},"Mode":{"Replicated":{"Replicas":1}}} -> service
409 POST /services/create {"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}
400 POST /services/create {"Name":""}
201 POST /networks/create {"Name":"local"}
403 POST /services/create {"Name":"out","TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Networks":[{"Target":"local"}]}}
200 GET /services?status=1
200 GET /services/web -> service
404 GET /services/none
200 GET /tasks -> task
200 GET /tasks/{task}
200 GET /tasks/{task}/logs?stdout=1
404 GET /tasks/none/logs?stdout=1
200 GET /services/web/logs?stdout=1
404 GET /services/none/logs?stdout=1
404 GET /tasks/none
200 POST /services/web/update?version={service.version} {"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"app:1","Command":["serve"]}},"Mode":{"Replicated":{"Replicas":2}}}
400 POST /services/web/update?version=x {}
404 POST /services/none/update?version=1 {"Name":"none","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}
200 DELETE /services/web
404 DELETE /services/none
204 DELETE /secrets/key
404 DELETE /secrets/none
204 DELETE /configs/conf
404 DELETE /configs/none
200 POST /swarm/leave?force=1
200 GET /system/df
200 GET /info
`
