package api

import "net/http"

var swarmOperations = []Operation{
	{ID: "SwarmInspect", Method: http.MethodGet, Path: "/swarm", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmInit", Method: http.MethodPost, Path: "/swarm/init", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmJoin", Method: http.MethodPost, Path: "/swarm/join", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmLeave", Method: http.MethodPost, Path: "/swarm/leave", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmUpdate", Method: http.MethodPost, Path: "/swarm/update", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmUnlockkey", Method: http.MethodGet, Path: "/swarm/unlockkey", Tag: "Swarm", Why: whySwarm},
	{ID: "SwarmUnlock", Method: http.MethodPost, Path: "/swarm/unlock", Tag: "Swarm", Why: whySwarm},
}
