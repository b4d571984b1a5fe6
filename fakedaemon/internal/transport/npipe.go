package transport

import "strings"

const pipeNetwork = "npipe"

// PipePath returns the path of a named pipe that is written as Docker writes it, "npipe:////./pipe/docker_engine".
func PipePath(host string) (path string, ok bool) { return strings.CutPrefix(host, pipeNetwork+"://") }
